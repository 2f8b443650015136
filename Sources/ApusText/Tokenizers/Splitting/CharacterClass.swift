/// What the patterns of pre-tokenizers and Unicode's composition ask of a character.
struct CharacterClass: OptionSet, Sendable {
  let rawValue: UInt8

  static let letter = CharacterClass(rawValue: 1)
  static let number = CharacterClass(rawValue: 2)
  static let space = CharacterClass(rawValue: 4)
  static let punctuation = CharacterClass(rawValue: 8)
  static let symbol = CharacterClass(rawValue: 16)
  /// Carriage return and line feed.
  static let newline = CharacterClass(rawValue: 32)
  /// Its composed form is another, or it may compose with what stands before it, or change places
  /// with it. A text without any such character is composed.
  static let recomposed = CharacterClass(rawValue: 64)

  @inline(__always) init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// The classes of all characters: two look-ups each. Unicode's version is that of the table in the
/// source, so that a text has the same tokens on every system.
struct CharacterTable: Sendable {
  private static let pageSize = 256

  /// Where the page of a code point begins in `classes`, by the upper bits.
  private let pages: [UInt16]
  /// The first page is ASCII's and Latin-1's.
  let classes: [CharacterClass]

  static let shared = CharacterTable(CharacterRuns.all)

  private init(_ runs: [UInt32]) {
    var pages: [UInt16] = []
    var classes: [CharacterClass] = []
    /// Where the page is whose characters are all of one class.
    var uniform = [Int](repeating: -1, count: 256)
    var run = 0
    for page in 0..<0x110000 / Self.pageSize {
      let first = UInt32(page * Self.pageSize)
      let end = first + UInt32(Self.pageSize)
      let next = run + 1 < runs.count ? runs[run + 1] >> 8 : .max
      if page > 0, next >= end {
        let bits = UInt8(truncatingIfNeeded: runs[run])
        if uniform[Int(bits)] < 0 {
          uniform[Int(bits)] = classes.count / Self.pageSize
          classes += repeatElement(CharacterClass(rawValue: bits), count: Self.pageSize)
        }
        pages.append(UInt16(uniform[Int(bits)]))
        if next == end { run += 1 }
        continue
      }
      pages.append(UInt16(classes.count / Self.pageSize))
      for code in first..<end {
        if run + 1 < runs.count, runs[run + 1] >> 8 <= code { run += 1 }
        classes.append(CharacterClass(rawValue: UInt8(truncatingIfNeeded: runs[run])))
      }
      if run + 1 < runs.count, runs[run + 1] >> 8 == end { run += 1 }
    }
    self.pages = pages
    self.classes = classes
  }

  /// The class of a code point; none for what is no character.
  @inline(__always)
  subscript(code: UInt32) -> CharacterClass {
    let page = Int(code >> 8)
    guard page < pages.count else { return [] }
    return classes[Int(pages[page]) << 8 | Int(code & 0xFF)]
  }
}

extension CharacterClass {
  /// The class of a code point; none for what is no character.
  init(code: UInt32) { self = CharacterTable.shared[code] }
}
