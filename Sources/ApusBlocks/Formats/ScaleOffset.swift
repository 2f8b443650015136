/// The eight 6-bit scales and eight 6-bit offsets of a Q4_K or Q5_K block, in 12 bytes: bytes 0…3
/// hold scales 0…3, bytes 4…7 offsets 0…3, each with two high bits of number `j + 4` above them;
/// bytes 8…11 hold the low nibbles of scales 4…7 below those of offsets 4…7.
public enum ScaleOffset {
  /// Scale and offset of sub-block `j` in `0..<8`.
  @inline(__always)
  public static func unpack(_ packed: UnsafePointer<UInt8>, _ j: Int) -> (UInt8, UInt8) {
    if j < 4 { return (packed[j] & 63, packed[j &+ 4] & 63) }
    let low = packed[j &+ 4]
    return ((low & 0xF) | (packed[j &- 4] >> 6) << 4, (low >> 4) | (packed[j] >> 6) << 4)
  }

  /// Packs eight scales and eight offsets, each below 64, into 12 bytes.
  public static func pack(
    _ scales: UnsafePointer<UInt8>, _ offsets: UnsafePointer<UInt8>,
    into packed: UnsafeMutablePointer<UInt8>
  ) {
    for j in 0..<4 {
      packed[j] = scales[j] | (scales[j &+ 4] >> 4) << 6
      packed[j &+ 4] = offsets[j] | (offsets[j &+ 4] >> 4) << 6
      packed[j &+ 8] = (scales[j &+ 4] & 0xF) | (offsets[j &+ 4] & 0xF) << 4
    }
  }
}
