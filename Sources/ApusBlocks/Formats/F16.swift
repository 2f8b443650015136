/// 16-bit floats, IEEE binary16.
public enum F16: BlockCodec {
  public static let elementsPerBlock = 1
  public static let bytesPerBlock = 2

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    Half.decode(source, into: destination, count: blocks)
  }

  /// To the nearest, ties to even.
  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    Half.encode(source, into: destination, count: blocks)
  }
}
