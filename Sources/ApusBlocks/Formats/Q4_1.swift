/// 32 nibbles, a scale and an offset: `x = d * q + m`. The low nibbles are elements 0…15, the
/// high ones 16…31.
///
///     0  d   binary16
///     2  m   binary16
///     4  q   16 bytes
public enum Q4_1: BlockCodec {
  public static let elementsPerBlock = 32
  public static let bytesPerBlock = 20

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let bytes = source + block &* 20
      let out = destination + block &* 32
      let d = Half.float(bytes.loadUnaligned(as: UInt16.self))
      let m = Half.float(bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
      for i in 0..<16 {
        let q = bytes.load(fromByteOffset: 4 &+ i, as: UInt8.self)
        out[i] = d * Float(q & 0xF) + m
        out[16 &+ i] = d * Float(q >> 4) + m
      }
    }
  }

  /// The smallest element becomes 0, the largest 15.
  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let x = source + block &* 32
      let bytes = destination + block &* 20
      let (low, high) = ScaleSearch.range(x, count: 32)
      let d = (high - low) / 15
      let inverse = ScaleSearch.inverse(d)
      bytes.storeBytes(of: Half.scaleBits(d), as: UInt16.self)
      bytes.storeBytes(of: Half.scaleBits(low), toByteOffset: 2, as: UInt16.self)
      for i in 0..<16 {
        let q0 = ScaleSearch.truncated((x[i] - low) * inverse + 0.5, to: 15)
        let q1 = ScaleSearch.truncated((x[16 &+ i] - low) * inverse + 0.5, to: 15)
        bytes.storeBytes(of: q0 | q1 << 4, toByteOffset: 4 &+ i, as: UInt8.self)
      }
    }
  }
}
