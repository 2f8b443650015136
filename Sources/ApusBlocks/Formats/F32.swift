/// 32-bit floats, as they are.
public enum F32: BlockCodec {
  public static let elementsPerBlock = 1
  public static let bytesPerBlock = 4

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    UnsafeMutableRawPointer(destination).copyMemory(from: source, byteCount: blocks &* 4)
  }

  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    destination.copyMemory(from: UnsafeRawPointer(source), byteCount: blocks &* 4)
  }
}
