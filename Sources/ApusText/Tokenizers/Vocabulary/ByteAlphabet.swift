/// GPT-2's alphabet: each byte as one printable character. The bytes that Latin-1 prints stand
/// for themselves, the other 68 in order for U+0100 and what follows
/// (https://github.com/openai/gpt-2, `bytes_to_unicode`).
enum ByteAlphabet {
  /// The character of each byte.
  private static let scalars: [UInt16] = {
    var result: [UInt16] = []
    var next: UInt16 = 0x100
    for byte in 0...UInt16(255) {
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: result.append(byte)
      default:
        result.append(next)
        next += 1
      }
    }
    return result
  }()

  /// The byte of each character up to U+0143, -1 where it has none.
  private static let bytes: [Int16] = {
    var result = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { result[Int(scalar)] = Int16(byte) }
    return result
  }()

  /// The bytes that a spelling stands for, `nil` where it holds another character.
  static func decode(_ spelling: ArraySlice<UInt8>) -> [UInt8]? {
    let table = bytes
    var result: [UInt8] = []
    result.reserveCapacity(spelling.count)
    var index = spelling.startIndex
    while index < spelling.endIndex {
      let byte = spelling[index]
      var scalar = Int(byte)
      index += 1
      if byte >= 0x80 {
        // All of the alphabet takes one or two bytes.
        guard byte & 0xE0 == 0xC0, index < spelling.endIndex else { return nil }
        scalar = Int(byte & 0x1F) << 6 | Int(spelling[index] & 0x3F)
        index += 1
      }
      guard scalar < table.count, table[scalar] >= 0 else { return nil }
      result.append(UInt8(truncatingIfNeeded: table[scalar]))
    }
    return result
  }

  /// Appends the spelling of `bytes[range]`.
  static func append(_ bytes: [UInt8], _ range: Range<Int>, to spelling: inout [UInt8]) {
    let table = scalars
    for place in range {
      let scalar = table[Int(bytes[place])]
      if scalar < 0x80 {
        spelling.append(UInt8(truncatingIfNeeded: scalar))
      } else {
        spelling.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
        spelling.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
      }
    }
  }
}
