extension TemplateRenderer {
  mutating func arguments(
    _ call: TemplateCall, for name: String
  ) throws(TemplateError) -> TemplateArguments {
    var arguments = TemplateArguments(name: name)
    for expression in call.positional {
      arguments.positional.append(try value(of: expression))
    }
    for (keyword, expression) in call.keywords {
      arguments.keywords.append((keyword, try value(of: expression)))
    }
    if let spread = call.spread {
      arguments.positional += try elements(of: try value(of: spread))
    }
    if let spread = call.spreadKeywords {
      guard case .dict(let dict) = try value(of: spread) else {
        throw TemplateError(.badValue, "'**' takes a dict")
      }
      for position in dict.keys.indices {
        arguments.keywords.append(
          (try dict.keys[position].text(for: "a keyword"), dict.values[position]))
      }
    }
    return arguments
  }

  /// A call block's expression: its last call gets the block's body as `caller`.
  mutating func call(
    _ expression: TemplateExpression, caller: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    guard case .postfix(let first, let suffixes) = expression, case .call(let call) = suffixes.last
    else { return .none }
    let callee = try apply(Array(suffixes.dropLast()), to: try value(of: first))
    var arguments = try arguments(call, for: "the call")
    arguments.keywords.append(("caller", caller))
    return try self.call(callee, arguments)
  }

  mutating func call(
    _ callee: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    try budget.call()
    switch callee {
    case .undefined(let undefined): throw undefined.error
    case .function(let function): return try call(function, arguments)
    case .method(let method): return try call(method.method, of: method.receiver, arguments)
    case .macro(let macro):
      return .string(
        try nested { (renderer) throws(TemplateError) in
          try renderer.invoke(macro, arguments)
        })
    case .loop(let loop):
      guard loop.definition.isRecursive else {
        throw TemplateError(.badValue, "'loop' is called, but the loop is not 'recursive'")
      }
      let elements = try elements(of: try arguments.single("iterable"))
      return .string(
        try nested { (renderer) throws(TemplateError) in
          try renderer.inScope(of: loop.scope) { (renderer) throws(TemplateError) in
            try renderer.run(loop.definition, over: elements, depth0: loop.depth0 + 1)
          }
        })
    case .joiner(let joiner):
      try arguments.none()
      defer { joiner.isUsed = true }
      return .string(joiner.isUsed ? joiner.separator : "")
    default:
      throw TemplateError(.badValue, "a value of type \(callee.typeName) cannot be called")
    }
  }

  /// The text that a macro or a deeper loop writes.
  private mutating func nested(
    _ work: (inout TemplateRenderer) throws(TemplateError) -> Void
  ) throws(TemplateError) -> String {
    callDepth += 1
    defer { callDepth -= 1 }
    guard callDepth <= TemplateBudget.callLimit else {
      throw TemplateError(
        .templateLimit, "more than \(TemplateBudget.callLimit) calls inside each other")
    }
    return try capture(work)
  }

  private mutating func invoke(
    _ macro: TemplateMacro, _ arguments: TemplateArguments
  ) throws(TemplateError) {
    try budget.call()
    try budget.call()
    let definition = macro.definition
    let line = line
    try inScope(of: macro.scope) { (renderer) throws(TemplateError) in
      try renderer.bind(arguments, to: definition)
      _ = try renderer.run(definition.body)
    }
    restore(line: line)
  }

