/// 256 numbers of 2 bits in 16 sub-blocks of 16, each with a 4-bit scale and a 4-bit offset:
/// `x = d * s * q - m * t`.
///
///      0  s, t   16 bytes   low and high nibble
///     16  q      64 bytes   bits `2k…` of byte `32 h + i` are element `128 h + 32 k + i`
///     80  d      binary16
///     82  m      binary16
public enum Q2_K: BlockCodec {
  public static let elementsPerBlock = 256
  public static let bytesPerBlock = 84

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let raw = source + block &* 84
      let bytes = raw.assumingMemoryBound(to: UInt8.self)
      let out = destination + block &* 256
      let d = Half.float(raw.loadUnaligned(fromByteOffset: 80, as: UInt16.self))
      let m = Half.float(raw.loadUnaligned(fromByteOffset: 82, as: UInt16.self))
      for part in 0..<8 {
        let low = bytes + (16 &+ (part >> 2) &* 32)
        let shift = UInt8(truncatingIfNeeded: (part & 3) &* 2)
        for sub in 0..<2 {
          let packed = bytes[part &* 2 &+ sub]
          let scale = d * Float(packed & 0xF)
          let offset = m * Float(packed >> 4)
          for i in sub &* 16..<sub &* 16 &+ 16 {
            out[part &* 32 &+ i] = scale * Float((low[i] &>> shift) & 3) - offset
          }
        }
      }
    }
  }

  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 288) { scratch in
      guard let q = scratch.baseAddress else { return }
      let (s, t) = (q + 256, q + 272)
      for block in 0..<max(blocks, 0) {
        let raw = destination + block &* 84
        let bytes = raw.assumingMemoryBound(to: UInt8.self)
        let (d, m) = ScaleSearch.affine(
          source + block &* 256, width: 16, levels: 3, scaleLevels: 15,
          scales: s, offsets: t, q: q)
        raw.storeBytes(of: d, toByteOffset: 80, as: UInt16.self)
        raw.storeBytes(of: m, toByteOffset: 82, as: UInt16.self)
        for j in 0..<16 { bytes[j] = s[j] | t[j] << 4 }
        for half in 0..<2 {
          let x = q + half &* 128
          for i in 0..<32 {
            bytes[16 &+ half &* 32 &+ i] =
              x[i] | x[32 &+ i] << 2 | x[64 &+ i] << 4 | x[96 &+ i] << 6
          }
        }
      }
    }
  }
}
