import CSIMD

// One block each, as `Unpacking` says: bytes, then scales at 256 and minima at 320.
extension AVX2 {
  public static func unpackQ8(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    apus_store256(out, apus_load256(source + 2))
    set(out, apus_half(source), 0)
  }

  public static func unpackQ40(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    apus_store256(out, apus_nibbles32(source + 2))
    let d = apus_half(source)
    set(out, d, -8 * d)
  }

  public static func unpackQ41(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    apus_store256(out, apus_nibbles32(source + 4))
    set(out, apus_half(source), apus_half(source + 2))
  }

  public static func unpackQ50(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    let high = apus_bits32(apus_word(source + 2), 16)
    apus_store256(out, apus_nibbles32(source + 6) | high)
    let d = apus_half(source)
    set(out, d, -16 * d)
  }

  public static func unpackQ51(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    let high = apus_bits32(apus_word(source + 4), 16)
    apus_store256(out, apus_nibbles32(source + 8) | high)
    set(out, apus_half(source), apus_half(source + 2))
  }

  public static func unpackQ4K(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    let scales = apus_scales6(source + 4)
    apus_storef8((out + 256), apus_lowbytes8(scales) * apus_half(source))
    apus_storef8((out + 320), apus_highbytes8(scales) * -apus_half(source + 2))
    var part = 0
    while part < 4 {
      let both = apus_load256(source + (16 &+ part &* 32))
      apus_store256(out + part &* 64, apus_low4(both))
      apus_store256(out + (part &* 64 &+ 32), apus_high4(both))
      part &+= 1
    }
  }

  public static func unpackQ5K(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    let scales = apus_scales6(source + 4)
    apus_storef8((out + 256), apus_lowbytes8(scales) * apus_half(source))
    apus_storef8((out + 320), apus_highbytes8(scales) * -apus_half(source + 2))
    let bit = apus_bytes8(16)
    var high = apus_load256(source + 16)
    var part = 0
    while part < 4 {
      let both = apus_load256(source + (48 &+ part &* 32))
      let first = _mm256_slli_epi16(high, 4) & bit
      let second = _mm256_slli_epi16(high, 3) & bit
      apus_store256(out + part &* 64, apus_low4(both) | first)
      apus_store256(out + (part &* 64 &+ 32), apus_high4(both) | second)
      high = _mm256_srli_epi16(high, 2)
      part &+= 1
    }
  }

  public static func unpackQ6K(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    let d = apus_half(source + 208)
    let first = apus_signed8(source + 192) * d
    let second = apus_signed8(source + 200) * d
    apus_storef8((out + 256), first)
    apus_storef8((out + 256) + 32, second)
    apus_storef8((out + 320), first * -32)
    apus_storef8((out + 320) + 32, second * -32)
    let bits = apus_bytes8(48)
    var half = 0
    while half < 2 {
      let low = apus_load256(source + half &* 64)
      let next = apus_load256(source + (half &* 64 &+ 32))
      let high = apus_load256(source + (128 &+ half &* 32))
      let to = out + half &* 128
      apus_store256(to, apus_low4(low) | (_mm256_slli_epi16(high, 4) & bits))
      apus_store256(to + 32, apus_low4(next) | (_mm256_slli_epi16(high, 2) & bits))
      apus_store256(to + 64, apus_high4(low) | (high & bits))
      apus_store256(to + 96, apus_high4(next) | (_mm256_srli_epi16(high, 2) & bits))
      half &+= 1
    }
  }

  public static func unpackQ2K(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    let d = apus_spreadhalf8(source + 80)
    let least = apus_spreadhalf8(source + 82) * -1
    let scales = apus_lownibbles16(source)
    let minima = apus_highnibbles16(source)
    apus_storef8(out + 256, apus_lowbytes8(scales) * d)
    apus_storef8(out + 288, apus_highbytes8(scales) * d)
    apus_storef8(out + 320, apus_lowbytes8(minima) * least)
    apus_storef8(out + 352, apus_highbytes8(minima) * least)
    unpackPairs(source + 16, out)
  }

  public static func unpackQ3K(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    let d = apus_spreadhalf8(source + 108)
    let scales = apus_scales3(source + 96)
    let first = apus_lowsigned8(scales) * d
    let second = apus_highsigned8(scales) * d
    apus_storef8(out + 256, first)
    apus_storef8(out + 288, second)
    apus_storef8(out + 320, first * -4)
    apus_storef8(out + 352, second * -4)
    unpackPairs(source + 32, out)
    // The third bit of column 32 * i + j is bit i of byte j.
    let bit = apus_bytes8(4)
    var high = apus_load256(source)
    var part = 0
    while part < 8 {
      let to = out + part &* 32
      apus_store256(to, apus_load256(to) | (_mm256_slli_epi16(high, 2) & bit))
      high = _mm256_srli_epi16(high, 1)
      part &+= 1
    }
  }

  private static func set(_ out: UnsafeMutableRawPointer, _ scale: Float, _ minimum: Float) {
    out.storeBytes(of: scale, toByteOffset: 256, as: Float.self)
    out.storeBytes(of: minimum, toByteOffset: 320, as: Float.self)
  }

  /// 64 bytes of four 2-bit numbers each: bits 2i of 32 bytes are 32 columns.
  private static func unpackPairs(_ source: UnsafeRawPointer, _ out: UnsafeMutableRawPointer) {
    let bits = apus_bytes8(3)
    var half = 0
    while half < 2 {
      var all = apus_load256(source + half &* 32)
      var part = 0
      while part < 4 {
        apus_store256(out + (half &* 128 &+ part &* 32), all & bits)
        all = _mm256_srli_epi16(all, 2)
        part &+= 1
      }
      half &+= 1
    }
  }
}
