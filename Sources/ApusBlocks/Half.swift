/// IEEE binary16 by integer arithmetic. Swift's `Float16` does not exist on Intel Macs, and without
/// F16C it costs a call per number; so every conversion of the portable code is here, and only here.
public enum Half {
  /// The number whose binary16 form is `bits`, exactly.
  public static func float(_ bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7FFF) << 13
    let sign = UInt32(bits & 0x8000) << 16
    // 2^112 moves the exponent from bias 15 to bias 127, for subnormals as well.
    let scaled = (Float(bitPattern: magnitude) * Float(bitPattern: 0x7780_0000)).bitPattern
    let infinite: UInt32 = magnitude >= 0x0F80_0000 ? 0x7F80_0000 : 0
    return Float(bitPattern: scaled | infinite | sign)
  }

  /// The nearest binary16 form of `value`, ties to even; beyond the range, infinity.
  public static func bits(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: (value.bitPattern >> 16) & 0x8000)
    let magnitude = value.bitPattern & 0x7FFF_FFFF
    if magnitude >= 0x4780_0000 {  // 65536 and up, infinity, NaN
      return sign | (magnitude > 0x7F80_0000 ? 0x7E00 : 0x7C00)
    }
    if magnitude < 0x3880_0000 {  // below 2^-14: adding 0.5 lines the bits up and rounds them
      let aligned = Float(bitPattern: magnitude) + 0.5
      return sign | UInt16(truncatingIfNeeded: aligned.bitPattern &- 0x3F00_0000)
    }
    let odd = (magnitude >> 13) & 1
    let rounded = magnitude &- 0x3800_0000 &+ 0x0FFF &+ odd
    return sign | UInt16(truncatingIfNeeded: rounded >> 13)
  }

  /// As `bits`, but numbers beyond the range become the largest finite one and NaN becomes 0: for
  /// the scale of a block, where an infinity would turn every element of the block into NaN.
  public static func scaleBits(_ value: Float) -> UInt16 {
    if value.isNaN { return 0 }
    let half = bits(value)
    return half & 0x7FFF == 0x7C00 ? (half & 0x8000) | 0x7BFF : half
  }

  /// Converts `count` numbers; `source` needs no alignment.
  public static func decode(
    _ source: UnsafeRawPointer, into destination: UnsafeMutablePointer<Float>, count: Int
  ) {
    var index = 0
    while index &+ 8 <= count {
      // Two numbers in each lane: masks and shifts take them apart where a widening load would
      // become a call per lane.
      let pairs = source.loadUnaligned(fromByteOffset: index &* 2, as: SIMD4<UInt32>.self)
      var result = SIMD8<Float>()
      result.evenHalf = floats((pairs &<< 13) & 0x0FFF_E000, (pairs &<< 16) & 0x8000_0000)
      result.oddHalf = floats((pairs &>> 3) & 0x0FFF_E000, pairs & 0x8000_0000)
      UnsafeMutableRawPointer(destination + index).storeBytes(of: result, as: SIMD8<Float>.self)
      index &+= 8
    }
    while index < count {
      destination[index] = float(
        source.loadUnaligned(fromByteOffset: index &* 2, as: UInt16.self))
      index &+= 1
    }
  }

  /// As `float`; magnitude and sign lie where a 32-bit float has them.
  @inline(__always)
  private static func floats(_ magnitude: SIMD4<UInt32>, _ sign: SIMD4<UInt32>) -> SIMD4<Float> {
    let scaled = unsafeBitCast(magnitude, to: SIMD4<Float>.self) * Float(bitPattern: 0x7780_0000)
    // All ones where the exponent was the largest; a comparison would be taken lane by lane.
    let infinite = (0x0F7F_FFFF &- unsafeBitCast(magnitude, to: SIMD4<Int32>.self)) &>> 31
    return unsafeBitCast(
      unsafeBitCast(scaled, to: SIMD4<UInt32>.self)
        | unsafeBitCast(infinite & 0x7F80_0000, to: SIMD4<UInt32>.self) | sign,
      to: SIMD4<Float>.self)
  }

  /// Converts `count` numbers; `destination` needs no alignment.
  public static func encode(
    _ source: UnsafePointer<Float>, into destination: UnsafeMutableRawPointer, count: Int
  ) {
    for index in 0..<max(count, 0) {
      destination.storeBytes(of: bits(source[index]), toByteOffset: index &* 2, as: UInt16.self)
    }
  }
}
