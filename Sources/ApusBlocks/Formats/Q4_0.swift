/// 32 nibbles and one scale: `x = d * (q - 8)`. The low nibbles are elements 0…15, the high
/// ones 16…31.
///
///     0  d   binary16
///     2  q   16 bytes
public enum Q4_0: BlockCodec {
  public static let elementsPerBlock = 32
  public static let bytesPerBlock = 18

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let bytes = source + block &* 18
      let out = destination + block &* 32
      let d = Half.float(bytes.loadUnaligned(as: UInt16.self))
      for i in 0..<16 {
        let q = Int32(bytes.load(fromByteOffset: 2 &+ i, as: UInt8.self))
        out[i] = d * Float((q & 0xF) &- 8)
        out[16 &+ i] = d * Float((q >> 4) &- 8)
      }
    }
  }

  /// The scale takes the element of largest magnitude to -8.
  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let x = source + block &* 32
      let bytes = destination + block &* 18
      var extreme: Float = 0
      for i in 0..<32 where x[i].magnitude > extreme.magnitude { extreme = x[i] }
      let d = extreme / -8
      let inverse = ScaleSearch.inverse(d)
      bytes.storeBytes(of: Half.scaleBits(d), as: UInt16.self)
      for i in 0..<16 {
        let low = ScaleSearch.truncated(x[i] * inverse + 8.5, to: 15)
        let high = ScaleSearch.truncated(x[16 &+ i] * inverse + 8.5, to: 15)
        bytes.storeBytes(of: low | high << 4, toByteOffset: 2 &+ i, as: UInt8.self)
      }
    }
  }
}
