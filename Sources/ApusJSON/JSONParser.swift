extension JSON {
  /// Parses one JSON text (RFC 8259, strictly: UTF-8, no comments, no trailing commas, no byte order mark).
  ///
  /// Whole numbers that fit become `.integer`, all others `.double`.
  /// - Throws: ``JSONError`` with the byte at which the text breaks the rules or a limit.
  public init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
    var parser = JSONParser(bytes, limits: limits)
    self = try parser.document()
  }

  /// Parses the UTF-8 of a string.
  public init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }

  /// Parses any bytes, for example those of a mapped file; they are copied once.
  public init(parsing bytes: some Sequence<UInt8>, limits: JSONLimits = .default) throws(JSONError)
  {
    try self.init(parsing: Array(bytes), limits: limits)
  }
}

/// A recursive descent over bytes; the depth limit bounds the stack.
struct JSONParser {
  private let bytes: [UInt8]
  private let limits: JSONLimits
  private var position = 0
  private var depth = 0
  private var valuesLeft: Int

  init(_ bytes: [UInt8], limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
    valuesLeft = limits.valueCount
  }

  mutating func document() throws(JSONError) -> JSON {
    guard bytes.count <= limits.byteCount else {
      throw JSONError(
        .tooLarge, "\(bytes.count) bytes are more than the limit of \(limits.byteCount)", offset: 0)
    }
    let value = try value()
    skipWhitespace()
    guard position == bytes.count else {
      throw JSONError(.trailingData, "something follows the value", offset: position)
    }
    return value
  }

  private mutating func value() throws(JSONError) -> JSON {
    skipWhitespace()
    guard position < bytes.count else { throw truncated("a value") }
    valuesLeft -= 1
    guard valuesLeft >= 0 else {
      throw JSONError(.tooLarge, "more than \(limits.valueCount) values", offset: position)
    }
    switch bytes[position] {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw unexpected("a value")
    }
  }

  private mutating func object() throws(JSONError) -> JSON {
    try enter()
    var object = JSONObject()
    skipWhitespace()
    if peek(UInt8(ascii: "}")) { return .object(object) }
    while true {
      skipWhitespace()
      let start = position
      guard start < bytes.count else { throw truncated("a member's name") }
      guard bytes[start] == UInt8(ascii: "\"") else { throw unexpected("a member's name") }
      let key = try string()
      skipWhitespace()
      try expect(UInt8(ascii: ":"), "':'")
      let isNew = object.set(key, try value())
      guard isNew || limits.allowsDuplicateKeys else {
        throw JSONError(.duplicateKey, "the member \(quoted(key)) occurs twice", offset: start)
      }
      skipWhitespace()
      if peek(UInt8(ascii: "}")) { return .object(object) }
      try expect(UInt8(ascii: ","), "',' or '}'")
    }
  }

  private mutating func array() throws(JSONError) -> JSON {
    try enter()
    var array: [JSON] = []
    skipWhitespace()
    if peek(UInt8(ascii: "]")) { return .array(array) }
    while true {
      array.append(try value())
      skipWhitespace()
      if peek(UInt8(ascii: "]")) { return .array(array) }
      try expect(UInt8(ascii: ","), "',' or ']'")
    }
  }

  private mutating func enter() throws(JSONError) {
    depth += 1
    guard depth <= limits.depth else {
      throw JSONError(
        .nestingTooDeep, "more than \(limits.depth) arrays and objects inside each other",
        offset: position)
    }
    position += 1
  }

  /// Passes a closing bracket, where one stands here.
  private mutating func peek(_ closing: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == closing else { return false }
    position += 1
    depth -= 1
    return true
  }

  private mutating func expect(_ byte: UInt8, _ name: String) throws(JSONError) {
    guard position < bytes.count else { throw truncated(name) }
    guard bytes[position] == byte else { throw unexpected(name) }
    position += 1
  }

  private mutating func skipWhitespace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  private mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    for byte in text.description.utf8 {
      guard position < bytes.count else { throw truncated("'\(text)'") }
      guard bytes[position] == byte else { throw unexpected("'\(text)'") }
      position += 1
    }
    return value
  }
}

// MARK: - Strings

