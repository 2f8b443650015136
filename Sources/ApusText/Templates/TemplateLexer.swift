/// Cuts a template into tokens, with blocks trimmed and stripped as Hugging Face's tokenizers do
/// (`trim_blocks` and `lstrip_blocks` of Jinja).
struct TemplateLexer {
  private let source: [UInt8]
  private var position = 0
  private var line = 1
  private var tokens: [TemplateToken] = []

  static func tokens(of source: String) throws(TemplateError) -> [TemplateToken] {
    var lexer = TemplateLexer(source)
    try lexer.scan()
    return lexer.tokens
  }

  /// Line ends become newlines, and the last one of the file is dropped.
  private init(_ text: String) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    var afterReturn = false
    for byte in text.utf8 {
      if byte == 0x0A, afterReturn {
        afterReturn = false
        continue
      }
      afterReturn = byte == 0x0D
      bytes.append(afterReturn ? 0x0A : byte)
    }
    if bytes.last == 0x0A { bytes.removeLast() }
    source = bytes
  }

  private func byte(at offset: Int) -> UInt8? {
    offset < source.count ? source[offset] : nil
  }

  private func has(_ text: String, at offset: Int) -> Bool {
    var offset = offset
    for byte in text.utf8 {
      guard offset < source.count, source[offset] == byte else { return false }
      offset += 1
    }
    return true
  }

  private mutating func append(_ kind: TemplateToken.Kind) {
    tokens.append(TemplateToken(kind: kind, line: line))
  }

  /// Moves on, counting the lines that are passed.
  private mutating func advance(to end: Int) {
    while position < end {
      if source[position] == 0x0A { line += 1 }
      position += 1
    }
  }

  private func fail(_ message: String) -> TemplateError {
    TemplateError(.templateSyntax, message, line: line)
  }

  // MARK: - Text between tags

  private mutating func scan() throws(TemplateError) {
    var startsLine = true
    while position < source.count {
      var tag = position
      while tag < source.count, !isTag(at: tag) { tag += 1 }
      guard tag < source.count else {
        append(.data(text(position..<tag)))
        position = tag
        break
      }
      let kind = source[tag + 1]
      let sign = byte(at: tag + 2).flatMap {
        $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") ? $0 : nil
      }
      appendData(before: tag, kind: kind, sign: sign, startsLine: startsLine)
      if kind == UInt8(ascii: "%"), let end = rawBegin(at: tag) {
        advance(to: end)
        try scanRaw()
      } else {
        advance(to: tag + (sign == nil ? 2 : 3))
        switch kind {
        case UInt8(ascii: "{"): try scanTag(.variableBegin)
        case UInt8(ascii: "%"): try scanTag(.blockBegin)
        default: try skipComment()
        }
      }
      startsLine = source[position - 1] == 0x0A
    }
    append(.end)
  }

  private func isTag(at offset: Int) -> Bool {
    guard source[offset] == UInt8(ascii: "{"), let next = byte(at: offset + 1) else { return false }
    return next == UInt8(ascii: "{") || next == UInt8(ascii: "%") || next == UInt8(ascii: "#")
  }

  private mutating func appendData(before tag: Int, kind: UInt8, sign: UInt8?, startsLine: Bool) {
    var end = tag
    if sign == UInt8(ascii: "-") {
      while end > position {
        let width = Whitespace.width(before: end, in: source, from: position)
        if width == 0 { break }
        end -= width
      }
    } else if sign == nil, kind != UInt8(ascii: "{") {
      var lineStart = tag
      while lineStart > position, source[lineStart - 1] != 0x0A { lineStart -= 1 }
      if lineStart > position || startsLine, Whitespace.fills(lineStart..<tag, of: source) {
        end = lineStart
      }
    }
    if end > position { append(.data(text(position..<end))) }
    advance(to: tag)
  }

  private func text(_ range: Range<Int>) -> String {
    String(decoding: source[range], as: UTF8.self)
  }

  private func skipSpace(from offset: Int) -> Int {
    var offset = offset
    while true {
      let width = Whitespace.width(at: offset, in: source)
      if width == 0 { return offset }
      offset += width
    }
  }

  /// Where the text after `{% raw %}` begins, `nil` where another tag stands here.
  private func rawBegin(at tag: Int) -> Int? {
    var offset = tag + 2
    if let sign = byte(at: offset), sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      offset += 1
    }
    offset = skipSpace(from: offset)
    guard has("raw", at: offset) else { return nil }
    offset = skipSpace(from: offset + 3)
    if has("-%}", at: offset) { return skipSpace(from: offset + 3) }
    return has("%}", at: offset) ? offset + 2 : nil
  }

  private mutating func scanRaw() throws(TemplateError) {
    let startsLine = source[position - 1] == 0x0A
    var tag = position
    while tag < source.count {
      if has("{%", at: tag) {
        var offset = tag + 2
        var sign: UInt8?
        if let byte = byte(at: offset), byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") {
          sign = byte
          offset += 1
        }
        offset = skipSpace(from: offset)
        if has("endraw", at: offset), let end = blockEnd(at: skipSpace(from: offset + 6)) {
          appendData(before: tag, kind: UInt8(ascii: "%"), sign: sign, startsLine: startsLine)
          advance(to: end)
          return
        }
      }
      tag += 1
    }
    throw fail("the raw block has no end")
  }

  private mutating func skipComment() throws(TemplateError) {
    var offset = position
    while offset < source.count {
      if has("#}", at: offset) {
        let sign = offset > position ? source[offset - 1] : 0
        var end = offset + 2
        if sign == UInt8(ascii: "-") {
          end = skipSpace(from: end)
        } else if sign != UInt8(ascii: "+"), byte(at: end) == 0x0A {
          end += 1
        }
        advance(to: end)
        return
      }
      offset += 1
    }
    throw fail("the comment has no end")
  }

  // MARK: - Inside tags

  /// Where the text after a block's end begins, `nil` where no end stands here.
  private func blockEnd(at offset: Int) -> Int? {
    if has("-%}", at: offset) { return skipSpace(from: offset + 3) }
    if has("+%}", at: offset) { return offset + 3 }
    guard has("%}", at: offset) else { return nil }
    return byte(at: offset + 2) == 0x0A ? offset + 3 : offset + 2
  }

  private func variableEnd(at offset: Int) -> Int? {
    if has("-}}", at: offset) { return skipSpace(from: offset + 3) }
    return has("}}", at: offset) ? offset + 2 : nil
  }

  private mutating func scanTag(_ kind: TemplateToken.Kind) throws(TemplateError) {
    append(kind)
    let isBlock = kind == .blockBegin
    var brackets: [UInt8] = []
    while true {
      advance(to: skipSpace(from: position))
      guard position < source.count else {
        throw fail(isBlock ? "the block has no '%}'" : "the expression has no '}}'")
      }
      // Inside brackets "}}" closes two dictionaries.
      if brackets.isEmpty,
        let end = isBlock ? blockEnd(at: position) : variableEnd(at: position)
      {
        append(isBlock ? .blockEnd : .variableEnd)
        advance(to: end)
        return
      }
      let byte = source[position]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber()
      case UInt8(ascii: "'"), UInt8(ascii: "\""): try scanString(quote: byte)
      default:
        if let end = nameEnd() {
          append(.name(text(position..<end)))
          advance(to: end)
        } else {
          try scanSymbol(&brackets)
        }
      }
    }
  }

  private func nameEnd() -> Int? {
    var end = position
    while end < source.count {
      let byte = source[end]
      let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      let isLetter =
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || byte == UInt8(ascii: "_") || byte >= 0x80 && Whitespace.width(at: end, in: source) == 0
      guard isLetter || isDigit && end > position else { break }
      end += 1
    }
    return end > position ? end : nil
  }

  private mutating func scanSymbol(_ brackets: inout [UInt8]) throws(TemplateError) {
    let next = byte(at: position + 1)
    guard let symbol = TemplateToken.Symbol(source[position], next) else {
      let pair = text(position..<min(position + 2, source.count))
      throw fail("unexpected character '\(pair.prefix(1))'")
    }
    switch symbol {
    case .leftBrace: brackets.append(UInt8(ascii: "}"))
    case .leftBracket: brackets.append(UInt8(ascii: "]"))
    case .leftParenthesis: brackets.append(UInt8(ascii: ")"))
    case .rightBrace, .rightBracket, .rightParenthesis:
      guard brackets.popLast() == source[position] else {
        throw fail("unexpected '\(symbol.rawValue)'")
      }
    default: break
    }
    guard brackets.count <= TemplateParser.nestingLimit else {
      throw TemplateParser.tooDeep(line: line)
    }
    append(.symbol(symbol))
    position += symbol.rawValue.utf8.count
  }

  private mutating func scanNumber() throws(TemplateError) {
    let start = position
    if source[position] == UInt8(ascii: "0"), let marker = byte(at: position + 1) {
      let radix: Int? =
        switch marker | 0x20 {
        case UInt8(ascii: "x"): 16
        case UInt8(ascii: "o"): 8
        case UInt8(ascii: "b"): 2
        default: nil
        }
      if let radix {
        position += 2
        let digits = digits {
          Character(Unicode.Scalar($0)).hexDigitValue.map { $0 < radix } ?? false
        }
        guard let value = Int(digits, radix: radix) else {
          throw fail("the number \(text(start..<position)) is too large")
        }
        append(.integer(value))
        return
      }
    }
    var number = decimalDigits()
    var isFloat = false
    // After a dot (a.0.1) no fraction can begin.
    let afterDot = start > 0 && source[start - 1] == UInt8(ascii: ".")
    if !afterDot, byte(at: position) == UInt8(ascii: "."), isDigit(at: position + 1) {
      position += 1
      number += "." + decimalDigits()
      isFloat = true
    }
    if !afterDot, let marker = byte(at: position), marker | 0x20 == UInt8(ascii: "e") {
      let sign = byte(at: position + 1)
      let isSigned = sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
      if isDigit(at: position + (isSigned ? 2 : 1)) {
        number += "e" + (sign == UInt8(ascii: "-") ? "-" : "")
        position += isSigned ? 2 : 1
        number += decimalDigits()
        isFloat = true
      }
    }
    if isFloat, let value = Double(number) {
      append(.float(value))
    } else if let value = Int(number) {
      append(.integer(value))
    } else {
      throw fail("the number \(number.prefix(40)) is too large")
    }
  }

  private func isDigit(at offset: Int) -> Bool {
    byte(at: offset).map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
  }

  private mutating func decimalDigits() -> String {
    digits { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
  }

  /// Digits, with single underscores between them left out.
  private mutating func digits(where isDigit: (UInt8) -> Bool) -> String {
    let start = position
    var separators = 0
    while let byte = byte(at: position) {
      if !isDigit(byte) {
        guard byte == UInt8(ascii: "_"), self.byte(at: position + 1).map(isDigit) ?? false else {
          break
        }
        separators += 1
      }
      position += 1
    }
    guard separators > 0 else { return text(start..<position) }
    return String(
      decoding: source[start..<position].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
  }

  private mutating func scanString(quote: UInt8) throws(TemplateError) {
    var end = position + 1
    while end < source.count, source[end] != quote {
      end += source[end] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard end < source.count else { throw fail("the string has no end") }
    let raw = source[(position + 1)..<end]
    append(
      .string(try raw.contains(UInt8(ascii: "\\")) ? unescaped(raw) : text(position + 1..<end)))
    advance(to: end + 1)
  }

  /// Escapes as Python's "unicode-escape": unknown ones stay as they stand.
  private func unescaped(_ raw: ArraySlice<UInt8>) throws(TemplateError) -> String {
    var result: [UInt8] = []
    var offset = raw.startIndex
    while offset < raw.endIndex {
      let byte = raw[offset]
      offset += 1
      guard byte == UInt8(ascii: "\\"), offset < raw.endIndex else {
        result.append(byte)
        continue
      }
      let escape = raw[offset]
      offset += 1
      var digitCount = 0
      switch escape {
      case 0x0A: continue
      case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): result.append(escape)
      case UInt8(ascii: "n"): result.append(0x0A)
      case UInt8(ascii: "r"): result.append(0x0D)
      case UInt8(ascii: "t"): result.append(0x09)
      case UInt8(ascii: "a"): result.append(0x07)
      case UInt8(ascii: "b"): result.append(0x08)
      case UInt8(ascii: "f"): result.append(0x0C)
      case UInt8(ascii: "v"): result.append(0x0B)
      case UInt8(ascii: "x"): digitCount = 2
      case UInt8(ascii: "u"): digitCount = 4
      case UInt8(ascii: "U"): digitCount = 8
      case UInt8(ascii: "0")...UInt8(ascii: "7"):
        var code = UInt32(escape - UInt8(ascii: "0"))
        var count = 1
        while count < 3, offset < raw.endIndex,
          (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(raw[offset])
        {
          code = code * 8 + UInt32(raw[offset] - UInt8(ascii: "0"))
          offset += 1
          count += 1
        }
        result.append(scalar: code)
      default: result += [UInt8(ascii: "\\"), escape]
      }
      if digitCount > 0 {
        let end = offset + digitCount
        guard end <= raw.endIndex,
          let code = UInt32(String(decoding: raw[offset..<end], as: UTF8.self), radix: 16)
        else { throw fail("an escape in a string lacks hexadecimal digits") }
        result.append(scalar: code)
        offset = end
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension [UInt8] {
  /// What is no character (half of a surrogate pair) becomes U+FFFD.
  fileprivate mutating func append(scalar code: UInt32) {
    append(contentsOf: Array(String(Unicode.Scalar(code) ?? "\u{FFFD}").utf8))
  }
}
