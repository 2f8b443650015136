/// `str` and `repr` as Python writes them.
enum PythonText {
  static func text(
    of value: TemplateValue, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    switch value {
    case .string(let text), .markup(let text): return text
    case .integer(let number): return number.description
    case .undefined: return ""
    default:
      var result = BoundedText(budget)
      try write(value, to: &result)
      return result.text
    }
  }

  static func representation(
    of value: TemplateValue, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    var result = BoundedText(budget)
    try write(value, to: &result)
    return result.text
  }

  /// Writes the `repr`. The depth of values is limited, so the recursion is; a namespace can hold
  /// itself, and is written by its name alone.
  private static func write(
    _ value: TemplateValue, to result: inout BoundedText
  ) throws(TemplateError) {
    switch value {
    case .undefined: try result.append("Undefined")
    case .none: try result.append("None")
    case .bool(let value): try result.append(value ? "True" : "False")
    case .integer(let number): try result.append(number.description)
    case .float(let number):
      try result.budget.charge(120)
      try result.append(float(number))
    case .string(let text): try result.append(try quoted(text, result.budget))
    case .markup(let text): try result.append("Markup(" + quoted(text, result.budget) + ")")
    case .list(let list): try write(list.elements, "[", "]", to: &result)
    case .tuple(let list):
      try write(list.elements, "(", list.elements.count == 1 ? ",)" : ")", to: &result)
    case .dict(let dict): try write(dict, to: &result)
    case .range(let range):
      let step = range.step == 1 ? "" : ", \(range.step)"
      try result.append("range(\(range.start), \(range.stop)\(step))")
    case .view(let method, let dict):
      try result.append("dict_\(method.rawValue)(")
      switch method {
      case .keys: try write(dict.keys, "[", "]", to: &result)
      case .values: try write(dict.values, "[", "]", to: &result)
      default:
        try result.budget.reserve(elements: 6 * dict.count)
        try write(try dict.items(), "[", "]", to: &result)
      }
      try result.append(")")
    case .iterator(let iterator): try result.append("<\(iterator.typeName) object>")
    case .namespace: try result.append("<Namespace>")
    case .macro(let macro): try result.append("<Macro '\(macro.definition.name)'>")
    case .loop(let loop): try result.append("<LoopContext \(loop.index0 + 1)>")
    case .function(let function): try result.append("<function \(function.rawValue)>")
    case .method(let method): try result.append("<built-in method \(method.method.rawValue)>")
    case .cycler: try result.append("<Cycler>")
    case .joiner: try result.append("<Joiner>")
    }
  }

  private static func write(
    _ elements: [TemplateValue], _ open: String, _ close: String, to result: inout BoundedText
  ) throws(TemplateError) {
    try result.append(open)
    for (position, element) in elements.enumerated() {
      if position > 0 { try result.append(", ") }
      try write(element, to: &result)
    }
    try result.append(close)
  }

  private static func write(
    _ dict: TemplateDict, to result: inout BoundedText
  ) throws(TemplateError) {
    try result.append("{")
    for position in dict.keys.indices {
      if position > 0 { try result.append(", ") }
      try write(dict.keys[position], to: &result)
      try result.append(": ")
      try write(dict.values[position], to: &result)
    }
    try result.append("}")
  }

  /// A string as Python would write it in a program.
  private static func quoted(
    _ text: String, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    try budget.charge(scanning: 4 * text.utf8.count)
    let quote = UInt8(
      ascii: text.utf8.contains(UInt8(ascii: "'")) && !text.utf8.contains(UInt8(ascii: "\""))
        ? "\"" : "'")
    let isPlain = text.utf8.allSatisfy {
      (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "\\")
    }
    if isPlain { return "'" + text + "'" }
    let backslash = UInt8(ascii: "\\")
    var result = [quote]
    result.reserveCapacity(text.utf8.count + 2)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case UInt32(backslash), UInt32(quote): append(escape: UInt8(scalar.value), to: &result)
      case 0x0A: append(escape: UInt8(ascii: "n"), to: &result)
      case 0x0D: append(escape: UInt8(ascii: "r"), to: &result)
      case 0x09: append(escape: UInt8(ascii: "t"), to: &result)
      case 0x20...0x7E: result.append(UInt8(scalar.value))
      case ..<0x80: append(escaped: scalar.value, to: &result)
      default:
        try budget.charge(classifying: 1)
        if isPrintable(scalar) {
          result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        } else {
          append(escaped: scalar.value, to: &result)
        }
      }
      guard result.count <= TemplateBudget.textLimit else { break }
    }
    result.append(quote)
    return Text.string(result)
  }

  /// `\x1b`, `\u200b`, `\U000e0001`
  private static func append(escaped code: UInt32, to bytes: inout [UInt8]) {
    let (mark, width): (UInt8, Int) =
      code < 0x100
      ? (UInt8(ascii: "x"), 2) : code < 0x10000 ? (UInt8(ascii: "u"), 4) : (UInt8(ascii: "U"), 8)
    append(escape: mark, to: &bytes)
    append(hexadecimal: code, width: width, to: &bytes)
  }

  static func append(escape mark: UInt8, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\\"))
    bytes.append(mark)
  }

  static func append(hexadecimal code: UInt32, width: Int, to bytes: inout [UInt8]) {
    for place in (0..<width).reversed() {
      let digit = UInt8(code >> (4 * UInt32(place)) & 15)
      bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }

  static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == " " { return true }
    return switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator, .spaceSeparator:
      false
    default: true
    }
  }

  /// The shortest digits that read back as the number; an exponent below 1e-4 and from 1e16 on.
  static func float(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    let sign = value.sign == .minus ? "-" : ""
    if value == 0 { return sign + "0.0" }
    let (digits, exponent) = DecimalDigits.shortest(value.magnitude)
    return sign + DecimalDigits.general(digits, exponent: exponent, below: 16, keepsPoint: true)
  }
}
