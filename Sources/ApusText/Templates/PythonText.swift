/// `str` and `repr` as Python writes them.
enum PythonText {
  static func text(of value: TemplateValue) throws(TemplateError) -> String {
    switch value {
    case .string(let text), .markup(let text): return text
    case .integer(let number): return number.description
    case .undefined: return ""
    default:
      var result = BoundedText()
      try write(value, to: &result)
      return result.text
    }
  }

  static func representation(of value: TemplateValue) throws(TemplateError) -> String {
    var result = BoundedText()
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
    case .float(let number): try result.append(float(number))
    case .string(let text): try result.append(quoted(text))
    case .markup(let text): try result.append("Markup(" + quoted(text) + ")")
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
      default: try write(try dict.items(), "[", "]", to: &result)
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
  static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar =
      text.utf8.contains(UInt8(ascii: "'")) && !text.utf8.contains(UInt8(ascii: "\"")) ? "\"" : "'"
    let isPlain = text.utf8.allSatisfy {
      (0x20...0x7E).contains($0) && $0 != UInt8(ascii: "'") && $0 != UInt8(ascii: "\\")
    }
    if isPlain { return "'" + text + "'" }
    var result = String.UnicodeScalarView()
    result.append(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
      case "\n": result.append(contentsOf: "\\n".unicodeScalars)
      case "\r": result.append(contentsOf: "\\r".unicodeScalars)
      case "\t": result.append(contentsOf: "\\t".unicodeScalars)
      case quote:
        result.append("\\")
        result.append(quote)
      case " "..."~": result.append(scalar)
      default:
        if isPrintable(scalar) {
          result.append(scalar)
        } else {
          result.append(contentsOf: escape(scalar.value).unicodeScalars)
        }
      }
    }
    result.append(quote)
    return String(result)
  }

  private static func escape(_ code: UInt32) -> String {
    switch code {
    case ..<0x100: "\\x" + hexadecimal(code, width: 2)
    case ..<0x10000: "\\u" + hexadecimal(code, width: 4)
    default: "\\U" + hexadecimal(code, width: 8)
    }
  }

  static func hexadecimal(_ code: UInt32, width: Int) -> String {
    let digits = String(code, radix: 16)
    return Text.repeated("0", max(0, width - digits.utf8.count)) + digits
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
