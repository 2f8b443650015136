/// 256 numbers of 6 bits in 16 sub-blocks of 16, each with a signed 8-bit scale:
/// `x = d * s * (q - 32)`.
///
///       0  low   128 bytes   nibbles
///     128  high   64 bytes   two bits each
///     192  s      16 × Int8
///     208  d      binary16
///
/// In each half of 128 elements, part `k` (of four, 32 elements each) has its low bits in nibble
/// `k / 2` of bytes `32 * (k % 2)…` and its high bits in bits `2k…` of 32 bytes.
public enum Q6_K: BlockCodec {
  public static let elementsPerBlock = 256
  public static let bytesPerBlock = 210

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let bytes = (source + block &* 210).assumingMemoryBound(to: UInt8.self)
      let out = destination + block &* 256
      let d = Half.float(source.loadUnaligned(fromByteOffset: block &* 210 &+ 208, as: UInt16.self))
      for part in 0..<8 {
        let (half, k) = (part >> 2, part & 3)
        let low = bytes + (half &* 64 &+ (k & 1) &* 32)
        let high = bytes + (128 &+ half &* 32)
        let lowShift = UInt8(truncatingIfNeeded: (k >> 1) &* 4)
        let highShift = UInt8(truncatingIfNeeded: k &* 2)
        for sub in 0..<2 {
          let s = Int8(bitPattern: bytes[192 &+ part &* 2 &+ sub])
          let scale = d * Float(s)
          for i in sub &* 16..<sub &* 16 &+ 16 {
            let q = ((low[i] &>> lowShift) & 0xF) | ((high[i] &>> highShift) & 3) << 4
            out[part &* 32 &+ i] = scale * Float(Int32(q) &- 32)
          }
        }
      }
    }
  }

  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { levels in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: 16) { factors in
        guard let q = levels.baseAddress, let s = factors.baseAddress else { return }
        for block in 0..<max(blocks, 0) {
          let raw = destination + block &* 210
          let bytes = raw.assumingMemoryBound(to: UInt8.self)
          let d = ScaleSearch.symmetric(
            source + block &* 256, levels: 32, scaleLevels: 128, scales: s, q: q)
          raw.storeBytes(of: d, toByteOffset: 208, as: UInt16.self)
          for j in 0..<16 { bytes[192 &+ j] = UInt8(truncatingIfNeeded: s[j]) }
          for half in 0..<2 {
            let x = q + half &* 128
            for i in 0..<64 {
              bytes[half &* 64 &+ i] = (x[i] & 0xF) | (x[64 &+ i] & 0xF) << 4
            }
            for i in 0..<32 {
              let (a, b) = (x[i] >> 4, x[32 &+ i] >> 4)
              let (c, e) = (x[64 &+ i] >> 4, x[96 &+ i] >> 4)
              bytes[128 &+ half &* 32 &+ i] = a | b << 2 | c << 4 | e << 6
            }
          }
        }
      }
    }
  }
}
