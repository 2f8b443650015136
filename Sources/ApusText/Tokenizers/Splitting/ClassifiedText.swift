/// Bytes as characters with their classes. A byte that is no UTF-8 is a character of no class.
struct ClassifiedText {
  let bytes: [UInt8]
  private let table = CharacterTable.shared

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The class and the width of the character at a place before `end`.
  @inline(__always)
  func character(_ place: Int, _ end: Int) -> (kind: CharacterClass, width: Int) {
    let byte = bytes[place]
    if byte < 0x80 { return (table.classes[Int(byte)], 1) }
    let (scalar, width) = Self.decode(bytes, place, end)
    return (table[scalar], width)
  }

  /// The character at a place and its width, as ``decode(_:_:_:)`` has them.
  @inline(__always)
  func scalar(_ place: Int, _ end: Int) -> (scalar: UInt32, width: Int) {
    let byte = bytes[place]
    return byte < 0x80 ? (UInt32(byte), 1) : Self.decode(bytes, place, end)
  }

  /// Where the characters end, from a place on, that are of one of some classes, or of none of them.
  @inline(__always)
  func run(
    _ start: Int, _ end: Int, of classes: CharacterClass, isOf: Bool = true
  ) -> Int {
    var place = start
    while place < end {
      let (kind, width) = character(place, end)
      guard kind.isDisjoint(with: classes) != isOf else { break }
      place += width
    }
    return place
  }

  /// The character at a byte and its width; what is no UTF-8 is one byte wide and stands above all
  /// of Unicode.
  static func decode(_ bytes: [UInt8], _ offset: Int, _ end: Int) -> (scalar: UInt32, width: Int) {
    let first = bytes[offset]
    if first < 0x80 { return (UInt32(first), 1) }
    let invalid = (UInt32.max, 1)
    let left = end - offset
    guard first >= 0xC2, first <= 0xF4, left >= 2 else { return invalid }
    let second = bytes[offset + 1]
    guard second & 0xC0 == 0x80 else { return invalid }
    let two = UInt32(first) << 6 | UInt32(second & 0x3F)
    if first < 0xE0 { return (two & 0x7FF, 2) }
    guard left >= 3 else { return invalid }
    let third = bytes[offset + 2]
    guard third & 0xC0 == 0x80 else { return invalid }
    let three = two << 6 | UInt32(third & 0x3F)
    if first < 0xF0 {
      let scalar = three & 0xFFFF
      // Nothing that two bytes can say, and no half of a surrogate pair.
      guard scalar >= 0x800, scalar & 0xF800 != 0xD800 else { return invalid }
      return (scalar, 3)
    }
    guard left >= 4 else { return invalid }
    let fourth = bytes[offset + 3]
    guard fourth & 0xC0 == 0x80 else { return invalid }
    let scalar = (three << 6 | UInt32(fourth & 0x3F)) & 0x1F_FFFF
    guard scalar >= 0x10000, scalar <= 0x10_FFFF else { return invalid }
    return (scalar, 4)
  }
}
