extension TemplateParser {
  /// One expression, or several with commas between them.
  mutating func tuple(
    allowsConditional: Bool = true, until end: String? = nil, mayBeEmpty: Bool = false
  ) throws(TemplateError) -> TemplateExpression {
    var elements: [TemplateExpression] = []
    var isTuple = false
    while !endsTuple(end) {
      elements.append(try expression(allowsConditional: allowsConditional))
      guard skip(.comma) else { break }
      isTuple = true
    }
    if isTuple { return .tuple(elements) }
    if let first = elements.first { return first }
    guard mayBeEmpty else { throw unexpected("an expression") }
    return .tuple([])
  }

  private func endsTuple(_ end: String?) -> Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
    case .name(let name): name == end
    default: false
    }
  }

  mutating func expression(
    allowsConditional: Bool = true
  ) throws(TemplateError) -> TemplateExpression {
    try enter()
    defer { leave() }
    let value = try disjunction()
    guard allowsConditional, skip(name: "if") else { return value }
    let test = try disjunction()
    let otherwise = skip(name: "else") ? try expression() : nil
    let result = TemplateExpression.conditional(test: test, then: value, otherwise: otherwise)
    guard at(name: "if") else { return result }
    throw fail("a second 'if' after a conditional expression: add parentheses")
  }

  private mutating func disjunction() throws(TemplateError) -> TemplateExpression {
    let first = try conjunction()
    guard at(name: "or") else { return first }
    var operands = [first]
    while skip(name: "or") { operands.append(try conjunction()) }
    return .or(operands)
  }

  private mutating func conjunction() throws(TemplateError) -> TemplateExpression {
    let first = try negation()
    guard at(name: "and") else { return first }
    var operands = [first]
    while skip(name: "and") { operands.append(try negation()) }
    return .and(operands)
  }

  private mutating func negation() throws(TemplateError) -> TemplateExpression {
    guard skip(name: "not") else { return try comparison() }
    try enter()
    defer { leave() }
    return .not(try negation())
  }

  private mutating func comparison() throws(TemplateError) -> TemplateExpression {
    let first = try sum()
    var rest: [(TemplateComparison, TemplateExpression)] = []
    while true {
      if case .symbol(let symbol) = current.kind,
        let comparison = TemplateComparison(symbol)
      {
        advance()
        rest.append((comparison, try sum()))
      } else if skip(name: "in") {
        rest.append((.contained, try sum()))
      } else if at(name: "not"), token(ahead: 1).kind == .name("in") {
        advance()
        advance()
        rest.append((.notContained, try sum()))
      } else {
        return rest.isEmpty ? first : .comparison(first, rest)
      }
    }
  }

  private mutating func sum() throws(TemplateError) -> TemplateExpression {
    let first = try concatenation()
    var rest: [(TemplateOperator, TemplateExpression)] = []
    while at(.add) || at(.subtract) {
      let sign: TemplateOperator = at(.add) ? .add : .subtract
      advance()
      rest.append((sign, try concatenation()))
    }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  private mutating func concatenation() throws(TemplateError) -> TemplateExpression {
    let first = try product()
    guard at(.tilde) else { return first }
    var operands = [first]
    while skip(.tilde) { operands.append(try product()) }
    return .concatenation(operands)
  }

  private mutating func product() throws(TemplateError) -> TemplateExpression {
    let first = try power()
    var rest: [(TemplateOperator, TemplateExpression)] = []
    while case .symbol(let symbol) = current.kind, let sign = TemplateOperator(factor: symbol) {
      advance()
      rest.append((sign, try power()))
    }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  private mutating func power() throws(TemplateError) -> TemplateExpression {
    let first = try unary(allowsFilters: true)
    var rest: [(TemplateOperator, TemplateExpression)] = []
    while skip(.power) { rest.append((.power, try unary(allowsFilters: true))) }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  private mutating func unary(allowsFilters: Bool) throws(TemplateError) -> TemplateExpression {
    let value: TemplateExpression
    if at(.subtract) || at(.add) {
      try enter()
      defer { leave() }
      let isNegative = at(.subtract)
      advance()
      let operand = try unary(allowsFilters: false)
      value = isNegative ? .negative(operand) : .positive(operand)
    } else {
      value = try primary()
    }
    var suffixes: [TemplateSuffix] = []
    while let suffix = try postfix() { suffixes.append(suffix) }
    while allowsFilters {
      if skip(.pipe) {
        suffixes.append(try filter())
      } else if skip(name: "is") {
        suffixes.append(try test())
      } else if at(.leftParenthesis) {
        suffixes.append(.call(try call()))
      } else {
        break
      }
    }
    return suffixes.isEmpty ? value : .postfix(value, suffixes)
  }

  private mutating func primary() throws(TemplateError) -> TemplateExpression {
    let token = current
    switch token.kind {
    case .name(let name):
      advance()
      switch name {
      case "true", "True": return .bool(true)
      case "false", "False": return .bool(false)
      case "none", "None": return .none
      default: return .variable(read(name))
      }
    case .string(var text):
      advance()
      while case .string(let more) = current.kind {
        text += more
        advance()
      }
      return .string(text)
    case .integer(let value):
      advance()
      return .integer(value)
    case .float(let value):
      advance()
      return .float(value)
    case .symbol(.leftParenthesis):
      advance()
      let value = try tuple(mayBeEmpty: true)
      try expect(.rightParenthesis)
      return value
    case .symbol(.leftBracket): return try list()
    case .symbol(.leftBrace): return try dict()
    default: throw unexpected("an expression")
    }
  }

  private mutating func list() throws(TemplateError) -> TemplateExpression {
    advance()
    var elements: [TemplateExpression] = []
    while !at(.rightBracket) {
      elements.append(try expression())
      guard skip(.comma) else { break }
    }
    try expect(.rightBracket)
    return .list(elements)
  }

  private mutating func dict() throws(TemplateError) -> TemplateExpression {
    advance()
    var members: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !at(.rightBrace) {
      let key = try expression()
      try expect(.colon)
      members.append((key, try expression()))
      guard skip(.comma) else { break }
    }
    try expect(.rightBrace)
    return .dict(members)
  }

  // MARK: - Suffixes

  private mutating func postfix() throws(TemplateError) -> TemplateSuffix? {
    if skip(.dot) {
      switch current.kind {
      case .name(let name):
        advance()
        return .attribute(name, TemplateMethod(rawValue: name))
      case .integer(let index):
        advance()
        return .item(.integer(index))
      default: throw unexpected("an attribute's name")
      }
    }
    if skip(.leftBracket) { return try subscripts() }
    return at(.leftParenthesis) ? .call(try call()) : nil
  }

  private mutating func subscripts() throws(TemplateError) -> TemplateSuffix {
    var elements: [TemplateExpression] = []
    var isTuple = false
    while !at(.rightBracket) {
      var bounds: [TemplateExpression?] = []
      if !at(.colon) { bounds.append(try expression()) } else { bounds.append(nil) }
      if at(.colon) {
        while bounds.count < 3, skip(.colon) {
          let isOpen = at(.colon) || at(.rightBracket) || at(.comma)
          bounds.append(isOpen ? nil : try expression())
        }
        guard elements.isEmpty, at(.rightBracket) else { throw unexpected("']' after a slice") }
        advance()
        return .slice(bounds[0], bounds[1], bounds.count > 2 ? bounds[2] : nil)
      }
      if let element = bounds[0] { elements.append(element) }
      guard skip(.comma) else { break }
      isTuple = true
    }
    try expect(.rightBracket)
    guard let first = elements.first else { throw fail("a subscript without a value") }
    return .item(isTuple ? .tuple(elements) : first)
  }

  private mutating func call() throws(TemplateError) -> TemplateCall {
    try expect(.leftParenthesis)
    var call = TemplateCall()
    while !at(.rightParenthesis) {
      if skip(.multiply) {
        guard call.spread == nil, call.spreadKeywords == nil else { throw badCall() }
        call.spread = try expression()
      } else if skip(.power) {
        guard call.spreadKeywords == nil else { throw badCall() }
        call.spreadKeywords = try expression()
      } else if case .name(let name) = current.kind, token(ahead: 1).kind == .symbol(.assign) {
        guard call.spreadKeywords == nil else { throw badCall() }
        advance()
        advance()
        call.keywords.append((name, try expression()))
      } else {
        guard call.spread == nil, call.spreadKeywords == nil, call.keywords.isEmpty else {
          throw badCall()
        }
        call.positional.append(try expression())
      }
      guard skip(.comma) else { break }
    }
    try expect(.rightParenthesis)
    return call
  }

  private func badCall() -> TemplateError {
    fail("arguments of a call are out of order")
  }

  private mutating func dottedName() throws(TemplateError) -> String {
    var name = try expectName()
    while skip(.dot) { name += "." + (try expectName()) }
    return name
  }

  /// A filter's name and arguments.
  mutating func filter() throws(TemplateError) -> TemplateSuffix {
    let name = try dottedName()
    return .filter(
      name, TemplateFilter(rawValue: name), at(.leftParenthesis) ? try call() : .empty)
  }

  /// A test's name and arguments; one argument may stand without parentheses.
  private mutating func test() throws(TemplateError) -> TemplateSuffix {
    let isNegated = skip(name: "not")
    let name = try dottedName()
    var arguments = TemplateCall.empty
    if at(.leftParenthesis) {
      arguments = try call()
    } else if beginsTestArgument {
      guard !at(name: "is") else { throw fail("two tests in a row: add parentheses") }
      let value = try primary()
      var suffixes: [TemplateSuffix] = []
      while let suffix = try postfix() { suffixes.append(suffix) }
      arguments.positional = [suffixes.isEmpty ? value : .postfix(value, suffixes)]
    }
    return .test(name, TemplateTest(name), arguments, isNegated: isNegated)
  }

  private var beginsTestArgument: Bool {
    switch current.kind {
    case .name(let name): !["else", "or", "and"].contains(name)
    case .string, .integer, .float, .symbol(.leftBracket), .symbol(.leftBrace): true
    default: false
    }
  }
}

extension TemplateOperator {
  /// What binds as strongly as `*`.
  fileprivate init?(factor symbol: TemplateToken.Symbol) {
    switch symbol {
    case .multiply: self = .multiply
    case .divide: self = .divide
    case .floorDivide: self = .floorDivide
    case .modulo: self = .modulo
    default: return nil
    }
  }
}

extension TemplateComparison {
  fileprivate init?(_ symbol: TemplateToken.Symbol) {
    switch symbol {
    case .equal: self = .equal
    case .notEqual: self = .notEqual
    case .less: self = .less
    case .lessOrEqual: self = .lessOrEqual
    case .greater: self = .greater
    case .greaterOrEqual: self = .greaterOrEqual
    default: return nil
    }
  }
}
