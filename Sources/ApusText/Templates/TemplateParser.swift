/// Reads statements; expressions are in TemplateParser+Expressions.swift.
struct TemplateParser {
  static let nestingLimit = 128

  private let tokens: [TemplateToken]
  private var position = 0
  private var depth = 0
  private var loopDepth = 0
  private var numbers: [String: Int] = [:]
  private var program = TemplateProgram()
  /// What the macros being read take beyond their parameters.
  private var surplusUses: [SurplusUse] = []

  private struct SurplusUse {
    var caller: Int?
    var surplus: Int?
    var surplusKeywords: Int?
  }

  static func parse(_ source: String) throws(TemplateError) -> TemplateProgram {
    var parser = TemplateParser(tokens: try TemplateLexer.tokens(of: source))
    parser.program.body = try parser.statements(until: [], openedIn: 1)
    return parser.program
  }

  private init(tokens: [TemplateToken]) { self.tokens = tokens }

  // MARK: - Tokens

  var current: TemplateToken { token(ahead: 0) }

  func token(ahead count: Int) -> TemplateToken {
    position + count < tokens.count
      ? tokens[position + count]
      : TemplateToken(kind: .end, line: tokens.last?.line ?? 1)
  }

  mutating func advance() { position += 1 }

  func at(_ symbol: TemplateToken.Symbol) -> Bool {
    guard position < tokens.count, case .symbol(let current) = tokens[position].kind else {
      return false
    }
    return current == symbol
  }

  func at(name: String) -> Bool {
    guard position < tokens.count, case .name(let current) = tokens[position].kind else {
      return false
    }
    return current == name
  }

  mutating func skip(_ symbol: TemplateToken.Symbol) -> Bool {
    guard at(symbol) else { return false }
    advance()
    return true
  }

  mutating func skip(name: String) -> Bool {
    guard at(name: name) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: TemplateToken.Symbol) throws(TemplateError) {
    guard skip(symbol) else { throw unexpected("'\(symbol.rawValue)'") }
  }

  mutating func expect(name: String) throws(TemplateError) {
    guard skip(name: name) else { throw unexpected("'\(name)'") }
  }

  mutating func expectName() throws(TemplateError) -> String {
    guard case .name(let name) = current.kind else { throw unexpected("a name") }
    advance()
    return name
  }

  private mutating func expectBlockEnd() throws(TemplateError) {
    guard current.kind == .blockEnd else { throw unexpected("'%}'") }
    advance()
  }

  func unexpected(_ wanted: String) -> TemplateError {
    fail("\(current.text) instead of \(wanted)")
  }

  func fail(_ message: String) -> TemplateError {
    TemplateError(.templateSyntax, message, line: current.line)
  }

  mutating func enter() throws(TemplateError) {
    depth += 1
    guard depth <= Self.nestingLimit else {
      throw Self.tooDeep(line: current.line)
    }
  }

  static func tooDeep(line: Int) -> TemplateError {
    TemplateError(
      .nestingTooDeep, "more than \(nestingLimit) brackets and blocks inside each other", line: line
    )
  }

  mutating func leave() { depth -= 1 }

  mutating func number(of name: String) -> Int {
    if let number = numbers[name] { return number }
    program.names.append(name)
    numbers[name] = program.names.count - 1
    return program.names.count - 1
  }

  /// A variable that is read; macros must know which of the special ones their body names.
  mutating func read(_ name: String) -> Int {
    let number = number(of: name)
    if let last = surplusUses.indices.last {
      switch name {
      case "caller": surplusUses[last].caller = number
      case "varargs": surplusUses[last].surplus = number
      case "kwargs": surplusUses[last].surplusKeywords = number
      default: break
      }
    }
    return number
  }

  // MARK: - Statements

