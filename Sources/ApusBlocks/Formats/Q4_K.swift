/// 256 nibbles in 8 sub-blocks of 32, each with a 6-bit scale and a 6-bit offset:
/// `x = d * s * q - m * t`.
///
///      0  d      binary16
///      2  m      binary16
///      4  s, t    12 bytes   see `ScaleOffset`
///     16  q      128 bytes   the low nibbles of bytes `32 g…` are sub-block `2 g`, the high ones
///                            sub-block `2 g + 1`
public enum Q4_K: BlockCodec {
  public static let elementsPerBlock = 256
  public static let bytesPerBlock = 144

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let raw = source + block &* 144
      let bytes = raw.assumingMemoryBound(to: UInt8.self)
      let d = Half.float(raw.loadUnaligned(as: UInt16.self))
      let m = Half.float(raw.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
      for j in 0..<8 {
        let (s, t) = ScaleOffset.unpack(bytes + 4, j)
        let scale = d * Float(s)
        let offset = m * Float(t)
        let q = bytes + (16 &+ (j >> 1) &* 32)
        let out = destination + (block &* 256 &+ j &* 32)
        let shift = UInt8(truncatingIfNeeded: (j & 1) &* 4)
        for i in 0..<32 { out[i] = scale * Float((q[i] &>> shift) & 0xF) - offset }
      }
    }
  }

  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 272) { scratch in
      guard let q = scratch.baseAddress else { return }
      let (s, t) = (q + 256, q + 264)
      for block in 0..<max(blocks, 0) {
        let raw = destination + block &* 144
        let bytes = raw.assumingMemoryBound(to: UInt8.self)
        let (d, m) = ScaleSearch.affine(
          source + block &* 256, width: 32, levels: 15, scaleLevels: 63,
          scales: s, offsets: t, q: q)
        raw.storeBytes(of: d, as: UInt16.self)
        raw.storeBytes(of: m, toByteOffset: 2, as: UInt16.self)
        ScaleOffset.pack(s, t, into: bytes + 4)
        for g in 0..<4 {
          for i in 0..<32 {
            bytes[16 &+ g &* 32 &+ i] = q[g &* 64 &+ i] | q[g &* 64 &+ 32 &+ i] << 4
          }
        }
      }
    }
  }
}
