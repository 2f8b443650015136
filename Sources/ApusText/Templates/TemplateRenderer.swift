internal import ApusJSON

/// One rendering of a template: runs statements; expressions, calls, filters and tests are in
/// extensions.
struct TemplateRenderer {
  /// Statements and expressions inside each other while running, which bounds the stack.
  static let nestingLimit = 1000

  enum Flow {
    case goOn, leaveLoop, continueLoop
  }

  let program: TemplateProgram
  let budget: TemplateBudget
  /// What `strftime_now` shows; the clock's time where it is absent.
  let now: String?

  private var globals: [TemplateValue?]
  private let loopVariable: Int?
  private(set) var output = ""
  private let objects = TemplateObjects()
  private(set) var line = 1
  var scope = TemplateScope(parent: nil)
  var callDepth = 0
  var nesting = 0

  static func render(
    _ program: TemplateProgram, _ context: JSONObject, _ budget: TemplateBudget
  ) throws(TemplateError) -> String {
    var renderer = try TemplateRenderer(program, context, budget)
    defer { renderer.objects.clear() }
    do throws(TemplateError) {
      _ = try renderer.run(program.body)
    } catch {
      throw error.at(renderer.line)
    }
    return renderer.output
  }

  private init(
    _ program: TemplateProgram, _ context: JSONObject, _ budget: TemplateBudget
  ) throws(TemplateError) {
    self.program = program
    self.budget = budget
    now = context["now"]?.string
    loopVariable = program.names.firstIndex(of: "loop")
    globals = []
    globals.reserveCapacity(program.names.count)
    for name in program.names {
      if let value = context[name] {
        let value = try TemplateValue(value)
        budget.grant(for: value)
        globals.append(value)
      } else {
        globals.append(TemplateFunction(rawValue: name).map { .function($0) })
      }
    }
  }

  func value(of variable: Int) -> TemplateValue {
    scope.value(of: variable) ?? globals[variable]
      ?? .undefined(UndefinedValue(.variable, program.names[variable]))
  }

  func makeNamespace() throws(TemplateError) -> TemplateNamespace {
    try budget.reserve(elements: 8)
    return objects.makeNamespace()
  }

  private func makeMacro(
    _ definition: TemplateMacroDefinition
  ) throws(TemplateError) -> TemplateMacro {
    try budget.reserve(elements: 12)
    return objects.makeMacro(definition, scope)
  }

  // MARK: - Output

  private mutating func emit(_ text: String) throws(TemplateError) {
    try budget.reserve(bytes: text.utf8.count, after: output.utf8.count)
    try budget.charge(16)
    output += text
  }

  /// What the work writes, instead of the output.
  mutating func capture(
    _ work: (inout TemplateRenderer) throws(TemplateError) -> Void
  ) throws(TemplateError) -> String {
    let outer = output
    output = ""
    try work(&self)
    let captured = output
    output = outer
    return captured
  }

  /// Runs the work with a scope of its own.
  mutating func inScope<Result>(
    of parent: TemplateScope? = nil,
    _ work: (inout TemplateRenderer) throws(TemplateError) -> Result
  ) throws(TemplateError) -> Result {
    let outer = scope
    scope = TemplateScope(parent: parent ?? outer)
    defer { scope = outer }
    return try work(&self)
  }

  mutating func restore(line: Int) { self.line = line }

  mutating func enter() throws(TemplateError) {
    nesting += 1
    guard nesting <= Self.nestingLimit else {
      throw TemplateError(
        .templateLimit, "more than \(Self.nestingLimit) statements and expressions at once")
    }
  }

  // MARK: - Statements

  mutating func run(_ body: [TemplateStatement]) throws(TemplateError) -> Flow {
    try enter()
    defer { nesting -= 1 }
    for statement in body {
      line = statement.line
      try budget.statement()
      switch statement.kind {
      case .text(let text): try emit(text)
      case .output(let expression):
        let value = try value(of: expression)
        try emit(try PythonText.text(of: value, budget))
      case .assign(let target, let expression): try assign(target, try value(of: expression))
      case .condition(let branches, let otherwise):
        let flow = try run(branches, otherwise: otherwise)
        if flow != .goOn { return flow }
      case .loop(let loop):
        let sequence = try value(of: loop.sequence)
        try run(loop, over: try elements(of: sequence), depth0: 0)
      case .leaveLoop: return .leaveLoop
      case .continueLoop: return .continueLoop
      case .macro(let definition):
        if let variable = definition.variable {
          scope.set(variable, .macro(try makeMacro(definition)))
        }
      case .scope(let body):
        let flow = try inScope { (renderer) throws(TemplateError) in try renderer.run(body) }
        if flow != .goOn { return flow }
      default:
        let flow = try runCapturing(statement)
        if flow != .goOn { return flow }
      }
    }
    return .goOn
  }