  private mutating func bind(
    _ arguments: TemplateArguments, to definition: TemplateMacroDefinition
  ) throws(TemplateError) {
    let parameters = definition.parameters
    var keywords = arguments.keywords
    for (position, parameter) in parameters.enumerated() {
      let value: TemplateValue
      if position < arguments.positional.count {
        value = arguments.positional[position]
      } else if let place = keywords.firstIndex(where: { $0.name == parameter.name }) {
        value = keywords.remove(at: place).value
      } else if let expression = parameter.defaultValue {
        value = try self.value(of: expression)
      } else {
        value = .undefined(
          UndefinedValue(.message, "the parameter '\(parameter.name)' was not given"))
      }
      scope.set(parameter.variable, value)
    }
    if let caller = definition.caller, !parameters.contains(where: { $0.variable == caller }) {
      let place = keywords.firstIndex { $0.name == "caller" }
      scope.set(
        caller,
        place.map { keywords.remove(at: $0).value }
          ?? .undefined(UndefinedValue(.message, "the macro was not called by a call block")))
    }
    if let variable = definition.surplusKeywords {
      var dict = TemplateDict.Builder()
      for (name, value) in keywords { dict.set(name, value) }
      scope.set(variable, .dict(try dict.dict()))
    } else if let keyword = keywords.first {
      throw TemplateError(
        .badValue, "the macro '\(definition.name)' does not take the argument '\(keyword.name)'")
    }
    let surplus = Array(arguments.positional.dropFirst(parameters.count))
    if let variable = definition.surplus {
      scope.set(variable, try .tuple(surplus))
    } else if !surplus.isEmpty {
      throw TemplateError(
        .badValue,
        "the macro '\(definition.name)' takes at most \(parameters.count) arguments")
    }
  }

  // MARK: - Functions

  private mutating func call(
    _ function: TemplateFunction, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    try budget.call()
    try budget.call()
    switch function {
    case .range:
      var bounds: [Int] = []
      for value in arguments.positional { bounds.append(try value.integer(for: "range")) }
      guard (1...3).contains(bounds.count), arguments.keywords.isEmpty else {
        throw TemplateError(.badValue, "range takes one to three numbers")
      }
      if bounds.count == 1 { bounds.insert(0, at: 0) }
      return .range(
        try TemplateRange(
          start: bounds[0], stop: bounds[1], step: bounds.count > 2 ? bounds[2] : 1))
    case .dict: return .dict(try dict(arguments))
    case .namespace:
      let members = try dict(arguments)
      let namespace = try makeNamespace()
      for position in members.keys.indices {
        namespace[try members.keys[position].text(for: "namespace")] = members.values[position]
      }
      try budget.charge(4 * members.count * members.count + 64)
      return .namespace(namespace)
    case .joiner:
      let separator = try arguments.bound(["sep"])[0]
      return .joiner(TemplateJoiner(try separator.text(for: "joiner") ?? ", "))
    case .cycler:
      guard !arguments.positional.isEmpty else {
        throw TemplateError(.badValue, "cycler takes at least one value")
      }
      return .cycler(TemplateCycler(arguments.positional))
    case .raiseException:
      throw TemplateError(
        .raised, try PythonText.text(of: try arguments.single("message"), budget))
    case .strftimeNow:
      let format = try arguments.single("format").text(for: "strftime_now")
      let clock = try now.map { (text) throws(TemplateError) in try TemplateClock(text) }
      return .string(try (clock ?? TemplateClock.current()).formatted(format, budget))
    case .lipsum: throw TemplateError(.unsupported, "lipsum() is not supported")
    }
  }

  /// `dict(mapping or pairs, name=value …)`
  private mutating func dict(_ arguments: TemplateArguments) throws(TemplateError) -> TemplateDict {
    var builder = TemplateDict.Builder()
    guard arguments.positional.count <= 1 else {
      throw TemplateError(.badValue, "\(arguments.name) takes at most one value without a name")
    }
    if case .dict(let dict) = arguments.positional.first {
      try budget.reserve(elements: 4 * dict.count)
      for position in dict.keys.indices {
        try builder.set(dict.keys[position], dict.values[position])
      }
    } else if let pairs = arguments.positional.first {
      for pair in try elements(of: pairs) {
        let pair = try elements(of: pair)
        guard pair.count == 2 else {
          throw TemplateError(.badValue, "dict takes pairs, not \(pair.count) values")
        }
        try charge(newKey: pair[0])
        try builder.set(pair[0], pair[1])
      }
    }
    try budget.reserve(elements: 6 * arguments.keywords.count)
    for (name, value) in arguments.keywords { builder.set(name, value) }
    return try builder.dict()
  }
}
