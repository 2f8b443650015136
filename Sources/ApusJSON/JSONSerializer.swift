extension JSON {
  /// The value as JSON text: compact, or with one member a line and two spaces of indent.
  ///
  /// Doubles have the fewest digits that read back as the same value; infinities and NaN, which JSON
  /// lacks, become `null`.
  public func serialized(pretty: Bool = false) -> String {
    var serializer = JSONSerializer(isPretty: pretty)
    serializer.write(self, indent: 0)
    return String(decoding: serializer.output, as: UTF8.self)
  }
}

private struct JSONSerializer {
  var output: [UInt8] = []
  let isPretty: Bool

  init(isPretty: Bool) { self.isPretty = isPretty }

  mutating func write(_ value: JSON, indent: Int) {
    switch value {
    case .null: output.append(contentsOf: "null".utf8)
    case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
    case .integer(let value): output.append(contentsOf: value.description.utf8)
    case .double(let value):
      output.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
    case .string(let text): write(text)
    case .array(let elements):
      var isFirst = true
      output.append(UInt8(ascii: "["))
      for element in elements {
        separate(isFirst: isFirst, indent: indent + 1)
        isFirst = false
        write(element, indent: indent + 1)
      }
      close(UInt8(ascii: "]"), isEmpty: isFirst, indent: indent)
    case .object(let members):
      var isFirst = true
      output.append(UInt8(ascii: "{"))
      for (key, value) in members {
        separate(isFirst: isFirst, indent: indent + 1)
        isFirst = false
        write(key)
        output.append(UInt8(ascii: ":"))
        if isPretty { output.append(0x20) }
        write(value, indent: indent + 1)
      }
      close(UInt8(ascii: "}"), isEmpty: isFirst, indent: indent)
    }
  }

  private mutating func separate(isFirst: Bool, indent: Int) {
    if !isFirst { output.append(UInt8(ascii: ",")) }
    if isPretty { newLine(indent) }
  }

  private mutating func close(_ bracket: UInt8, isEmpty: Bool, indent: Int) {
    if isPretty, !isEmpty { newLine(indent) }
    output.append(bracket)
  }

  private mutating func newLine(_ indent: Int) {
    output.append(0x0A)
    for _ in 0..<indent {
      output.append(0x20)
      output.append(0x20)
    }
  }

  private mutating func write(_ text: String) {
    output.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): output.append(contentsOf: "\\\"".utf8)
      case UInt8(ascii: "\\"): output.append(contentsOf: "\\\\".utf8)
      case 0x0A: output.append(contentsOf: "\\n".utf8)
      case 0x0D: output.append(contentsOf: "\\r".utf8)
      case 0x09: output.append(contentsOf: "\\t".utf8)
      case 0x08: output.append(contentsOf: "\\b".utf8)
      case 0x0C: output.append(contentsOf: "\\f".utf8)
      case 0..<0x20:
        output.append(contentsOf: (byte < 16 ? "\\u000" : "\\u00").utf8)
        output.append(contentsOf: String(byte, radix: 16).utf8)
      default: output.append(byte)
      }
    }
    output.append(UInt8(ascii: "\""))
  }
}
