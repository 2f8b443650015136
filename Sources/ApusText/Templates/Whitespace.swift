/// What Python takes for space (`str.isspace`): Unicode's White_Space and the four separators
/// U+001C to U+001F, found in UTF-8 without decoding it.
enum Whitespace {
  static func contains(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
  }

  /// The bytes of the space that begins here, 0 where none does.
  static func width(at offset: Int, in bytes: [UInt8]) -> Int {
    guard offset < bytes.count else { return 0 }
    switch bytes[offset] {
    case 0x09...0x0D, 0x1C...0x20: return 1
    case 0xC2: return matches(offset, 2, bytes) ? 2 : 0
    case 0xE1, 0xE2, 0xE3: return matches(offset, 3, bytes) ? 3 : 0
    default: return 0
    }
  }

  /// The bytes of the space that ends before `end` and does not begin before `start`.
  static func width(before end: Int, in bytes: [UInt8], from start: Int) -> Int {
    for width in 1...3 where end - width >= start {
      if self.width(at: end - width, in: bytes) == width { return width }
    }
    return 0
  }

  /// The bytes of the line end that begins here, as `str.splitlines` knows them, 0 where none does.
  static func lineEnd(at offset: Int, in bytes: [UInt8]) -> Int {
    switch bytes[offset] {
    case 0x0D: return offset + 1 < bytes.count && bytes[offset + 1] == 0x0A ? 2 : 1
    case 0x0A...0x0C, 0x1C...0x1E: return 1
    // U+0085, U+2028, U+2029
    case 0xC2: return offset + 1 < bytes.count && bytes[offset + 1] == 0x85 ? 2 : 0
    case 0xE2:
      guard offset + 2 < bytes.count, bytes[offset + 1] == 0x80 else { return 0 }
      return bytes[offset + 2] == 0xA8 || bytes[offset + 2] == 0xA9 ? 3 : 0
    default: return 0
    }
  }

  static func fills(_ range: Range<Int>, of bytes: [UInt8]) -> Bool {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let width = width(at: offset, in: bytes)
      if width == 0 { return false }
      offset += width
    }
    return true
  }

  private static func matches(_ offset: Int, _ width: Int, _ bytes: [UInt8]) -> Bool {
    guard offset + width <= bytes.count else { return false }
    let last = bytes[offset + width - 1]
    if width == 2 { return last == 0x85 || last == 0xA0 }
    switch (bytes[offset], bytes[offset + 1]) {
    case (0xE1, 0x9A), (0xE3, 0x80): return last == 0x80
    case (0xE2, 0x80): return (0x80...0x8A).contains(last) || [0xA8, 0xA9, 0xAF].contains(last)
    case (0xE2, 0x81): return last == 0x9F
    default: return false
    }
  }
}
