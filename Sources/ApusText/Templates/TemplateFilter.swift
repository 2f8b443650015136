/// The filters of Jinja (and `from_json`, which some templates expect).
enum TemplateFilter: String, Sendable, CaseIterable {
  // Numbers.
  case abs, float, int, round
  // Text.
  case capitalize, center, escape, format, indent, lower, replace, string, title, tojson, trim
  case truncate, upper, urlencode, wordcount
  case e
  case forceescape
  case fromJSON = "from_json"
  case safe
  // Sequences.
  case batch, count, dictsort, first, groupby, items, join, last, length, list, map, max, min
  case reject, rejectattr, reverse, select, selectattr, slice, sort, sum, unique
  // Any value.
  case attr, d
  case defaultValue = "default"
}

extension TemplateRenderer {
  mutating func apply(
    _ filter: TemplateFilter, to value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    switch filter {
    case .defaultValue, .d:
      let bound = try arguments.bound(["default_value", "boolean"])
      let isReplaced = value.isUndefined || bound[1].isTrue && !value.isTrue
      return isReplaced ? bound[0] ?? .string("") : value
    case .attr:
      let name = try arguments.single("name").text(for: "attr")
      if case .dict = value, TemplateMethod(rawValue: name)?.belongs(to: value) != true {
        return .undefined(UndefinedValue(.attribute("dict"), name))
      }
      return try attribute(name, TemplateMethod(rawValue: name), of: value)
    case .abs, .float, .int, .round: return try number(filter, value, arguments)
    case .capitalize, .center, .escape, .e, .forceescape, .format, .indent, .lower, .replace,
      .safe, .string, .title, .tojson, .fromJSON, .trim, .truncate, .upper, .urlencode, .wordcount:
      return try text(filter, value, arguments)
    case .map, .select, .selectattr, .reject, .rejectattr:
      return try picked(filter, value, arguments)
    case .sort, .dictsort, .groupby, .unique, .min, .max:
      return try ordered(filter, value, arguments)
    default: return try sequence(filter, value, arguments)
    }
  }

  // MARK: - Numbers

  private func number(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    if case .undefined(let undefined) = value { throw undefined.error }
    switch filter {
    case .abs:
      try arguments.none()
      if case .float(let number) = value { return .float(number.magnitude) }
      let number = try value.integer(for: "abs")
      return number < 0 ? try negated(.integer(number)) : .integer(number)
    case .int:
      let bound = try arguments.bound(["default", "base"])
      return try integer(value, base: try bound[1].integer(for: "int") ?? 10)
        ?? bound[0] ?? .integer(0)
    case .float:
      let bound = try arguments.bound(["default"])
      return Self.float(value).map { .float($0) } ?? bound[0] ?? .float(0)
    default: return try rounded(value, arguments)
    }
  }

  private static func float(_ value: TemplateValue) -> Double? {
    if let number = value.double { return number }
    guard let text = value.string else { return nil }
    let trimmed = String(text.unicodeScalars.drop(while: Whitespace.contains))
    var scalars = trimmed.unicodeScalars
    while let last = scalars.last, Whitespace.contains(last) { scalars.removeLast() }
    let digits = String(scalars)
    // Hexadecimal floats are Swift's, not Python's.
    guard
      !digits.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "x") || $0 == UInt8(ascii: "p") })
    else { return nil }
    return Double(withoutUnderscores(digits))
  }

  /// Python allows single underscores between digits.
  private static func withoutUnderscores(_ digits: String) -> String {
    let bytes = Array(digits.utf8)
    var result: [UInt8] = []
    for (position, byte) in bytes.enumerated() {
      let isBetween =
        position > 0 && position + 1 < bytes.count
        && Character(Unicode.Scalar(bytes[position - 1])).isHexDigit
        && Character(Unicode.Scalar(bytes[position + 1])).isHexDigit
      if byte != UInt8(ascii: "_") || !isBetween { result.append(byte) }
    }
    return Text.string(result)
  }

  private func integer(
    _ value: TemplateValue, base: Int
  ) throws(TemplateError) -> TemplateValue? {
    if let integer = value.integer { return .integer(integer) }
    if let text = value.string {
      let digits = Self.withoutUnderscores(
        try stripped(text, of: nil, left: true, right: true).lowercased())
      let isNegative = digits.utf8.first == UInt8(ascii: "-")
      var rest = digits.utf8[...]
      if isNegative || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
      var radix = base
      for (mark, prefixed) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if base == prefixed || base == 0, rest.starts(with: mark.utf8) {
          rest = rest.dropFirst(2)
          radix = prefixed
        }
      }
      let sign = rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+")
      if (2...36).contains(radix == 0 ? 10 : radix), !sign,
        let number = Int(
          (isNegative ? "-" : "") + Text.string(rest), radix: radix == 0 ? 10 : radix)
      {
        return .integer(number)
      }
    }
    guard let number = Self.float(value), number.isFinite else { return nil }
    guard let integer = Int(exactly: number.rounded(.towardZero)) else {
      throw TemplateError(.templateLimit, "a whole number beyond 64 bits")
    }
    return .integer(integer)
  }

  private func rounded(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    let bound = try arguments.bound(["precision", "method"])
    let places = min(max(try bound[0].integer(for: "round") ?? 0, -400), 400)
    let method = try bound[1].text(for: "round") ?? "common"
    guard let number = value.double else {
      throw TemplateError(.badValue, "round takes a number, not a value of type \(value.typeName)")
    }
    guard ["common", "ceil", "floor"].contains(method) else {
      throw TemplateError(.badValue, "round has no method '\(method)'")
    }
    if let integer = value.integer, method == "common", places >= 0 { return .integer(integer) }
    guard number.isFinite else { return .float(number) }
    if method == "common", places >= 0 {
      let text = DecimalDigits.fixed(number.magnitude, places: places)
      return .float((number.sign == .minus ? -1 : 1) * (Double(text) ?? number.magnitude))
    }
    guard case .float(let factor) = try arithmetic(.power, .float(10), .integer(places)) else {
      return .float(number)
    }
    let rule: FloatingPointRoundingRule =
      method == "ceil" ? .up : method == "floor" ? .down : .toNearestOrEven
    let result = (number * factor).rounded(rule) / factor
    if method == "common", value.integer != nil, let integer = Int(exactly: result) {
      return .integer(integer)
    }
    return .float(result)
  }
}
