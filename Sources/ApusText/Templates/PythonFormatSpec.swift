/// One field of a format: how wide, how precise, how signed.
struct PythonFormatSpec {
  var fill: Unicode.Scalar = " "
  var alignment: Unicode.Scalar?
  var sign: Unicode.Scalar = "-"
  var isAlternate = false
  var isZeroPadded = false
  var width = 0
  var grouping: Unicode.Scalar?
  var precision: Int?
  var type: Unicode.Scalar?

  private func unsupported(_ type: Unicode.Scalar, _ value: TemplateValue) -> TemplateError {
    TemplateError(
      .badValue, "the format '\(type)' does not take a value of type \(value.typeName)")
  }

  /// A field of `"%…" % value`.
  func percent(
    _ value: TemplateValue, _ type: Unicode.Scalar, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    switch type {
    case "s": return try padded(cut(try PythonText.text(of: value, budget)), "", ">", budget)
    case "r", "a":
      return try padded(cut(try PythonText.representation(of: value, budget)), "", ">", budget)
    case "c":
      if let code = value.integer {
        guard let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) else {
          throw unsupported(type, value)
        }
        return try padded(String(scalar), "", ">", budget)
      }
      return try padded(try value.text(for: "%c"), "", ">", budget)
    case "d", "i", "u":
      guard
        let number = value.integer
          ?? value.double.flatMap({ Int(exactly: $0.rounded(.towardZero)) })
      else { throw unsupported(type, value) }
      return try integer(number, radix: 10, budget)
    case "x", "X", "o":
      guard let number = value.integer else { throw unsupported(type, value) }
      let text = try integer(number, radix: type == "o" ? 8 : 16, budget)
      return type == "X" ? text.uppercased() : text
    case "e", "E", "f", "F", "g", "G":
      guard let number = value.double else { throw unsupported(type, value) }
      return try float(number, type, budget)
    default: throw TemplateError(.badValue, "there is no format '%\(type)'")
    }
  }

  /// A field of `"{}".format(value)`.
  func braces(
    _ value: TemplateValue, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    switch (type, value) {
    case (nil, .bool), (nil, .none):
      if isPlain { return try PythonText.text(of: value, budget) }
      return try padded(try PythonText.text(of: value, budget), "", "<", budget)
    case (nil, .integer), ("d", .integer), ("d", .bool), ("n", .integer):
      return try integer(value.integer ?? 0, radix: 10, budget)
    case ("x", _), ("X", _), ("o", _), ("b", _), ("c", _), ("d", _), ("n", _):
      guard let type, let number = value.integer else { throw unsupported(type ?? "d", value) }
      if type == "c" { return try percent(value, "c", budget) }
      let text = try integer(number, radix: type == "b" ? 2 : type == "o" ? 8 : 16, budget)
      return type == "X" ? text.uppercased() : text
    case (nil, .float(let number)):
      if precision == nil { return try signed(number, PythonText.float(number.magnitude), budget) }
      return try float(number, "g", budget)
    case ("e", _), ("E", _), ("f", _), ("F", _), ("g", _), ("G", _), ("%", _):
      guard let type, let number = value.double else { throw unsupported(type ?? "f", value) }
      return try float(number, type, budget)
    case (nil, _), ("s", .string), ("s", .markup):
      return try padded(cut(try PythonText.text(of: value, budget)), "", "<", budget)
    default: throw unsupported(type ?? "s", value)
    }
  }

  private var isPlain: Bool { width == 0 && precision == nil }

  private func cut(_ text: String) -> String {
    guard let precision, Text.length(text) > precision else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
  }

  private func integer(
    _ number: Int, radix: Int, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    var digits = String(number.magnitude, radix: radix)
    if let precision {
      try budget.reserve(bytes: precision)
      digits = Text.repeated("0", max(0, precision - digits.utf8.count)) + digits
    }
    if let grouping { digits = grouped(digits, by: grouping) }
    if isAlternate, radix != 10 {
      digits = (radix == 16 ? "0x" : radix == 8 ? "0o" : "0b") + digits
    }
    return try padded(digits, signText(number < 0), ">", budget)
  }

  private func float(
    _ number: Double, _ type: Unicode.Scalar, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    guard number.isFinite else {
      return try padded(
        number.isNaN ? "nan" : "inf", signText(number < 0), ">", budget)
    }
    let places = precision ?? 6
    // More digits than any double has; beyond them only zeros follow.
    guard places <= 2000 else {
      throw TemplateError(.templateLimit, "a precision of \(places) in a format")
    }
    try budget.charge(200 + 4 * places)
    let magnitude = number.magnitude
    switch type {
    case "f", "F": return try signed(number, DecimalDigits.fixed(magnitude, places: places), budget)
    case "%":
      return try signed(number, DecimalDigits.fixed(magnitude * 100, places: places) + "%", budget)
    case "e", "E":
      let (digits, exponent) = DecimalDigits.significant(magnitude, count: places + 1)
      let text =
        DecimalDigits.string(digits.prefix(1))
        + (digits.count > 1 ? "." + DecimalDigits.string(digits.dropFirst()) : "")
        + DecimalDigits.exponent(magnitude == 0 ? 0 : exponent)
      return try signed(number, type == "E" ? text.uppercased() : text, budget)
    default:
      var (digits, exponent) = DecimalDigits.significant(magnitude, count: max(places, 1))
      if magnitude == 0 { exponent = 0 }
      while digits.count > 1, digits.last == 0 { digits.removeLast() }
      let text = DecimalDigits.general(
        digits, exponent: exponent, below: max(places, 1), keepsPoint: false)
      return try signed(number, type == "G" ? text.uppercased() : text, budget)
    }
  }

  private func signed(
    _ number: Double, _ text: String, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    var text = text
    if let grouping {
      let whole = text.prefix { $0 != "." && $0 != "e" }
      text = grouped(String(whole), by: grouping) + text.dropFirst(whole.count)
    }
    return try padded(text, signText(number.sign == .minus), ">", budget)
  }

  private func signText(_ isNegative: Bool) -> String {
    isNegative ? "-" : sign == "-" ? "" : String(sign)
  }

  private func grouped(_ digits: String, by mark: Unicode.Scalar) -> String {
    var result = ""
    for (position, digit) in digits.unicodeScalars.enumerated() {
      if position > 0, (digits.utf8.count - position) % 3 == 0 {
        result.unicodeScalars.append(mark)
      }
      result.unicodeScalars.append(digit)
    }
    return result
  }

  private func padded(
    _ text: String, _ sign: String, _ side: Unicode.Scalar, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    try budget.charge(scanning: text.utf8.count + 100)
    let missing = width - Text.length(text) - sign.utf8.count
    guard missing > 0 else { return sign + text }
    try budget.reserve(bytes: 4, times: width)
    let isNumber = side == ">" && type != "s"
    if isZeroPadded, alignment == nil, isNumber {
      return sign + Text.repeated("0", missing) + text
    }
    let fill = String(fill)
    func fills(_ count: Int) -> String { Text.repeated(fill, count) }
    switch alignment ?? side {
    case "<": return sign + text + fills(missing)
    case "^": return fills(missing / 2) + sign + text + fills(missing - missing / 2)
    case "=": return sign + fills(missing) + text
    default: return fills(missing) + sign + text
    }
  }
}
