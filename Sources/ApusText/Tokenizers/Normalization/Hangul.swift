/// Korean syllables, which are computed from their letters (Unicode, section 3.12).
enum Hangul {
  private static let syllables: UInt32 = 0xAC00
  private static let leads: UInt32 = 0x1100
  private static let vowels: UInt32 = 0x1161
  private static let tails: UInt32 = 0x11A7
  private static let count: UInt32 = 11_172

  /// The two or three letters of a syllable.
  static func parts(_ scalar: UInt32) -> [UInt32]? {
    guard scalar >= syllables, scalar < syllables + count else { return nil }
    let index = scalar - syllables
    let pair = [leads + index / 588, vowels + index % 588 / 28]
    return index % 28 == 0 ? pair : pair + [tails + index % 28]
  }

  /// The syllable of two letters, or of a syllable of two and a third.
  static func whole(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if first >= leads, first < leads + 19, second >= vowels, second < vowels + 21 {
      return syllables + ((first - leads) * 21 + second - vowels) * 28
    }
    if first >= syllables, first < syllables + count, (first - syllables) % 28 == 0,
      second > tails, second < tails + 28
    {
      return first + second - tails
    }
    return nil
  }
}