extension JSONParser {
  private mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        let text = try text(start..<position)
        position += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
      guard byte >= 0x20 else { throw control() }
      position += 1
    }
    throw truncated("the end of a string")
  }

  /// The rest of a string that holds at least one escape.
  private mutating func escapedString(from start: Int) throws(JSONError) -> String {
    var result = Array(bytes[start..<position])
    var run = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        result.append(contentsOf: bytes[run..<position])
        position += 1
        if byte == UInt8(ascii: "\"") {
          guard let text = String(validating: result, as: UTF8.self) else {
            throw badUTF8(in: start..<(position - 1))
          }
          return text
        }
        try escape(into: &result)
        run = position
      } else {
        guard byte >= 0x20 else { throw control() }
        position += 1
      }
    }
    throw truncated("the end of a string")
  }

  private mutating func escape(into result: inout [UInt8]) throws(JSONError) {
    guard position < bytes.count else { throw truncated("an escape") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(byte)
    case UInt8(ascii: "b"): result.append(0x08)
    case UInt8(ascii: "f"): result.append(0x0C)
    case UInt8(ascii: "n"): result.append(0x0A)
    case UInt8(ascii: "r"): result.append(0x0D)
    case UInt8(ascii: "t"): result.append(0x09)
    case UInt8(ascii: "u"):
      let start = position - 2
      var code = try fourDigits()
      if (0xD800...0xDBFF).contains(code) {
        for byte in [UInt8(ascii: "\\"), UInt8(ascii: "u")] {
          guard position < bytes.count else { throw truncated("the second half of a character") }
          guard bytes[position] == byte else {
            throw JSONError(.loneSurrogate, "half of a surrogate pair", offset: start)
          }
          position += 1
        }
        let low = try fourDigits()
        guard (0xDC00...0xDFFF).contains(low) else {
          throw JSONError(.loneSurrogate, "half of a surrogate pair", offset: start)
        }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else {
        throw JSONError(.loneSurrogate, "half of a surrogate pair", offset: start)
      }
      result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    default:
      throw JSONError(.badEscape, "a backslash before \(describe(byte))", offset: position - 2)
    }
  }

  private mutating func fourDigits() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count else { throw truncated("four hexadecimal digits") }
      let byte = bytes[position]
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default:
        throw JSONError(
          .badEscape, "\(describe(byte)) instead of a hexadecimal digit", offset: position)
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private func text(_ range: Range<Int>) throws(JSONError) -> String {
    guard let text = String(validating: bytes[range], as: UTF8.self) else {
      throw badUTF8(in: range)
    }
    return text
  }

  /// Names the first byte that is no UTF-8; only on the way to an error.
  private func badUTF8(in range: Range<Int>) -> JSONError {
    var iterator = bytes[range].makeIterator()
    var decoder = UTF8()
    var offset = range.lowerBound
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
      offset += UTF8.width(scalar)
    }
    return JSONError(.badUTF8, "bytes that are no UTF-8 inside a string", offset: offset)
  }
}

// MARK: - Numbers

extension JSONParser {
  private mutating func number() throws(JSONError) -> JSON {
    let start = position
    let isNegative = bytes[position] == UInt8(ascii: "-")
    if isNegative { position += 1 }
    guard position < bytes.count else { throw truncated("a digit") }
    var value = 0
    var fits = true
    if bytes[position] == UInt8(ascii: "0") {
      position += 1
    } else {
      let first = position
      while position < bytes.count, let digit = digit(at: position) {
        // Counted downwards: the smallest integer has no positive counterpart.
        let (product, tooBig) = value.multipliedReportingOverflow(by: 10)
        let (sum, tooBigToo) = product.subtractingReportingOverflow(digit)
        fits = fits && !tooBig && !tooBigToo
        value = sum
        position += 1
      }
      guard position > first else { throw badNumber("a digit is missing") }
    }
    if position < bytes.count, digit(at: position) != nil {
      throw badNumber("a number begins with 0")
    }
    var isWhole = true
    if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      try digits()
    }
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
      isWhole = false
      position += 1
      if position < bytes.count,
        bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
      {
        position += 1
      }
      try digits()
    }
    if isWhole, fits {
      if isNegative { return .integer(value) }
      if value != .min { return .integer(-value) }
    }
    guard let double = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw badNumber("no number")
    }
    guard double.isFinite else {
      throw JSONError(.numberOutOfRange, "a number beyond what a double holds", offset: start)
    }
    return .double(double)
  }

  private mutating func digits() throws(JSONError) {
    let start = position
    while position < bytes.count, digit(at: position) != nil { position += 1 }
    guard position > start else {
      throw position < bytes.count ? badNumber("a digit is missing") : truncated("a digit")
    }
  }

  private func digit(at offset: Int) -> Int? {
    let value = bytes[offset] &- UInt8(ascii: "0")
    return value < 10 ? Int(value) : nil
  }
}

// MARK: - Errors

extension JSONParser {
  private func truncated(_ wanted: String) -> JSONError {
    JSONError(.truncated, "the text ends where \(wanted) should stand", offset: bytes.count)
  }

  private func unexpected(_ wanted: String) -> JSONError {
    JSONError(
      .unexpectedByte, "\(describe(bytes[position])) instead of \(wanted)", offset: position)
  }

  private func control() -> JSONError {
    JSONError(
      .controlCharacter, "\(describe(bytes[position])) unescaped inside a string", offset: position)
  }

  private func badNumber(_ message: String) -> JSONError {
    JSONError(.badNumber, message, offset: position)
  }

  private func describe(_ byte: UInt8) -> String {
    (0x21...0x7E).contains(byte)
      ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x" + String(byte, radix: 16)
  }

  private func quoted(_ key: String) -> String {
    key.utf8.count <= 64 ? "'\(key)'" : "'\(key.prefix(60))…'"
  }
}
