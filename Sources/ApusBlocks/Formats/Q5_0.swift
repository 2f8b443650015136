/// 32 numbers of 5 bits and one scale: `x = d * (q - 16)`. Four bits of each are nibbles (the low
/// ones elements 0…15, the high ones 16…31); bit `i` of `h` is the fifth bit of element `i`.
///
///     0  d   binary16
///     2  h   UInt32
///     6  q   16 bytes
public enum Q5_0: BlockCodec {
  public static let elementsPerBlock = 32
  public static let bytesPerBlock = 22

  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let bytes = source + block &* 22
      let out = destination + block &* 32
      let d = Half.float(bytes.loadUnaligned(as: UInt16.self))
      let h = bytes.loadUnaligned(fromByteOffset: 2, as: UInt32.self)
      for i in 0..<16 {
        let q = UInt32(bytes.load(fromByteOffset: 6 &+ i, as: UInt8.self))
        let shift = UInt32(truncatingIfNeeded: i)
        let low = (q & 0xF) | ((h &>> shift) & 1) << 4
        let high = (q >> 4) | ((h &>> (shift &+ 16)) & 1) << 4
        out[i] = d * Float(Int32(truncatingIfNeeded: low) &- 16)
        out[16 &+ i] = d * Float(Int32(truncatingIfNeeded: high) &- 16)
      }
    }
  }

  /// The scale takes the element of largest magnitude to -16.
  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, blocks: Int
  ) {
    for block in 0..<max(blocks, 0) {
      let x = source + block &* 32
      let bytes = destination + block &* 22
      var extreme: Float = 0
      for i in 0..<32 where x[i].magnitude > extreme.magnitude { extreme = x[i] }
      let d = extreme / -16
      let inverse = ScaleSearch.inverse(d)
      bytes.storeBytes(of: Half.scaleBits(d), as: UInt16.self)
      var h: UInt32 = 0
      for i in 0..<16 {
        let low = ScaleSearch.truncated(x[i] * inverse + 16.5, to: 31)
        let high = ScaleSearch.truncated(x[16 &+ i] * inverse + 16.5, to: 31)
        bytes.storeBytes(of: low & 0xF | high << 4, toByteOffset: 6 &+ i, as: UInt8.self)
        h |= UInt32(low >> 4) &<< UInt32(truncatingIfNeeded: i)
        h |= UInt32(high >> 4) &<< UInt32(truncatingIfNeeded: i &+ 16)
      }
      bytes.storeBytes(of: h, toByteOffset: 2, as: UInt32.self)
    }
  }
}
