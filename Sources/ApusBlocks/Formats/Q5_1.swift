/// 32 numbers of 5 bits, a scale and an offset: `x = d * q + m`. Four bits of each are nibbles (the
/// low ones elements 0…15, the high ones 16…31); bit `i` of `h` is the fifth bit of element `i`.
///
///     0  d   binary16
///     2  m   binary16
///     4  h   UInt32
///     8  q   16 bytes
public enum Q5_1: BlockCodec {
  public static let elementsPerBlock = 32
  public static let bytesPerBlock = 24

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let bytes = source + block &* 24
      let out = destination + block &* 32
      let d = Half.float(bytes.loadUnaligned(as: UInt16.self))
      let m = Half.float(bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
      let h = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
      for i in 0..<16 {
        let q = UInt32(bytes.load(fromByteOffset: 8 &+ i, as: UInt8.self))
        let shift = UInt32(truncatingIfNeeded: i)
        let low = (q & 0xF) | ((h &>> shift) & 1) << 4
        let high = (q >> 4) | ((h &>> (shift &+ 16)) & 1) << 4
        out[i] = d * Float(low) + m
        out[16 &+ i] = d * Float(high) + m
      }
    }
  }

  /// The smallest element becomes 0, the largest 31.
  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let x = source + block &* 32
      let bytes = destination + block &* 24
      let (smallest, largest) = ScaleSearch.range(x, count: 32)
      let d = (largest - smallest) / 31
      let inverse = ScaleSearch.inverse(d)
      bytes.storeBytes(of: Half.scaleBits(d), as: UInt16.self)
      bytes.storeBytes(of: Half.scaleBits(smallest), toByteOffset: 2, as: UInt16.self)
      var h: UInt32 = 0
      for i in 0..<16 {
        let low = ScaleSearch.truncated((x[i] - smallest) * inverse + 0.5, to: 31)
        let high = ScaleSearch.truncated((x[16 &+ i] - smallest) * inverse + 0.5, to: 31)
        bytes.storeBytes(of: low & 0xF | high << 4, toByteOffset: 8 &+ i, as: UInt8.self)
        h |= UInt32(low >> 4) &<< UInt32(truncatingIfNeeded: i)
        h |= UInt32(high >> 4) &<< UInt32(truncatingIfNeeded: i &+ 16)
      }
      bytes.storeBytes(of: h, toByteOffset: 4, as: UInt32.self)
    }
  }
}
