/// `range(start, stop, step)`, which holds no elements until someone goes through it.
final class TemplateRange {
  let start: Int
  let step: Int
  let count: Int

  /// Where it would go on, or stopped short of.
  let stop: Int

  subscript(index: Int) -> Int { start + index * step }

  init(start: Int, stop: Int, step: Int) throws(TemplateError) {
    guard step != 0 else { throw TemplateError(.badValue, "range() with a step of 0") }
    // What the sandbox of Jinja allows.
    let limit = 100_000
    let (distance, tooFar) =
      step > 0 ? stop.subtractingReportingOverflow(start) : start.subtractingReportingOverflow(stop)
    let magnitude = step.magnitude
    let count = distance <= 0 && !tooFar ? 0 : (distance.magnitude - 1) / magnitude + 1
    guard !tooFar, count <= limit else {
      throw TemplateError(.templateLimit, "range() of more than \(limit) numbers")
    }
    self.start = start
    self.stop = stop
    self.step = step
    self.count = Int(count)
  }
}

/// A sequence that can be gone through once.
final class TemplateIterator {
  private let elements: [TemplateValue]
  private var position = 0
  let typeName: String
  let depth: Int

  init(_ elements: [TemplateValue], typeName: String = "generator") throws(TemplateError) {
    self.elements = elements
    self.typeName = typeName
    depth = try nestingDepth(of: elements)
  }

  func next() -> TemplateValue? {
    guard position < elements.count else { return nil }
    defer { position += 1 }
    return elements[position]
  }

  var restCount: Int { elements.count - position }

  func rest() -> [TemplateValue] {
    defer { position = elements.count }
    return Array(elements[position...])
  }
}

/// `namespace()`: the one thing whose attributes a template can set.
final class TemplateNamespace {
  private(set) var names: [String] = []
  private(set) var values: [TemplateValue] = []

  subscript(name: String) -> TemplateValue? {
    get { names.firstIndex { Text.same($0, name) }.map { values[$0] } }
    set {
      guard let newValue else { return }
      if let position = names.firstIndex(where: { Text.same($0, name) }) {
        values[position] = newValue
      } else {
        names.append(name)
        values.append(newValue)
      }
    }
  }

  func clear() {
    names = []
    values = []
  }
}

/// The objects of one rendering that can hold each other in a circle: its end breaks it.
final class TemplateObjects {
  private var namespaces: [TemplateNamespace] = []
  private var macros: [TemplateMacro] = []

  func makeNamespace() -> TemplateNamespace {
    let namespace = TemplateNamespace()
    namespaces.append(namespace)
    return namespace
  }

  func makeMacro(_ definition: TemplateMacroDefinition, _ scope: TemplateScope) -> TemplateMacro {
    let macro = TemplateMacro(definition, scope: scope)
    macros.append(macro)
    return macro
  }

  func clear() {
    for namespace in namespaces { namespace.clear() }
    for macro in macros { macro.clear() }
  }
}

/// A macro and the variables that stood around its definition.
final class TemplateMacro {
  let definition: TemplateMacroDefinition
  /// `nil` after the end of rendering: a scope can hold a macro that holds the scope.
  private(set) var scope: TemplateScope?

  init(_ definition: TemplateMacroDefinition, scope: TemplateScope) {
    self.definition = definition
    self.scope = scope
  }

  func clear() { scope = nil }
}

/// Variables that were set in one block, above those of the blocks around it.
final class TemplateScope {
  private var variables: [Int] = []
  private var values: [TemplateValue] = []
  /// Where each variable stands, kept from the ninth on: few are found faster by looking.
  private var positions: [Int: Int] = [:]
  private static let lookedThrough = 8
  let parent: TemplateScope?

  init(parent: TemplateScope?) { self.parent = parent }

  func value(of variable: Int) -> TemplateValue? {
    var scope: TemplateScope? = self
    while let current = scope {
      if let position = current.position(of: variable) { return current.values[position] }
      scope = current.parent
    }
    return nil
  }

  func removeAll() {
    variables.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    if !positions.isEmpty { positions = [:] }
  }

  func set(_ variable: Int, _ value: TemplateValue) {
    if let position = position(of: variable) {
      values[position] = value
      return
    }
    variables.append(variable)
    values.append(value)
    if variables.count == Self.lookedThrough + 1 {
      for (position, variable) in variables.enumerated() { positions[variable] = position }
    } else if variables.count > Self.lookedThrough {
      positions[variable] = variables.count - 1
    }
  }

  private func position(of variable: Int) -> Int? {
    variables.count > Self.lookedThrough
      ? positions[variable] : variables.firstIndex(of: variable)
  }
}

/// `cycler(…)`
final class TemplateCycler {
  let elements: [TemplateValue]
  var position = 0

  init(_ elements: [TemplateValue]) { self.elements = elements }

  var current: TemplateValue { elements[position] }
  func advance() { position = (position + 1) % elements.count }
}

/// `joiner(separator)`: nothing at the first call, the separator at every later one.
final class TemplateJoiner {
  let separator: String
  var isUsed = false

  init(_ separator: String) { self.separator = separator }
}

/// A method taken from a value, not called yet.
final class TemplateBoundMethod {
  let receiver: TemplateValue
  let method: TemplateMethod

  init(_ receiver: TemplateValue, _ method: TemplateMethod) {
    self.receiver = receiver
    self.method = method
  }
}

/// The functions that every template can call.
enum TemplateFunction: String, CaseIterable {
  case range, dict, namespace, joiner, cycler, lipsum
  case raiseException = "raise_exception"
  case strftimeNow = "strftime_now"
}
