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
    var result: [UInt8] = []
    result.reserveCapacity(spelling.count)
    return append(spelling, to: &result) ? result : nil
  }

  static func encode(_ bytes: ArraySlice<UInt8>) -> String {
    var result = ""
    for byte in bytes {
      if let scalar = Unicode.Scalar(scalars[Int(byte)]) { result.unicodeScalars.append(scalar) }
    }
    return result
  }

  /// The pieces of a vocabulary as the bytes that they stand for. Pieces that are no text, and
  /// those with a character outside the alphabet, stay as they are.
  static func decoded(
    _ spellings: [UInt8], _ offsets: [UInt32], isText: [Bool]
  ) -> (bytes: [UInt8], offsets: [UInt32], unspelt: Set<Int>) {
    var unspelt: Set<Int> = []
    let table = bytes
    var result: [UInt8] = []
    var ends: [UInt32] = [0]
    result.reserveCapacity(spellings.count)
    ends.reserveCapacity(offsets.count)
    for id in 0..<isText.count {
      let start = Int(offsets[id])
      let end = Int(offsets[id + 1])
      let mark = result.count
      var index = start
      var isSpelt = isText[id]
      while isSpelt, index < end {
        let byte = spellings[index]
        var scalar = Int(byte)
        index += 1
        if byte >= 0x80 {
          // All of the alphabet takes one or two bytes.
          guard byte & 0xE0 == 0xC0, index < end else {
            isSpelt = false
            break
          }
          scalar = Int(byte & 0x1F) << 6 | Int(spellings[index] & 0x3F)
          index += 1
        }
        guard scalar < table.count, table[scalar] >= 0 else {
          isSpelt = false
          break
        }
        result.append(UInt8(truncatingIfNeeded: table[scalar]))
      }
      if !isSpelt {
        if isText[id] { unspelt.insert(id) }
        result.removeLast(result.count - mark)
        result.append(contentsOf: spellings[start..<end])
      }
      ends.append(UInt32(result.count))
    }
    return (result, ends, unspelt)
  }

  /// Appends what a spelling stands for; false, and part of it appended, where it holds a
  /// character outside the alphabet.
  static func append(_ spelling: ArraySlice<UInt8>, to result: inout [UInt8]) -> Bool {
    var index = spelling.startIndex
    while index < spelling.endIndex {
      let byte = spelling[index]
      var scalar = Int(byte)
      index += 1
      if byte >= 0x80 {
        guard byte & 0xE0 == 0xC0, index < spelling.endIndex else { return false }
        scalar = Int(byte & 0x1F) << 6 | Int(spelling[index] & 0x3F)
        index += 1
      }
      guard scalar < bytes.count, bytes[scalar] >= 0 else { return false }
      result.append(UInt8(truncatingIfNeeded: bytes[scalar]))
    }
    return true
  }
}
