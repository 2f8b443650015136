/// 256 numbers of 3 bits in 16 sub-blocks of 16, each with a 6-bit scale:
/// `x = d * (s - 32) * (q - 4)`.
///
///       0  high   32 bytes   bit `p` of byte `i` is bit 2 of element `32 p + i`
///      32  low    64 bytes   bits 0 and 1, as in Q2_K
///      96  s      12 bytes   see `scale`
///     108  d      binary16
public enum Q3_K: BlockCodec {
  public static let elementsPerBlock = 256
  public static let bytesPerBlock = 110

  /// Scale `j` of 16: its low four bits are a nibble of bytes 0…7, its high two bits lie in bytes
  /// 8…11.
  @inline(__always)
  static func scale(_ packed: UnsafePointer<UInt8>, _ j: Int) -> Int32 {
    let low = packed[j & 7] &>> UInt8(truncatingIfNeeded: (j >> 3) &* 4)
    let high = packed[8 &+ (j & 3)] &>> UInt8(truncatingIfNeeded: (j >> 2) &* 2)
    return Int32((low & 0xF) | (high & 3) << 4) &- 32
  }

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let bytes = (source + block &* 110).assumingMemoryBound(to: UInt8.self)
      let out = destination + block &* 256
      let d = Half.float(source.loadUnaligned(fromByteOffset: block &* 110 &+ 108, as: UInt16.self))
      for part in 0..<8 {
        let low = bytes + (32 &+ (part >> 2) &* 32)
        let lowShift = UInt8(truncatingIfNeeded: (part & 3) &* 2)
        let highShift = UInt8(truncatingIfNeeded: part)
        for sub in 0..<2 {
          let scale = d * Float(Self.scale(bytes + 96, part &* 2 &+ sub))
          for i in sub &* 16..<sub &* 16 &+ 16 {
            let q = ((low[i] &>> lowShift) & 3) | ((bytes[i] &>> highShift) & 1) << 2
            out[part &* 32 &+ i] = scale * Float(Int32(q) &- 4)
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
          let raw = destination + block &* 110
          let bytes = raw.assumingMemoryBound(to: UInt8.self)
          let d = ScaleSearch.symmetric(
            source + block &* 256, levels: 4, scaleLevels: 32, scales: s, q: q)
          raw.storeBytes(of: d, toByteOffset: 108, as: UInt16.self)
          for i in 0..<12 { bytes[96 &+ i] = 0 }
          for j in 0..<16 {
            let stored = UInt8(truncatingIfNeeded: s[j] &+ 32)
            bytes[96 &+ (j & 7)] |= (stored & 0xF) &<< UInt8(truncatingIfNeeded: (j >> 3) &* 4)
            bytes[104 &+ (j & 3)] |= (stored >> 4) &<< UInt8(truncatingIfNeeded: (j >> 2) &* 2)
          }
          for i in 0..<32 {
            var high: UInt8 = 0
            for part in 0..<8 {
              high |= (q[part &* 32 &+ i] >> 2) &<< UInt8(truncatingIfNeeded: part)
            }
            bytes[i] = high
            for half in 0..<2 {
              var low: UInt8 = 0
              for k in 0..<4 {
                low |= (q[half &* 128 &+ k &* 32 &+ i] & 3) &<< UInt8(truncatingIfNeeded: k &* 2)
              }
              bytes[32 &+ half &* 32 &+ i] = low
            }
          }
        }
      }
    }
  }
}
