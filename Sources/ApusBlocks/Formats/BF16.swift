/// The upper half of a 32-bit float.
public enum BF16: BlockCodec {
  public static let elementsPerBlock = 1
  public static let bytesPerBlock = 2

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for index in 0..<max(blocks, 0) {
      let bits = source.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self)
      destination[index] = Float(bitPattern: UInt32(bits) << 16)
    }
  }

  /// To the nearest, ties to even; NaN stays NaN.
  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    for index in 0..<max(blocks, 0) {
      let bits = source[index].bitPattern
      let upper: UInt32
      if bits & 0x7FFF_FFFF > 0x7F80_0000 {
        upper = (bits >> 16) | 0x40
      } else {
        upper = (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16
      }
      destination.storeBytes(
        of: UInt16(truncatingIfNeeded: upper), toByteOffset: index &* 2, as: UInt16.self)
    }
  }
}
