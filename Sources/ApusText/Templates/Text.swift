/// Strings compared and searched by their bytes: Swift's own comparison takes canonically equal
/// strings for one, Python's does not. UTF-8 orders as code points do.
enum Text {
  static func same(_ left: String, _ right: String) -> Bool {
    left == right && left.utf8.count == right.utf8.count && left.utf8.elementsEqual(right.utf8)
  }

  static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }

  static func isASCII(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 < 0x80 } }

  static func string(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
  }

  /// Many times faster than `String(repeating:count:)` for short texts.
  static func repeated(_ text: String, _ count: Int) -> String {
    guard count > 1 else { return count == 1 ? text : "" }
    let bytes = Array(text.utf8)
    if bytes.count == 1 {
      return String(decoding: [UInt8](repeating: bytes[0], count: count), as: UTF8.self)
    }
    var result = bytes
    result.reserveCapacity(bytes.count * count)
    while result.count < bytes.count * count {
      result += Array(result.prefix(bytes.count * count - result.count))
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Code points, Python's measure of length.
  static func length(_ text: String) -> Int { text.unicodeScalars.count }

  /// The code points before a byte.
  static func index(ofByte offset: Int, in bytes: [UInt8]) -> Int {
    bytes[..<offset].reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : 1) }
  }

  /// The byte at which a code point begins, the end where there are fewer.
  static func byte(ofIndex index: Int, in bytes: [UInt8]) -> Int {
    if index <= 0 { return 0 }
    var seen = 0
    for (offset, byte) in bytes.enumerated() where byte & 0xC0 != 0x80 {
      if seen == index { return offset }
      seen += 1
    }
    return bytes.count
  }

  /// Where a text occurs, from left to right and without overlap, at most `limit` times.
  static func occurrences(
    of needle: [UInt8], in bytes: [UInt8], from start: Int = 0, limit: Int = .max
  ) -> [Int] {
    guard limit > 0 else { return [] }
    var result: [Int] = []
    forEachOccurrence(of: needle, in: bytes, from: start) {
      result.append($0)
      return result.count < limit
    }
    return result
  }

  /// Calls the body with each place until it returns false; in time linear in both lengths (Knuth,
  /// Morris and Pratt 1977).
  private static func forEachOccurrence(
    of needle: [UInt8], in bytes: [UInt8], from start: Int, _ body: (Int) -> Bool
  ) {
    guard let first = needle.first, needle.count <= bytes.count - start else { return }
    if needle.count == 1 {
      for offset in start..<bytes.count where bytes[offset] == first {
        guard body(offset) else { return }
      }
      return
    }
    // borders[i]: the longest proper prefix of needle[0...i] that also ends it.
    var borders = [Int](repeating: 0, count: needle.count)
    var length = 0
    for offset in 1..<needle.count {
      while length > 0, needle[offset] != needle[length] { length = borders[length - 1] }
      if needle[offset] == needle[length] { length += 1 }
      borders[offset] = length
    }
    length = 0
    for offset in start..<bytes.count {
      while length > 0, bytes[offset] != needle[length] { length = borders[length - 1] }
      if bytes[offset] == needle[length] { length += 1 }
      if length == needle.count {
        guard body(offset + 1 - length) else { return }
        length = 0
      }
    }
  }

  /// How often a text occurs, at most `limit` times.
  static func occurrenceCount(of needle: [UInt8], in bytes: [UInt8], limit: Int = .max) -> Int {
    var count = 0
    forEachOccurrence(of: needle, in: bytes, from: 0) { _ in
      count += 1
      return count < limit
    }
    return limit > 0 ? count : 0
  }

  /// The last place at which a text occurs.
  static func lastOccurrence(of needle: [UInt8], in bytes: [UInt8]) -> Int? {
    guard let last = occurrences(of: needle.reversed(), in: bytes.reversed(), limit: 1).first else {
      return nil
    }
    return bytes.count - last - needle.count
  }
}
