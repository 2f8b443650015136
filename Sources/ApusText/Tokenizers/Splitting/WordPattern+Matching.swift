extension WordPattern {
  /// Where the match that begins at a place ends; the place itself where there is none.
  func end(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
    switch self {
    case .gpt2: Self.gpt2(text, start, end)
    case .llama3(let digits): Self.llama3(text, start, end, digits: digits)
    case .newline: Self.single(text, start, end, .newline)
    case .letters: Self.spaced(text, start, end, .letter)
    case .punctuation: Self.spaced(text, start, end, .punctuation)
    case .eastAsian: Self.run(text, start, end, while: Self.isEastAsian)
    case .digit: Self.single(text, start, end, .number)
    case .digits: text.run(start, end, of: .number)
    case .threeDigits:
      end - start >= 3 && (start..<start + 3).allSatisfy { (0x30...0x39).contains(text.bytes[$0]) }
        ? start + 3 : start
    case .punctuationAndSigns: Self.punctuationAndSigns(text, start, end)
    case .metaspace:
      Self.run(text, start + text.character(start, end).width, end) { $0 != 0x2581 }
    case .markedWords: Self.markedWords(text.bytes, start, end)
    }
  }

  @inline(__always)
  private static func single(
    _ text: ClassifiedText, _ start: Int, _ end: Int, _ wanted: CharacterClass
  ) -> Int {
    let (kind, width) = text.character(start, end)
    return kind.isDisjoint(with: wanted) ? start : start + width
  }

  private static func run(
    _ text: ClassifiedText, _ start: Int, _ end: Int, while matches: (UInt32) -> Bool
  ) -> Int {
    var place = start
    while place < end {
      let (scalar, width) = text.scalar(place, end)
      guard matches(scalar) else { break }
      place += width
    }
    return place
  }

  private static func isEastAsian(_ scalar: UInt32) -> Bool {
    (0x0800...0x9FA5).contains(scalar) || (0xAC00...0xD7FF).contains(scalar)
  }

  private static let signs = Set("$+<=>^~|".utf8)

  private static func punctuationAndSigns(
    _ text: ClassifiedText, _ start: Int, _ end: Int
  ) -> Int {
    var place = start
    while place < end {
      let (kind, width) = text.character(place, end)
      guard kind.contains(.punctuation) || signs.contains(text.bytes[place]) else { break }
      place += width
    }
    return place
  }

  /// One space of any kind, where there is one, and the run after it.
  private static func spaced(
    _ text: ClassifiedText, _ start: Int, _ end: Int, _ wanted: CharacterClass
  ) -> Int {
    let first = single(text, start, end, .space)
    let place = text.run(first, end, of: wanted)
    return place > first ? place : start
  }

  private static func markedWords(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Int {
    func isMark(_ place: Int) -> Bool {
      bytes[place] == 0xE2 && end - place >= 3 && bytes[place + 1] == 0x96
        && bytes[place + 2] == 0x81
    }
    var place = start
    while place < end, isMark(place) { place += 3 }
    while place < end, !isMark(place) { place += 1 }
    return place
  }

  /// The end of `'s` and the like; the start where none begins there.
  private static func contraction(
    _ text: ClassifiedText, _ start: Int, _ end: Int, ignoresCase: Bool
  ) -> Int {
    guard start + 1 < end else { return start }
    func letter(_ place: Int) -> UInt8 {
      guard place < end else { return 0 }
      let byte = text.bytes[place]
      return ignoresCase && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
    switch letter(start + 1) {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"):
      return letter(start + 2) == UInt8(ascii: "e") ? start + 3 : start
    case UInt8(ascii: "l"): return letter(start + 2) == UInt8(ascii: "l") ? start + 3 : start
    // Case folding makes an s of the long one, U+017F.
    case 0xC5: return ignoresCase && letter(start + 2) == 0xBF ? start + 3 : start
    default: return start
    }
  }

  /// `\s+(?!\S)|\s+`: all spaces, less the one before a word.
  @inline(__always)
  private static func spaces(
    _ text: ClassifiedText, _ start: Int, _ end: Int
  ) -> Int {
    var last = start
    var place = start
    while place < end {
      let (kind, width) = text.character(place, end)
      guard kind.contains(.space) else { break }
      last = place
      place += width
    }
    return place < end && last > start ? last : place
  }

  private static let known: CharacterClass = [.space, .letter, .number]

  private static func gpt2(_ text: ClassifiedText, _ start: Int, _ end: Int) -> Int {
    let byte = text.bytes[start]
    if byte == 0x27 {
      let place = contraction(text, start, end, ignoresCase: false)
      if place > start { return place }
    }
    let first = byte == 0x20 ? start + 1 : start
    if first < end {
      let (kind, width) = text.character(first, end)
      if kind.contains(.letter) { return text.run(first + width, end, of: .letter) }
      if kind.contains(.number) { return text.run(first + width, end, of: .number) }
      if kind.isDisjoint(with: known) {
        return text.run(first + width, end, of: known, isOf: false)
      }
    }
    return spaces(text, start, end)
  }

  private static func llama3(
    _ text: ClassifiedText, _ start: Int, _ end: Int, digits: Int
  ) -> Int {
    let byte = text.bytes[start]
    if byte == 0x27 {
      let place = contraction(text, start, end, ignoresCase: true)
      if place > start { return place }
    }
    let (kind, width) = text.character(start, end)
    if kind.contains(.letter) { return text.run(start + width, end, of: .letter) }
    if kind.contains(.number) {
      var place = start + width
      var count = 1
      while place < end, count < digits {
        let (kind, width) = text.character(place, end)
        guard kind.contains(.number) else { break }
        place += width
        count += 1
      }
      return place
    }
    var (first, isOther) = (start, kind.isDisjoint(with: known))
    if start + width < end, !kind.contains(.newline) {
      let next = text.character(start + width, end)
      if next.kind.contains(.letter) {
        return text.run(start + width + next.width, end, of: .letter)
      }
      if byte == 0x20 { (first, isOther) = (start + 1, next.kind.isDisjoint(with: known)) }
    }
    if isOther {
      let place = text.run(first, end, of: known, isOf: false)
      return text.run(place, end, of: .newline)
    }
    return spacesAndNewlines(text, start, end)
  }

  /// `\s*[\r\n]+|\s+(?!\S)|\s+`: up to the last line end; without one all spaces, less the one before
  /// a word.
  private static func spacesAndNewlines(
    _ text: ClassifiedText, _ start: Int, _ end: Int
  ) -> Int {
    var lineEnd = start
    var last = start
    var place = start
    while place < end {
      let (kind, width) = text.character(place, end)
      guard kind.contains(.space) else { break }
      last = place
      place += width
      if kind.contains(.newline) { lineEnd = place }
    }
    if lineEnd > start { return lineEnd }
    return place < end && last > start ? last : place
  }
}
