extension TemplateRenderer {
  mutating func value(of expression: TemplateExpression) throws(TemplateError) -> TemplateValue {
    switch expression {
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .integer(let value): return .integer(value)
    case .float(let value): return .float(value)
    case .string(let text): return .string(text)
    case .variable(let variable): return value(of: variable)
    default:
      try budget.charge(12)
      try enter()
      defer { nesting -= 1 }
      return try compoundValue(of: expression)
    }
  }

  private mutating func compoundValue(
    of expression: TemplateExpression
  ) throws(TemplateError) -> TemplateValue {
    switch expression {
    case .postfix(let first, let suffixes): return try apply(suffixes, to: try value(of: first))
    case .and(let operands): return try lastValue(of: operands) { !$0.isTrue }
    case .or(let operands): return try lastValue(of: operands) { $0.isTrue }
    case .not(let operand): return .bool(!(try value(of: operand).isTrue))
    case .comparison(let first, let rest): return .bool(try compare(first, rest))
    case .conditional(let test, let then, let otherwise):
      if try value(of: test).isTrue { return try value(of: then) }
      if let otherwise { return try value(of: otherwise) }
      return .undefined(
        UndefinedValue(.message, "the condition was false and the expression has no 'else'"))
    case .arithmetic(let first, let rest):
      var result = try value(of: first)
      for (sign, operand) in rest {
        result = try arithmetic(sign, result, try value(of: operand))
      }
      return result
    case .concatenation(let operands):
      var result = BoundedText(budget)
      for operand in operands {
        try result.append(try PythonText.text(of: try value(of: operand), budget))
      }
      return .string(result.text)
    case .list(let elements): return try .list(try values(of: elements))
    case .tuple(let elements): return try .tuple(try values(of: elements))
    case .dict(let members):
      var builder = TemplateDict.Builder()
      for (key, value) in members {
        let key = try self.value(of: key)
        try charge(newKey: key)
        try builder.set(key, try self.value(of: value))
      }
      return .dict(try builder.dict())
    case .negative(let operand): return try negated(try value(of: operand))
    case .positive(let operand):
      let value = try value(of: operand)
      if case .float = value { return value }
      guard let integer = value.integer else { throw badOperand("+", value) }
      return .integer(integer)
    default: return .none
    }
  }

  /// `and` and `or`: the first operand that decides, or the last.
  private mutating func lastValue(
    of operands: [TemplateExpression], where decides: (TemplateValue) -> Bool
  ) throws(TemplateError) -> TemplateValue {
    var result = TemplateValue.none
    for operand in operands {
      result = try value(of: operand)
      if decides(result) { break }
    }
    return result
  }

  private mutating func values(
    of expressions: [TemplateExpression]
  ) throws(TemplateError) -> [TemplateValue] {
    try budget.reserve(elements: expressions.count + 2)
    var values: [TemplateValue] = []
    values.reserveCapacity(expressions.count)
    for expression in expressions { values.append(try value(of: expression)) }
    return values
  }

  private mutating func compare(
    _ first: TemplateExpression, _ rest: [(TemplateComparison, TemplateExpression)]
  ) throws(TemplateError) -> Bool {
    var left = try value(of: first)
    for (comparison, expression) in rest {
      let right = try value(of: expression)
      guard try holds(comparison, left, right) else { return false }
      left = right
    }
    return true
  }

  // MARK: - Suffixes

  mutating func apply(
    _ suffixes: [TemplateSuffix], to value: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    var value = value
    var position = 0
    while position < suffixes.count {
      let suffix = suffixes[position]
      position += 1
      switch suffix {
      case .attribute(let name, let method):
        if let method, method.belongs(to: value), position < suffixes.count,
          case .call(let call) = suffixes[position]
        {
          position += 1
          try budget.call()
          value = try self.call(method, of: value, try arguments(call, for: method.rawValue))
        } else {
          value = try attribute(name, method, of: value)
        }
      case .item(let expression): value = try element(try self.value(of: expression), of: value)
      case .slice(let start, let stop, let step):
        value = try slice(
          value, try bound(start), try bound(stop), try bound(step))
      case .call(let call): value = try self.call(value, try arguments(call, for: "the call"))
      case .filter(let name, let filter, let call):
        try budget.call()
        guard let filter else {
          throw TemplateError(.unsupported, "there is no filter '\(name)'")
        }
        value = try apply(filter, to: value, try arguments(call, for: name))
      case .test(let name, let test, let call, let isNegated):
        guard let test else { throw TemplateError(.unsupported, "there is no test '\(name)'") }
        value = .bool(try holds(test, value, try arguments(call, for: name)) != isNegated)
      }
    }
    return value
  }

