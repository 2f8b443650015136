/// Python's two ways to format: `"%s" % value` and `"{}".format(value)`.
struct PythonFormat {
  private let format: [Unicode.Scalar]
  private let budget: TemplateBudget
  private var position = 0
  private var result: BoundedText

  private init(_ format: String, _ budget: TemplateBudget) throws(TemplateError) {
    try budget.charge(scanning: 10 * format.utf8.count)
    try budget.reserve(bytes: 4, times: format.utf8.count)
    result = BoundedText(budget)
    self.format = Array(format.unicodeScalars)
    self.budget = budget
  }

  private func fail(_ message: String) -> TemplateError {
    TemplateError(.badValue, "in a format: \(message)")
  }

  private mutating func append(_ text: String) throws(TemplateError) {
    try result.append(text)
  }

  /// The text up to one of the marks, which stays unread.
  private mutating func run(until marks: [Unicode.Scalar]) -> String {
    var text = String.UnicodeScalarView()
    while position < format.count, !marks.contains(format[position]) {
      text.append(format[position])
      position += 1
    }
    return String(text)
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard position < format.count, format[position] == scalar else { return false }
    position += 1
    return true
  }

  private mutating func number() throws(TemplateError) -> Int? {
    var digits = ""
    while position < format.count, ("0"..."9").contains(format[position]) {
      digits.unicodeScalars.append(format[position])
      position += 1
    }
    if digits.isEmpty { return nil }
    guard let number = Int(digits), number <= TemplateBudget.textLimit else {
      throw TemplateError(.templateLimit, "a width of \(digits.prefix(20)) in a format")
    }
    return number
  }

  // MARK: - "%s" % value

  static func percent(
    _ format: String, _ value: TemplateValue, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    var formatter = try PythonFormat(format, budget)
    return try formatter.percent(value)
  }

  private mutating func percent(_ value: TemplateValue) throws(TemplateError) -> String {
    var values = [value]
    if case .tuple(let list) = value { values = list.elements }
    var used = 0
    var isNamed = false
    func next(_ used: inout Int) throws(TemplateError) -> TemplateValue {
      guard used < values.count else { throw fail("not enough values") }
      defer { used += 1 }
      return values[used]
    }
    while position < format.count {
      try append(run(until: ["%"]))
      guard take("%") else { break }
      var named: TemplateValue?
      if take("(") {
        let name = run(until: [")"])
        guard take(")"), case .dict(let dict) = value, let member = dict[name] else {
          throw fail("no value for '\(name)'")
        }
        named = member
        isNamed = true
      }
      var spec = PythonFormatSpec()
      flags: while position < format.count {
        switch format[position] {
        case "-": spec.alignment = "<"
        case "+": spec.sign = "+"
        case " ": if spec.sign != "+" { spec.sign = " " }
        case "#": spec.isAlternate = true
        case "0": spec.isZeroPadded = true
        default: break flags
        }
        position += 1
      }
      spec.width = take("*") ? try size(try next(&used)) : try number() ?? 0
      if take(".") {
        spec.precision = take("*") ? try size(try next(&used)) : try number() ?? 0
      }
      while take("l") || take("h") || take("L") {}
      guard position < format.count else { throw fail("it ends inside a field") }
      let type = format[position]
      position += 1
      if type == "%" {
        try append("%")
        continue
      }
      let argument: TemplateValue
      if let named { argument = named } else { argument = try next(&used) }
      try append(try spec.percent(argument, type, budget))
    }
    guard isNamed || used >= values.count || isMapping(value) else {
      throw fail("not all values are used")
    }
    return result.text
  }

  /// A width or a precision that is an argument.
  private func size(_ value: TemplateValue) throws(TemplateError) -> Int {
    let size = try value.integer(for: "%*")
    guard (0...TemplateBudget.textLimit).contains(size) else {
      throw TemplateError(.templateLimit, "a width of \(size) in a format")
    }
    return size
  }

  private func isMapping(_ value: TemplateValue) -> Bool {
    switch value {
    case .dict, .list: true
    default: false
    }
  }

