extension UInt8 {
  var isDigit: Bool { self >= 0x30 && self <= 0x39 }
  var isUppercase: Bool { self >= 0x41 && self <= 0x5A }
  var isLowercase: Bool { self >= 0x61 && self <= 0x7A }
  var isLetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
  var isAlphanumeric: Bool { isDigit || isLetter }
  /// What names of things consist of.
  var isWord: Bool { isAlphanumeric || self == UInt8(ascii: "_") }
  /// What tokens consist of: base64 as addresses know it.
  var isToken: Bool { isWord || self == UInt8(ascii: "-") }
  var isHexadecimal: Bool { isDigit || ((self | 0x20) >= 0x61 && (self | 0x20) <= 0x66) }
  var isBlank: Bool { self == 0x20 || self == 0x09 }
  var isSpace: Bool { isBlank || self == 0x0A || self == 0x0D }
  var isQuote: Bool { self == 0x22 || self == 0x27 || self == 0x60 || self == 0x5C }
  var lowercased: UInt8 { isUppercase ? self | 0x20 : self }

  static let letters = Set<UInt8>((0x41...0x5A).map { $0 }).union(0x61...0x7A)
  static let digits = Set<UInt8>(0x30...0x39)
}

/// Tells what was drawn by lot from what somebody has named.
enum Randomness {
  /// Whether a stretch of letters and digits looks drawn by lot: digits and letters take turns, or
  /// capitals stand without regard to words.
  /// - Parameter shortest: What a stretch must have to be judged.
  static func isRandom(_ bytes: ArraySlice<UInt8>, shortest: Int = 16) -> Bool {
    let stretches = bytes.split { !$0.isAlphanumeric }
    if stretches.contains(where: { $0.count >= shortest && looksDrawn($0) }) { return true }
    // Cut up by the dashes of base64: then small and capital letters and digits are all there, which
    // names with dashes seldom have.
    let whole = stretches.joined()
    return whole.count >= shortest && whole.contains(where: \.isDigit)
      && whole.count(where: \.isUppercase) >= 3 && looksDrawn(ArraySlice(whole))
  }

  private static func looksDrawn(_ bytes: ArraySlice<UInt8>) -> Bool {
    var seen = Set<UInt8>()
    var (digits, capitals, smalls, turns) = (0, 0, 0, 0)
    // Letters in words: three small ones or more in a row, and eight or more.
    var (inWords, inLongWords, run) = (0, 0, 0)
    var last: UInt8?
    func endRun() {
      if run >= 3 { inWords += run }
      if run >= 8 { inLongWords += run }
      run = 0
    }
    for byte in bytes {
      seen.insert(byte)
      if byte.isDigit {
        digits += 1
      } else if byte.isUppercase {
        capitals += 1
      } else {
        smalls += 1
      }
      if let last, last.isDigit != byte.isDigit { turns += 1 }
      if byte.isLowercase { run += 1 } else { endRun() }
      last = byte
    }
    endRun()
    let letters = capitals + smalls
    guard seen.count >= 8 else { return false }
    if digits >= 2, letters >= 2, turns >= 3, inLongWords * 5 < letters * 3 { return true }
    return capitals >= 3 && smalls >= 3 && inWords * 100 < letters * 55
  }
}
