/// What the patterns of pre-tokenizers ask of a character.
struct CharacterClass: OptionSet, Sendable {
  let rawValue: UInt8

  static let letter = CharacterClass(rawValue: 1)
  static let number = CharacterClass(rawValue: 2)
  static let space = CharacterClass(rawValue: 4)
  static let punctuation = CharacterClass(rawValue: 8)
  static let symbol = CharacterClass(rawValue: 16)
  /// Carriage return and line feed.
  static let newline = CharacterClass(rawValue: 32)

  init(rawValue: UInt8) { self.rawValue = rawValue }

  init(_ scalar: Unicode.Scalar) {
    var result: CharacterClass
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      result = .letter
    case .decimalNumber, .letterNumber, .otherNumber: result = .number
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      result = .punctuation
    case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: result = .symbol
    default: result = []
    }
    if scalar.properties.isWhitespace { result.insert(.space) }
    if scalar == "\n" || scalar == "\r" { result.insert(.newline) }
    self = result
  }

  /// The class of a code point; none for what is no character.
  init(code: UInt32) {
    self = Unicode.Scalar(code).map { CharacterClass($0) } ?? []
  }

  /// The first planes, which hold nearly all text; looked up once in a process.
  static let table: [CharacterClass] = (0..<0x3_0000).map {
    CharacterClass(code: UInt32($0))
  }
}

/// A text as characters with their classes, and where each begins in its bytes. A byte that is no
/// UTF-8 is a character of no class.
struct ClassifiedText {
  private(set) var scalars: [UInt32] = []
  private(set) var classes: [CharacterClass] = []
  /// One more than there are characters: the last is the end.
  private(set) var offsets: [Int] = []

  init(_ bytes: [UInt8], _ range: Range<Int>) {
    let table = CharacterClass.table
    scalars.reserveCapacity(range.count)
    classes.reserveCapacity(range.count)
    offsets.reserveCapacity(range.count + 1)
    var offset = range.lowerBound
    while offset < range.upperBound {
      let (scalar, width) = Self.decode(bytes, offset, range.upperBound)
      offsets.append(offset)
      scalars.append(scalar)
      if Int(scalar) < table.count {
        classes.append(table[Int(scalar)])
      } else {
        classes.append(CharacterClass(code: scalar))
      }
      offset += width
    }
    offsets.append(range.upperBound)
  }

  var count: Int { scalars.count }

  /// The character at a byte and its width; what is no UTF-8 is one byte wide and stands above all
  /// of Unicode.
  static func decode(_ bytes: [UInt8], _ offset: Int, _ end: Int) -> (scalar: UInt32, width: Int) {
    let first = bytes[offset]
    if first < 0x80 { return (UInt32(first), 1) }
    let invalid = (UInt32.max, 1)
    let width = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard (0xC2...0xF4).contains(first), width <= end - offset else { return invalid }
    var scalar = UInt32(first) & (0x7F >> UInt32(width))
    for index in 1..<width {
      guard bytes[offset + index] & 0xC0 == 0x80 else { return invalid }
      scalar = scalar << 6 | UInt32(bytes[offset + index] & 0x3F)
    }
    let smallest: [UInt32] = [0, 0, 0x80, 0x800, 0x10000]
    guard scalar >= smallest[width], Unicode.Scalar(scalar) != nil else { return invalid }
    return (scalar, width)
  }
}
