/// The regular expressions that cut text into words before merging, each as a scanner of our own:
/// expressions from files are recognised by their spelling and never run.
enum WordPattern: Sendable, Hashable {
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
  case gpt2
  /// `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,digits}`
  /// `| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`
  case llama3(digits: Int)
  /// `[\r\n]`
  case newline
  /// `\s?\p{L}+`
  case letters
  /// `\s?\p{P}+`
  case punctuation
  /// `[一-龥ࠀ-一가-퟿]+`
  case eastAsian
  /// `\p{N}`
  case digit
  /// `\p{N}+`
  case digits
  /// `[0-9][0-9][0-9]`
  case threeDigits
  /// `[\p{P}\$\+<=>\^~\|]+`
  case punctuationAndSigns
  /// `▁` and what follows up to the next one, as SentencePiece cuts words.
  case metaspace

  /// The expressions of files, in the spelling in which they occur there.
  init?(expression: String) {
    switch expression {
    case #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
      #"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#:
      self = .gpt2
    case Self.llama3Expression("{1,3}"): self = .llama3(digits: 3)
    case Self.llama3Expression(""): self = .llama3(digits: 1)
    case Self.llama3Expression("+"): self = .llama3(digits: .max)
    case "[\r\n]", #"[\r\n]"#: self = .newline
    case #"\s?\p{L}+"#: self = .letters
    case #"\s?\p{P}+"#: self = .punctuation
    case "[一-龥ࠀ-一가-퟿]+": self = .eastAsian
    case #"\p{N}"#: self = .digit
    case #"\p{N}+"#: self = .digits
    case "[0-9][0-9][0-9]": self = .threeDigits
    default: return nil
    }
  }

  private static func llama3Expression(_ digits: String) -> String {
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"# + digits
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
  }

  /// Where the match that begins at a character ends; the character itself where there is none.
  func end(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
    switch self {
    case .gpt2: Self.gpt2(text, start, end)
    case .llama3(let digits): Self.llama3(text, start, end, digits: digits)
    case .newline: text.classes[start].contains(.newline) ? start + 1 : start
    case .letters: Self.spaced(text, start, end) { text.classes[$0].contains(.letter) }
    case .punctuation: Self.spaced(text, start, end) { text.classes[$0].contains(.punctuation) }
    case .eastAsian: Self.run(start, end) { Self.isEastAsian(text.scalars[$0]) }
    case .digit: text.classes[start].contains(.number) ? start + 1 : start
    case .digits: Self.run(start, end) { text.classes[$0].contains(.number) }
    case .threeDigits:
      end - start >= 3
        && Self.run(start, start + 3) { (0x30...0x39).contains(text.scalars[$0]) }
          == start + 3
        ? start + 3 : start
    case .punctuationAndSigns:
      Self.run(start, end) {
        text.classes[$0].contains(.punctuation) || Self.signs.contains(text.scalars[$0])
      }
    case .metaspace: Self.run(start + 1, end) { text.scalars[$0] != 0x2581 }
    }
  }

  private static let signs = Set("$+<=>^~|".unicodeScalars.map(\.value))

  private static func isEastAsian(_ scalar: UInt32) -> Bool {
    (0x0800...0x9FA5).contains(scalar) || (0xAC00...0xD7FF).contains(scalar)
  }

  private static func run(_ start: Int, _ end: Int, _ matches: (Int) -> Bool) -> Int {
    var place = start
    while place < end, matches(place) { place += 1 }
    return place
  }

  /// One space of any kind, where there is one, and the run after it.
  private static func spaced(
    _ text: ClassifiedText, _ start: Int, _ end: Int, _ matches: (Int) -> Bool
  ) -> Int {
    let first = text.classes[start].contains(.space) ? start + 1 : start
    let place = run(first, end, matches)
    return place > first ? place : start
  }

  /// `'s` and the like; 0 where none begins here.
  private static func contraction(
    _ text: ClassifiedText, _ start: Int, _ end: Int, ignoresCase: Bool
  ) -> Int {
    guard text.scalars[start] == 0x27, start + 1 < end else { return 0 }
    func letter(_ place: Int) -> UInt32 {
      let scalar = text.scalars[place]
      // Case folding makes an s of the long one.
      if ignoresCase, scalar == 0x17F { return 0x73 }
      return ignoresCase && (0x41...0x5A).contains(scalar) ? scalar | 0x20 : scalar
    }
    switch Unicode.Scalar(letter(start + 1)) {
    case "s", "t", "m", "d": return 2
    case "r", "v":
      return start + 2 < end && letter(start + 2) == 0x65 ? 3 : 0
    case "l": return start + 2 < end && letter(start + 2) == 0x6C ? 3 : 0
    default: return 0
    }
  }

  /// `\s+(?!\S)|\s+`: all spaces, less the one before a word.
  private static func spaces(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
    let place = run(start, end) { text.classes[$0].contains(.space) }
    return place < end && place - start > 1 ? place - 1 : place
  }

  private static func isOther(_ text: ClassifiedText, _ place: Int) -> Bool {
    text.classes[place].isDisjoint(with: [.space, .letter, .number])
  }

  private static func gpt2(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
    let width = contraction(text, start, end, ignoresCase: false)
    if width > 0 { return start + width }
    let first = text.scalars[start] == 0x20 ? start + 1 : start
    if first < end {
      let kind = text.classes[first]
      if kind.contains(.letter) { return run(first, end) { text.classes[$0].contains(.letter) } }
      if kind.contains(.number) { return run(first, end) { text.classes[$0].contains(.number) } }
      if isOther(text, first) { return run(first, end) { isOther(text, $0) } }
    }
    return spaces(text, start, end)
  }

  private static func llama3(
    _ text: ClassifiedText, _ start: Int, _ end: Int, digits: Int
  ) -> Int {
    let width = contraction(text, start, end, ignoresCase: true)
    if width > 0 { return start + width }
    let kind = text.classes[start]
    func isLetter(_ place: Int) -> Bool { text.classes[place].contains(.letter) }
    if kind.contains(.letter) { return run(start, end, isLetter) }
    if kind.isDisjoint(with: [.newline, .number]), start + 1 < end, isLetter(start + 1) {
      return run(start + 1, end, isLetter)
    }
    if kind.contains(.number) {
      let limit = digits < end - start ? start + digits : end
      return run(start, limit) { text.classes[$0].contains(.number) }
    }
    let first = text.scalars[start] == 0x20 ? start + 1 : start
    if first < end, isOther(text, first) {
      let place = run(first, end) { isOther(text, $0) }
      return run(place, end) { text.classes[$0].contains(.newline) }
    }
    let spaceEnd = run(start, end) { text.classes[$0].contains(.space) }
    var last = spaceEnd
    while last > start, !text.classes[last - 1].contains(.newline) { last -= 1 }
    return last > start ? last : spaces(text, start, end)
  }
}