  private mutating func bound(_ expression: TemplateExpression?) throws(TemplateError) -> Int? {
    guard let expression else { return nil }
    let value = try value(of: expression)
    if value.isNone { return nil }
    guard let integer = value.integer else {
      throw TemplateError(.badValue, "a slice's bounds are whole numbers, not \(value.typeName)")
    }
    return integer
  }

  // MARK: - Members

  /// `value.name`: methods come before the members of a dict.
  mutating func attribute(
    _ name: String, _ method: TemplateMethod?, of value: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    if case .undefined(let undefined) = value { throw undefined.error }
    try budget.charge(8)
    if let method {
      if method.belongs(to: value) { return .method(TemplateBoundMethod(value, method)) }
      if method.changes(value) {
        return .undefined(UndefinedValue(.unsafe(value.typeName), name))
      }
    }
    switch value {
    case .dict(let dict):
      if name.utf8.starts(with: "__".utf8) { throw UndefinedValue(.unsafe("dict"), name).error }
      if let member = dict[name] { return member }
    case .namespace(let namespace):
      try budget.charge(namespace.names.count / 4)
      if let member = namespace[name] { return member }
    case .loop(let loop):
      if let member = try attribute(name, of: loop) { return member }
    case .macro(let macro) where name == "name": return .string(macro.definition.name)
    case .cycler(let cycler) where name == "current": return cycler.current
    case .tuple(let list) where list.elements.count == 2 && name == "grouper":
      return list.elements[0]
    case .tuple(let list) where list.elements.count == 2 && name == "list": return list.elements[1]
    default: break
    }
    if name.utf8.first == UInt8(ascii: "_") {
      throw UndefinedValue(.unsafe(value.typeName), name).error
    }
    return .undefined(UndefinedValue(.attribute(value.typeName), name))
  }

  private mutating func attribute(
    _ name: String, of loop: TemplateLoopState
  ) throws(TemplateError) -> TemplateValue? {
    switch name {
    case "index": return .integer(loop.index0 + 1)
    case "index0": return .integer(loop.index0)
    case "first": return .bool(loop.index0 == 0)
    case "last": return .bool(try peek(loop) == nil)
    case "length": return .integer(try length(of: loop))
    case "revindex": return .integer(try length(of: loop) - loop.index0)
    case "revindex0": return .integer(try length(of: loop) - loop.index0 - 1)
    case "depth": return .integer(loop.depth0 + 1)
    case "depth0": return .integer(loop.depth0)
    case "previtem":
      return loop.previous ?? .undefined(UndefinedValue(.message, "there is no previous item"))
    case "nextitem":
      return try peek(loop) ?? .undefined(UndefinedValue(.message, "there is no next item"))
    default: return nil
    }
  }

  /// `value[key]`: members come before methods.
  mutating func element(
    _ key: TemplateValue, of value: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    switch value {
    case .undefined(let undefined): throw undefined.error
    case .dict(let dict):
      if key.isUndefined { break }
      try charge(key: key)
      // What cannot be a key is no member, as in Jinja.
      if let member = try? dict[key] { return member }
    case .list(let list), .tuple(let list):
      if let index = key.integer, let position = Self.position(index, in: list.elements.count) {
        return list.elements[position]
      }
    case .range(let range):
      if let index = key.integer, let position = Self.position(index, in: range.count) {
        return .integer(range[position])
      }
    case .string(let text), .markup(let text):
      if let index = key.integer { return try character(index, of: text) }
    default: break
    }
    if let name = key.string {
      return try attribute(name, TemplateMethod(rawValue: name), of: value)
    }
    return .undefined(
      UndefinedValue(.element(value.typeName), try PythonText.representation(of: key, budget)))
  }

  /// The place of an element; negative indices count from the end.
  static func position(_ index: Int, in count: Int) -> Int? {
    let position = index < 0 ? index + count : index
    return position >= 0 && position < count ? position : nil
  }

  private func character(_ index: Int, of text: String) throws(TemplateError) -> TemplateValue {
    try budget.charge(scanning: text.utf8.count)
    let scalars = text.unicodeScalars
    let start = index < 0 ? scalars.endIndex : scalars.startIndex
    let limit = index < 0 ? scalars.startIndex : scalars.endIndex
    guard let position = scalars.index(start, offsetBy: index, limitedBy: limit),
      position < scalars.endIndex
    else { return .undefined(UndefinedValue(.element("str"), index.description)) }
    return .string(String(scalars[position]))
  }

