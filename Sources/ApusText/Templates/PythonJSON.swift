/// `json.dumps` of Python: its separators, its escapes, its way to indent.
struct PythonJSON {
  var indent: String?
  var itemSeparator = ", "
  var keySeparator = ": "
  var isASCII = false
  var sortsKeys = false

  private var result: BoundedText

  init(
    indent: String?, separators: (String, String)?, isASCII: Bool, sortsKeys: Bool,
    _ budget: TemplateBudget
  ) {
    result = BoundedText(budget)
    self.indent = indent
    if indent != nil { itemSeparator = "," }
    if let separators { (itemSeparator, keySeparator) = separators }
    self.isASCII = isASCII
    self.sortsKeys = sortsKeys
  }

  mutating func text(of value: TemplateValue) throws(TemplateError) -> String {
    try write(value, depth: 0)
    return result.text
  }

  private mutating func write(_ value: TemplateValue, depth: Int) throws(TemplateError) {
    switch value {
    case .none: try result.append("null")
    case .bool(let value): try result.append(value ? "true" : "false")
    case .integer(let number): try result.append(number.description)
    case .float(let number):
      try result.budget.charge(120)
      try result.append(Self.number(number))
    case .string(let text), .markup(let text): try result.append(try quoted(text))
    case .list(let list), .tuple(let list):
      guard !list.elements.isEmpty else { return try result.append("[]") }
      try result.append("[")
      for (position, element) in list.elements.enumerated() {
        try separate(isFirst: position == 0, depth: depth + 1)
        try write(element, depth: depth + 1)
      }
      try newLine(depth: depth)
      try result.append("]")
    case .dict(let dict): try write(dict, depth: depth)
    default:
      throw TemplateError(
        .badValue, "a value of type \(value.typeName) cannot be written as JSON")
    }
  }

  private mutating func write(_ dict: TemplateDict, depth: Int) throws(TemplateError) {
    guard dict.count > 0 else { return try result.append("{}") }
    var names: [String] = []
    for key in dict.keys { names.append(try Self.name(key)) }
    var order = Array(names.indices)
    if sortsKeys { order.sort { Text.precedes(names[$0], names[$1]) } }
    try result.append("{")
    for (place, position) in order.enumerated() {
      try separate(isFirst: place == 0, depth: depth + 1)
      try result.append(try quoted(names[position]))
      try result.append(keySeparator)
      try write(dict.values[position], depth: depth + 1)
    }
    try newLine(depth: depth)
    try result.append("}")
  }

  private mutating func separate(isFirst: Bool, depth: Int) throws(TemplateError) {
    if !isFirst { try result.append(itemSeparator) }
    try newLine(depth: depth)
  }

  private mutating func newLine(depth: Int) throws(TemplateError) {
    guard let indent else { return }
    try result.append("\n")
    for _ in 0..<depth { try result.append(indent) }
  }

  private static func name(_ key: TemplateValue) throws(TemplateError) -> String {
    switch key {
    case .string(let text), .markup(let text): return text
    case .none: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .integer(let number): return number.description
    case .float(let number): return Self.number(number)
    default:
      throw TemplateError(.badValue, "a key of type \(key.typeName) cannot be written as JSON")
    }
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    return value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : PythonText.float(value)
  }

  private func quoted(_ text: String) throws(TemplateError) -> String {
    try result.budget.charge(scanning: 4 * text.utf8.count)
    var bytes: [UInt8] = [UInt8(ascii: "\"")]
    bytes.reserveCapacity(text.utf8.count + 2)
    if isASCII, text.utf8.contains(where: { $0 >= 0x7F }) {
      for scalar in text.unicodeScalars {
        if scalar.value < 0x7F {
          Self.append(UInt8(scalar.value), to: &bytes)
        } else {
          try result.budget.charge(classifying: 1)
          for unit in UTF16.encode(scalar).map({ Array($0) }) ?? [] {
            Self.append(escaped: UInt32(unit), to: &bytes)
          }
        }
        guard bytes.count <= TemplateBudget.textLimit else { break }
      }
    } else {
      for byte in text.utf8 {
        Self.append(byte, to: &bytes)
        guard bytes.count <= TemplateBudget.textLimit else { break }
      }
    }
    bytes.append(UInt8(ascii: "\""))
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): PythonText.append(escape: byte, to: &bytes)
    case 0x0A: PythonText.append(escape: UInt8(ascii: "n"), to: &bytes)
    case 0x0D: PythonText.append(escape: UInt8(ascii: "r"), to: &bytes)
    case 0x09: PythonText.append(escape: UInt8(ascii: "t"), to: &bytes)
    case 0x08: PythonText.append(escape: UInt8(ascii: "b"), to: &bytes)
    case 0x0C: PythonText.append(escape: UInt8(ascii: "f"), to: &bytes)
    case 0..<0x20: append(escaped: UInt32(byte), to: &bytes)
    default: bytes.append(byte)
    }
  }

  private static func append(escaped code: UInt32, to bytes: inout [UInt8]) {
    PythonText.append(escape: UInt8(ascii: "u"), to: &bytes)
    PythonText.append(hexadecimal: code, width: 4, to: &bytes)
  }
}
