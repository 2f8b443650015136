/// 256 numbers of 5 bits in 8 sub-blocks of 32, each with a 6-bit scale and a 6-bit offset:
/// `x = d * s * q - m * t`.
///
///      0  d      binary16
///      2  m      binary16
///      4  s, t    12 bytes   see `ScaleOffset`
///     16  high    32 bytes   bit `j` of byte `i` is bit 4 of element `32 j + i`
///     48  low    128 bytes   nibbles, as in Q4_K
public enum Q5_K: BlockCodec {
  public static let elementsPerBlock = 256
  public static let bytesPerBlock = 176

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let raw = source + block &* 176
      let bytes = raw.assumingMemoryBound(to: UInt8.self)
      let d = Half.float(raw.loadUnaligned(as: UInt16.self))
      let m = Half.float(raw.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
      for j in 0..<8 {
        let (s, t) = ScaleOffset.unpack(bytes + 4, j)
        let scale = d * Float(s)
        let offset = m * Float(t)
        let low = bytes + (48 &+ (j >> 1) &* 32)
        let high = bytes + 16
        let out = destination + (block &* 256 &+ j &* 32)
        let lowShift = UInt8(truncatingIfNeeded: (j & 1) &* 4)
        let highShift = UInt8(truncatingIfNeeded: j)
        for i in 0..<32 {
          let q = ((low[i] &>> lowShift) & 0xF) | ((high[i] &>> highShift) & 1) << 4
          out[i] = scale * Float(q) - offset
        }
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
        let raw = destination + block &* 176
        let bytes = raw.assumingMemoryBound(to: UInt8.self)
        let (d, m) = ScaleSearch.affine(
          source + block &* 256, width: 32, levels: 31, scaleLevels: 63,
          scales: s, offsets: t, q: q)
        raw.storeBytes(of: d, as: UInt16.self)
        raw.storeBytes(of: m, toByteOffset: 2, as: UInt16.self)
        ScaleOffset.pack(s, t, into: bytes + 4)
        for i in 0..<32 {
          var high: UInt8 = 0
          for j in 0..<8 { high |= (q[j &* 32 &+ i] >> 4) &<< UInt8(truncatingIfNeeded: j) }
          bytes[16 &+ i] = high
          for g in 0..<4 {
            let (a, b) = (q[g &* 64 &+ i], q[g &* 64 &+ 32 &+ i])
            bytes[48 &+ g &* 32 &+ i] = (a & 0xF) | (b & 0xF) << 4
          }
        }
      }
    }
  }
}