  func slice(
    _ value: TemplateValue, _ start: Int?, _ stop: Int?, _ step: Int?
  ) throws(TemplateError) -> TemplateValue {
    if case .undefined(let undefined) = value { throw undefined.error }
    if step == 0 { throw TemplateError(.badValue, "a slice's step is 0") }
    switch value {
    case .list(let list):
      let places = try places(start, stop, step, count: list.elements.count)
      return try .list(places.map { list.elements[$0] })
    case .tuple(let list):
      let places = try places(start, stop, step, count: list.elements.count)
      return try .tuple(places.map { list.elements[$0] })
    case .range(let range):
      let places = try places(start, stop, step, count: range.count)
      return try .list(places.map { .integer(range[$0]) })
    case .string(let text), .markup(let text):
      return .string(try slice(text, start, stop, step))
    default:
      return .undefined(UndefinedValue(.element(value.typeName), "of a slice"))
    }
  }

  private func slice(
    _ text: String, _ start: Int?, _ stop: Int?, _ step: Int?
  ) throws(TemplateError) -> String {
    try budget.charge(scanning: 2 * text.utf8.count)
    try budget.reserve(bytes: text.utf8.count)
    let bytes = Array(text.utf8)
    let count = Text.index(ofByte: bytes.count, in: bytes)
    guard step ?? 1 != 1 else {
      let (from, to) = Self.bounds(start, stop, count: count)
      guard from < to else { return "" }
      let first = Text.byte(ofIndex: from, in: bytes)
      let end = to == count ? bytes.count : Text.byte(ofIndex: to, in: bytes)
      return Text.string(bytes[first..<end])
    }
    let places = try places(start, stop, step, count: count)
    try budget.reserve(bytes: 4, times: count)
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    for place in places { result.append(scalars[place]) }
    return String(result)
  }

  /// Where a slice of step 1 begins and ends, as Python counts.
  private static func bounds(_ start: Int?, _ stop: Int?, count: Int) -> (Int, Int) {
    func clamped(_ bound: Int) -> Int { min(max(bound < 0 ? bound + count : bound, 0), count) }
    return (start.map(clamped) ?? 0, stop.map(clamped) ?? count)
  }

  /// The places that a slice takes, as Python counts them.
  private func places(
    _ start: Int?, _ stop: Int?, _ step: Int?, count: Int
  ) throws(TemplateError) -> [Int] {
    let step = step ?? 1
    if step > 0 {
      let (from, to) = Self.bounds(start, stop, count: count)
      guard from < to else { return [] }
      try budget.reserve(elements: (to - from - 1) / step + 1)
      return Array(stride(from: from, to: to, by: step))
    }
    func clamped(_ bound: Int) -> Int {
      min(max(bound < 0 ? bound + count : bound, -1), count - 1)
    }
    let from = start.map(clamped) ?? count - 1
    let to = stop.map(clamped) ?? -1
    guard from > to else { return [] }
    try budget.reserve(elements: (from - to - 1) / Int(clamping: step.magnitude) + 1)
    return Array(stride(from: from, to: to, by: step))
  }

  /// A long key takes long to hash and to compare.
  func charge(key: TemplateValue) throws(TemplateError) {
    if let text = key.string { try budget.charge(text.utf8.count + 4) }
  }

  /// What a new member of a dict takes.
  func charge(newKey key: TemplateValue) throws(TemplateError) {
    try charge(key: key)
    try budget.reserve(elements: 6)
  }

  // MARK: - Sequences

  /// What a loop over the value goes through.
  func elements(of value: TemplateValue) throws(TemplateError) -> [TemplateValue] {
    switch value {
    case .list(let list), .tuple(let list): return list.elements
    case .undefined: return []
    case .string(let text), .markup(let text):
      try budget.reserve(elements: text.utf8.count)
      return text.unicodeScalars.map { .string(String($0)) }
    case .dict(let dict): return dict.keys
    case .view(.keys, let dict): return dict.keys
    case .view(.values, let dict): return dict.values
    case .view(_, let dict): return try items(of: dict)
    case .range(let range):
      try budget.reserve(elements: range.count)
      return (0..<range.count).map { .integer(range[$0]) }
    case .iterator(let iterator):
      try budget.reserve(elements: iterator.restCount)
      return iterator.rest()
    default: throw TemplateError(.badValue, "a value of type \(value.typeName) is no sequence")
    }
  }

  /// The (key, value) pairs as tuples.
  func items(of dict: TemplateDict) throws(TemplateError) -> [TemplateValue] {
    try budget.reserve(elements: 6 * dict.count)
    return try dict.items()
  }
}
