/// 32 signed bytes and one scale: `x = d * q`.
///
///     0  d   binary16
///     2  q   32 × Int8
public enum Q8_0: BlockCodec {
  public static let elementsPerBlock = 32
  public static let bytesPerBlock = 34

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let bytes = source + block &* 34
      let out = destination + block &* 32
      let d = Half.float(bytes.loadUnaligned(as: UInt16.self))
      for i in 0..<32 { out[i] = Float(bytes.load(fromByteOffset: 2 &+ i, as: Int8.self)) * d }
    }
  }

  /// The scale takes the largest magnitude to 127; ties round away from zero.
  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let x = source + block &* 32
      let bytes = destination + block &* 34
      var largest: Float = 0
      for i in 0..<32 where x[i].magnitude > largest { largest = x[i].magnitude }
      let d = largest / 127
      let inverse = ScaleSearch.inverse(d)
      bytes.storeBytes(of: Half.scaleBits(d), as: UInt16.self)
      for i in 0..<32 {
        let magnitude = x[i].magnitude * inverse
        // NaN and what overflowed compare false; the rest is at most 127.00002.
        let q = magnitude < 127.5 ? Int8(truncatingIfNeeded: Int32(magnitude + 0.5)) : 127
        // 0.49999997 + 0.5 would round up to 1.
        let exact = magnitude < 0.5 ? 0 : q
        bytes.storeBytes(of: x[i] < 0 ? 0 &- exact : exact, toByteOffset: 2 &+ i, as: Int8.self)
      }
    }
  }
}