  /// Reads up to a block that begins with one of the names, which stays unread; to the template's
  /// end where there are none.
  private mutating func statements(
    until ends: [String], openedIn firstLine: Int
  ) throws(TemplateError) -> [TemplateStatement] {
    try enter()
    defer { leave() }
    var result: [TemplateStatement] = []
    while true {
      let line = current.line
      switch current.kind {
      case .data(let text):
        advance()
        result.append(TemplateStatement(kind: .text(text), line: line))
      case .variableBegin:
        advance()
        let value = try tuple()
        guard current.kind == .variableEnd else { throw unexpected("'}}'") }
        advance()
        result.append(TemplateStatement(kind: .output(value), line: line))
      case .blockBegin:
        advance()
        guard case .name(let name) = current.kind else { throw unexpected("a tag's name") }
        if ends.contains(name) { return result }
        if let kind = try statement(name) {
          result.append(TemplateStatement(kind: kind, line: line))
        }
        try expectBlockEnd()
      default:
        guard ends.isEmpty else {
          throw TemplateError(
            .templateSyntax,
            "the template ends where \(ends.map { "'\($0)'" }.joined(separator: " or "))"
              + " should close the block of line \(firstLine)", line: firstLine)
        }
        return result
      }
    }
  }

  /// The body of a block and its end tag.
  private mutating func body(until ends: [String]) throws(TemplateError) -> [TemplateStatement] {
    _ = skip(.colon)
    let line = current.line
    try expectBlockEnd()
    return try statements(until: ends, openedIn: line)
  }

  private mutating func body(closedBy end: String) throws(TemplateError) -> [TemplateStatement] {
    let body = try body(until: [end])
    advance()
    return body
  }

  private mutating func statement(
    _ name: String
  ) throws(TemplateError) -> TemplateStatement.Kind? {
    let line = current.line
    advance()
    switch name {
    case "set": return try assignment()
    case "if": return try condition()
    case "for": return try loop()
    case "macro": return try macro()
    case "call": return try callBlock()
    case "filter":
      var filters = [try filter()]
      while skip(.pipe) { filters.append(try filter()) }
      return .filter(filters, body: try body(closedBy: "endfilter"))
    case "with": return try with()
    case "block":
      let block = try expectName()
      _ = skip(name: "scoped")
      _ = skip(name: "required")
      let body = try body(closedBy: "endblock")
      _ = skip(name: block)
      return .scope(body)
    case "generation": return .scope(try body(closedBy: "endgeneration"))
    case "break", "continue":
      guard loopDepth > 0 else {
        throw TemplateError(.templateSyntax, "'\(name)' outside a loop", line: line)
      }
      return name == "break" ? .leaveLoop : .continueLoop
    case "include", "import", "from", "extends", "autoescape", "do", "trans", "print", "debug":
      throw TemplateError(.unsupported, "the tag '\(name)' is not supported", line: line)
    default:
      throw TemplateError(.templateSyntax, "unknown tag '\(name)'", line: line)
    }
  }

  private mutating func assignment() throws(TemplateError) -> TemplateStatement.Kind {
    let target = try target(until: nil, allowsAttributes: true)
    if skip(.assign) { return .assign(target, try tuple()) }
    var filters: [TemplateSuffix] = []
    while skip(.pipe) { filters.append(try filter()) }
    return .assignBlock(target, filters: filters, body: try body(closedBy: "endset"))
  }

  private mutating func condition() throws(TemplateError) -> TemplateStatement.Kind {
    var branches: [TemplateBranch] = []
    while true {
      let test = try tuple(allowsConditional: false)
      branches.append(TemplateBranch(test: test, body: try body(until: ["elif", "else", "endif"])))
      if skip(name: "elif") { continue }
      guard skip(name: "else") else {
        advance()
        return .condition(branches, otherwise: [])
      }
      return .condition(branches, otherwise: try body(closedBy: "endif"))
    }
  }

