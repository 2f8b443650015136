/// How a format's blocks become bytes: `weight = scale * q + minimum`, with q unsigned (signed for
/// Q8_0), and a scale and a minimum for each 32 or 16 columns. What integer tiles are made of.
public struct Unpacking: Sendable {
  /// Unpacks one block into `Unpacking.byteCount` bytes: 256 bytes of q in order (as many as the
  /// block has columns), then room for 16 scales and 16 minima, F32.
  public typealias Unpack = @Sendable (UnsafeRawPointer, UnsafeMutableRawPointer) -> Void

  public struct Shape: Sendable, BitwiseCopyable {
    /// Columns of a block.
    public let columns: Int
    /// Bytes of a block.
    public let byteCount: Int
    /// Columns that share a scale: 32 or 16.
    public let subBlock: Int
    /// Bits of q.
    public let bits: Int
    /// Where every minimum is `-scale << zeroPointBit`: products of integers take it into account,
    /// and minima are left alone. 0: minima differ, or the bytes are signed.
    public let zeroPointBit: Int
    public let isSigned: Bool
  }

  public let shape: Shape
  public let unpack: Unpack

  /// Bytes of an unpacked block: scales lie at 256, minima at 320.
  public static let byteCount = 256 + 2 * 64

  public init(
    columns: Int, byteCount: Int, subBlock: Int, bits: Int, zeroPointBit: Int = 0,
    isSigned: Bool = false,
    unpack: @escaping Unpack
  ) {
    shape = Shape(
      columns: columns, byteCount: byteCount, subBlock: subBlock, bits: bits,
      zeroPointBit: zeroPointBit, isSigned: isSigned)
    self.unpack = unpack
  }
}