  /// The statements that take the text of their body.
  private mutating func runCapturing(_ statement: TemplateStatement) throws(TemplateError) -> Flow {
    var flow = Flow.goOn
    switch statement.kind {
    case .assignBlock(let target, let filters, let body):
      let text = try captured(body, &flow)
      try assign(target, try apply(filters, to: .string(text)))
    case .filter(let filters, let body):
      let text = try captured(body, &flow)
      try emit(try PythonText.text(of: try apply(filters, to: .string(text)), budget))
    case .with(let assignments, let body):
      try budget.call()
      try budget.call()
      var values: [TemplateValue] = []
      for (_, expression) in assignments { values.append(try value(of: expression)) }
      flow = try inScope { (renderer) throws(TemplateError) in
        for (index, (target, _)) in assignments.enumerated() {
          try renderer.assign(target, values[index])
        }
        return try renderer.run(body)
      }
    case .call(let expression, let caller):
      let macro = try makeMacro(caller)
      let value = try call(expression, caller: .macro(macro))
      try emit(try PythonText.text(of: value, budget))
    default: break
    }
    return flow
  }

  private mutating func captured(
    _ body: [TemplateStatement], _ flow: inout Flow
  ) throws(TemplateError) -> String {
    try budget.call()
    var bodyFlow = Flow.goOn
    let text = try capture { (renderer) throws(TemplateError) in
      bodyFlow = try renderer.inScope { (renderer) throws(TemplateError) in
        try renderer.run(body)
      }
    }
    flow = bodyFlow
    return text
  }

  private mutating func run(
    _ branches: [TemplateBranch], otherwise: [TemplateStatement]
  ) throws(TemplateError) -> Flow {
    for branch in branches where try value(of: branch.test).isTrue { return try run(branch.body) }
    return otherwise.isEmpty ? .goOn : try run(otherwise)
  }

  func assign(_ target: TemplateTarget, _ value: TemplateValue) throws(TemplateError) {
    switch target {
    case .variable(let variable): scope.set(variable, value)
    case .attribute(let variable, let name):
      guard case .namespace(let namespace) = self.value(of: variable) else {
        throw TemplateError(
          .badValue, "'\(program.names[variable])' is no namespace: its attributes cannot be set")
      }
      namespace[name] = value
      try budget.charge(namespace.names.count)
    case .tuple(let targets):
      let values = try elements(of: value)
      guard values.count == targets.count else {
        throw TemplateError(
          .badValue, "\(values.count) values cannot be unpacked into \(targets.count) variables")
      }
      for (target, value) in zip(targets, values) { try assign(target, value) }
    }
  }

  // MARK: - Loops

  mutating func run(
    _ definition: TemplateLoop, over elements: [TemplateValue], depth0: Int
  ) throws(TemplateError) {
    let outer = scope
    defer { scope = outer }
    let loop = TemplateLoopState(definition, elements, scope: outer, depth0: depth0)
    var own = TemplateScope(parent: outer)
    while let element = try next(of: loop) {
      try budget.turn()
      loop.index0 += 1
      loop.previous = loop.current
      loop.current = element
      // A macro may have kept the variables of the last turn.
      scope = outer
      if isKnownUniquelyReferenced(&own) {
        own.removeAll()
      } else {
        own = TemplateScope(parent: outer)
      }
      scope = own
      try assign(definition.target, element)
      if let loopVariable { scope.set(loopVariable, .loop(loop)) }
      if try run(definition.body) == .leaveLoop { break }
    }
    scope = outer
    if loop.index0 < 0, !definition.otherwise.isEmpty {
      // What `else` sets does not outlive the loop either.
      _ = try inScope { (renderer) throws(TemplateError) in
        try renderer.run(definition.otherwise)
      }
    }
  }

  private mutating func next(of loop: TemplateLoopState) throws(TemplateError) -> TemplateValue? {
    if let element = loop.takeAhead() { return element }
    return try search(loop)
  }

  /// The next element that the loop's filter passes.
  private mutating func search(_ loop: TemplateLoopState) throws(TemplateError) -> TemplateValue? {
    while loop.sourcePosition < loop.elements.count {
      let element = loop.elements[loop.sourcePosition]
      loop.sourcePosition += 1
      guard let filter = loop.definition.filter else { return element }
      try budget.turn()
      try budget.call()
      let passes = try inScope(of: loop.scope) { (renderer) throws(TemplateError) in
        try renderer.assign(loop.definition.target, element)
        return try renderer.value(of: filter).isTrue
      }
      if passes { return element }
    }
    return nil
  }

  /// The element after the current one.
  mutating func peek(_ loop: TemplateLoopState) throws(TemplateError) -> TemplateValue? {
    if loop.aheadCount == 0, let element = try search(loop) { loop.append(element) }
    return loop.firstAhead
  }

  mutating func length(of loop: TemplateLoopState) throws(TemplateError) -> Int {
    if loop.definition.filter == nil { return loop.elements.count }
    while let element = try search(loop) { loop.append(element) }
    return loop.index0 + 1 + loop.aheadCount
  }
}
