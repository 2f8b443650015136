/// xoshiro256** (Blackman and Vigna, https://prng.di.unimi.it), seeded through SplitMix64: the same
/// seed gives the same numbers everywhere.
struct RandomSource: Sendable {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  init(seed: UInt64) {
    var mixed = seed
    func next() -> UInt64 {
      mixed &+= 0x9E37_79B9_7F4A_7C15
      var value = mixed
      value = (value ^ (value &>> 30)) &* 0xBF58_476D_1CE4_E5B9
      value = (value ^ (value &>> 27)) &* 0x94D0_49BB_1331_11EB
      return value ^ (value &>> 31)
    }
    state = (next(), next(), next(), next())
  }

  mutating func next() -> UInt64 {
    func rotated(_ value: UInt64, _ by: UInt64) -> UInt64 {
      (value &<< by) | (value &>> (64 &- by))
    }
    let result = rotated(state.1 &* 5, 7) &* 9
    let shifted = state.1 &<< 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotated(state.3, 45)
    return result
  }

  /// Uniform in [0, 1), with 53 bits.
  mutating func unit() -> Double {
    Double(next() &>> 11) * 0x1p-53
  }
}