  // MARK: - "{}".format(value)

  static func braces(
    _ format: String, _ arguments: TemplateArguments, _ renderer: inout TemplateRenderer
  ) throws(TemplateError) -> String {
    var formatter = try PythonFormat(format, renderer.budget)
    var automatic = 0
    return try formatter.braces(arguments, &automatic, &renderer, depth: 0)
  }

  private mutating func braces(
    _ arguments: TemplateArguments, _ automatic: inout Int, _ renderer: inout TemplateRenderer,
    depth: Int
  ) throws(TemplateError) -> String {
    while position < format.count {
      try append(run(until: ["{", "}"]))
      if take("}") {
        guard take("}") else { throw fail("a single '}'") }
        try append("}")
      } else if take("{") {
        if take("{") {
          try append("{")
        } else {
          try append(try field(arguments, &automatic, &renderer, depth: depth))
        }
      }
    }
    return result.text
  }

  private mutating func field(
    _ arguments: TemplateArguments, _ automatic: inout Int, _ renderer: inout TemplateRenderer,
    depth: Int
  ) throws(TemplateError) -> String {
    let first = run(until: [".", "[", "!", ":", "}", "{"])
    var value: TemplateValue
    if let index = first.isEmpty ? automatic : Int(first) {
      if first.isEmpty { automatic += 1 }
      guard arguments.positional.indices.contains(index) else {
        throw fail("there is no argument \(index)")
      }
      value = arguments.positional[index]
    } else if let named = arguments.keywords.first(where: { Text.same($0.name, first) }) {
      value = named.value
    } else {
      throw fail("there is no argument '\(first)'")
    }
    while true {
      if take(".") {
        let name = run(until: [".", "[", "!", ":", "}"])
        value = try renderer.attribute(name, nil, of: value)
      } else if take("[") {
        let key = run(until: ["]"])
        guard take("]") else { throw fail("']' is missing") }
        value = try renderer.element(Int(key).map { .integer($0) } ?? .string(key), of: value)
      } else {
        break
      }
    }
    if take("!") {
      guard position < format.count else { throw fail("it ends inside a field") }
      value = .string(
        format[position] == "r"
          ? try PythonText.representation(of: value, budget)
          : try PythonText.text(of: value, budget))
      position += 1
    }
    var specification = ""
    if take(":") {
      // A field inside the specification is filled in first.
      while position < format.count, format[position] != "}" {
        if take("{") {
          guard depth == 0 else { throw fail("fields inside each other") }
          specification += try field(arguments, &automatic, &renderer, depth: 1)
        } else {
          specification.unicodeScalars.append(format[position])
          position += 1
        }
      }
    }
    guard take("}") else { throw fail("'}' is missing") }
    if case .undefined(let undefined) = value, !specification.isEmpty { throw undefined.error }
    var parser = try PythonFormat(specification, budget)
    return try parser.specification().braces(value, budget)
  }

  /// `[[fill]align][sign][#][0][width][,][.precision][type]`
  private mutating func specification() throws(TemplateError) -> PythonFormatSpec {
    var spec = PythonFormatSpec()
    let marks: [Unicode.Scalar] = ["<", ">", "^", "="]
    if format.count > 1, marks.contains(format[1]) {
      spec.fill = format[0]
      spec.alignment = format[1]
      position = 2
    } else if let first = format.first, marks.contains(first) {
      spec.alignment = first
      position = 1
    }
    for sign: Unicode.Scalar in ["+", "-", " "] where take(sign) { spec.sign = sign }
    spec.isAlternate = take("#")
    if take("0") { spec.isZeroPadded = true }
    spec.width = try number() ?? 0
    for mark: Unicode.Scalar in [",", "_"] where take(mark) { spec.grouping = mark }
    if take(".") {
      guard let precision = try number() else { throw fail("a precision is missing") }
      spec.precision = precision
    }
    if position < format.count {
      spec.type = format[position]
      position += 1
    }
    guard position == format.count else { throw fail("a bad specification") }
    return spec
  }
}