  private mutating func loop() throws(TemplateError) -> TemplateStatement.Kind {
    let target = try target(until: "in", allowsAttributes: false)
    try expect(name: "in")
    let sequence = try tuple(allowsConditional: false, until: "recursive")
    let filter = skip(name: "if") ? try expression() : nil
    let isRecursive = skip(name: "recursive")
    loopDepth += 1
    let body = try body(until: ["endfor", "else"])
    loopDepth -= 1
    let hasElse = at(name: "else")
    advance()
    let otherwise = hasElse ? try self.body(closedBy: "endfor") : []
    return .loop(
      TemplateLoop(
        target: target, sequence: sequence, filter: filter, isRecursive: isRecursive, body: body,
        otherwise: otherwise))
  }

  private mutating func with() throws(TemplateError) -> TemplateStatement.Kind {
    var assignments: [(TemplateTarget, TemplateExpression)] = []
    while current.kind != .blockEnd {
      if !assignments.isEmpty { try expect(.comma) }
      let target = try target(until: nil, allowsAttributes: false)
      try expect(.assign)
      assignments.append((target, try expression()))
    }
    return .with(assignments, body: try body(closedBy: "endwith"))
  }

  private mutating func macro() throws(TemplateError) -> TemplateStatement.Kind {
    let name = try expectName()
    let parameters = try parameters()
    return .macro(
      try definition(name, variable: number(of: name), parameters, end: "endmacro"))
  }

  private mutating func callBlock() throws(TemplateError) -> TemplateStatement.Kind {
    let parameters = at(.leftParenthesis) ? try parameters() : []
    let call = try expression()
    guard case .postfix(_, let suffixes) = call, case .call = suffixes.last else {
      throw fail("a call block calls nothing")
    }
    return .call(
      call, caller: try definition("caller", variable: nil, parameters, end: "endcall"))
  }

  private mutating func parameters() throws(TemplateError) -> [TemplateMacroDefinition.Parameter] {
    var parameters: [TemplateMacroDefinition.Parameter] = []
    try expect(.leftParenthesis)
    while !at(.rightParenthesis) {
      if !parameters.isEmpty { try expect(.comma) }
      let name = try expectName()
      let defaultValue = skip(.assign) ? try expression() : nil
      if defaultValue == nil, parameters.last?.defaultValue != nil {
        throw fail("the parameter '\(name)' lacks a default, the one before has one")
      }
      parameters.append(
        TemplateMacroDefinition.Parameter(
          variable: number(of: name), name: name, defaultValue: defaultValue))
    }
    advance()
    return parameters
  }

  private mutating func definition(
    _ name: String, variable: Int?, _ parameters: [TemplateMacroDefinition.Parameter], end: String
  ) throws(TemplateError) -> TemplateMacroDefinition {
    let outerLoopDepth = loopDepth
    loopDepth = 0
    surplusUses.append(SurplusUse())
    let body = try body(closedBy: end)
    let use = surplusUses.popLast()
    loopDepth = outerLoopDepth
    return TemplateMacroDefinition(
      name: name, variable: variable, parameters: parameters, body: body, caller: use?.caller,
      surplus: use?.surplus, surplusKeywords: use?.surplusKeywords)
  }

  // MARK: - Targets

  /// One or several names, up to the end of the block, `=` or the name `end`.
  private mutating func target(
    until end: String?, allowsAttributes: Bool
  ) throws(TemplateError) -> TemplateTarget {
    try enter()
    defer { leave() }
    var targets: [TemplateTarget] = []
    var isTuple = false
    while current.kind != .blockEnd, !at(.rightParenthesis), !(end.map { at(name: $0) } ?? false) {
      if skip(.leftParenthesis) {
        targets.append(try target(until: nil, allowsAttributes: allowsAttributes))
        try expect(.rightParenthesis)
      } else {
        let name = try expectName()
        guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
          throw fail("'\(name)' cannot be assigned to")
        }
        if allowsAttributes, skip(.dot) {
          targets.append(.attribute(read(name), try expectName()))
        } else {
          targets.append(.variable(number(of: name)))
        }
      }
      guard skip(.comma) else { break }
      isTuple = true
    }
    guard let first = targets.first else { throw unexpected("a variable's name") }
    return isTuple ? .tuple(targets) : first
  }
}
