extension TemplateRenderer {
  /// The filters that take a sequence as it is.
  mutating func sequence(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    switch filter {
    case .length, .count:
      try arguments.none()
      return .integer(try length(of: value))
    case .first:
      try arguments.none()
      let first: TemplateValue?
      if case .iterator(let iterator) = value {
        first = iterator.next()
      } else {
        first = try elements(of: value).first
      }
      return first ?? .undefined(UndefinedValue(.message, "no first item: the sequence is empty"))
    case .last:
      try arguments.none()
      if case .iterator(let iterator) = value {
        throw TemplateError(
          .badValue, "a value of type \(iterator.typeName) has no known last item")
      }
      return try elements(of: value).last
        ?? .undefined(UndefinedValue(.message, "no last item: the sequence is empty"))
    case .list:
      try arguments.none()
      return try .list(try elements(of: value))
    case .join: return .string(try joined(value, arguments))
    case .items:
      try arguments.none()
      if value.isUndefined { return .iterator(try TemplateIterator([])) }
      guard case .dict(let dict) = value else {
        throw TemplateError(.badValue, "items takes a dict, not a value of type \(value.typeName)")
      }
      return .iterator(try TemplateIterator(try items(of: dict)))
    case .reverse:
      try arguments.none()
      if let text = value.string {
        try budget.charge(scanning: 4 * text.utf8.count)
        try budget.reserve(bytes: text.utf8.count)
        return .string(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
      }
      let elements = try elements(of: value)
      try budget.reserve(elements: elements.count)
      let reversed = Array(elements.reversed())
      if case .iterator = value { return try .list(reversed) }
      return .iterator(try TemplateIterator(reversed, typeName: "list_reverseiterator"))
    case .sum:
      let bound = try arguments.bound(["attribute", "start"])
      var total = bound[1] ?? .integer(0)
      for element in try elements(of: value) {
        try budget.charge(16)
        total = try arithmetic(.add, total, try member(bound[0], of: element))
      }
      return total
    case .batch: return try batches(value, arguments)
    default: return try slices(value, arguments)
    }
  }

  func length(of value: TemplateValue) throws(TemplateError) -> Int {
    switch value {
    case .undefined: return 0
    case .string(let text), .markup(let text):
      try budget.charge(scanning: text.utf8.count)
      return Text.length(text)
    case .list(let list), .tuple(let list): return list.elements.count
    case .dict(let dict), .view(_, let dict): return dict.count
    case .range(let range): return range.count
    default: throw TemplateError(.badValue, "a value of type \(value.typeName) has no length")
    }
  }

  private mutating func joined(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> String {
    let bound = try arguments.bound(["d", "attribute"])
    let separator = try bound[0].map { (value) throws(TemplateError) in
      try PythonText.text(of: value, budget)
    }
    var result = BoundedText(budget)
    for (position, element) in try elements(of: value).enumerated() {
      if position > 0, let separator { try result.append(separator) }
      try result.append(try PythonText.text(of: try member(bound[1], of: element), budget))
    }
    return result.text
  }

  private func batches(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    let bound = try arguments.bound(["linecount", "fill_with"], required: 1)
    let size = max(try bound[0].integer(for: "batch") ?? 1, 1)
    let elements = try elements(of: value)
    var batches: [TemplateValue] = []
    var start = 0
    while start < elements.count {
      try budget.reserve(elements: 4)
      let end = size < elements.count - start ? start + size : elements.count
      var batch = Array(elements[start..<end])
      if let fill = bound[1], !fill.isNone, batch.count < size {
        try budget.reserve(elements: size)
        batch += repeatElement(fill, count: size - batch.count)
      }
      batches.append(try .list(batch))
      start = end
    }
    return .iterator(try TemplateIterator(batches))
  }

  private func slices(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    let bound = try arguments.bound(["slices", "fill_with"], required: 1)
    let count = try bound[0].integer(for: "slice") ?? 1
    guard count > 0 else { throw TemplateError(.badValue, "slice into \(count) parts") }
    let elements = try elements(of: value)
    try budget.reserve(elements: 4 * min(count, .max / 8) + elements.count)
    let longer = elements.count % count
    var slices: [TemplateValue] = []
    var start = 0
    for index in 0..<count {
      let end = start + elements.count / count + (index < longer ? 1 : 0)
      var slice = Array(elements[start..<end])
      if let fill = bound[1], !fill.isNone, index >= longer { slice.append(fill) }
      slices.append(try .list(slice))
      start = end
    }
    return .iterator(try TemplateIterator(slices))
  }

  // MARK: - Members

  /// The member that a filter's `attribute` names: parts between dots, whole numbers as indices; the
  /// element itself where it names none.
  mutating func member(
    _ attribute: TemplateValue?, of element: TemplateValue, default fallback: TemplateValue? = nil
  ) throws(TemplateError) -> TemplateValue {
    guard let attribute, !attribute.isNone else { return element }
    guard let path = attribute.string else { return try self.element(attribute, of: element) }
    try budget.charge(2 * path.utf8.count + 80)
    var value = element
    for part in path.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
      let part = Text.string(part)
      let isIndex = !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
      let key: TemplateValue = (isIndex ? Int(part) : nil).map { .integer($0) } ?? .string(part)
      value = try self.element(key, of: value)
      if value.isUndefined, let fallback { value = fallback }
    }
    return value
  }

  /// `map`, and the filters that keep some of the elements.
  mutating func picked(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    // Jinja looks whether the value is true before it goes through it: `none` gives nothing.
    let elements = value.isTrue ? try elements(of: value) : []
    try budget.reserve(elements: elements.count)
    return filter == .map
      ? try mapped(elements, arguments) : try selected(filter, elements, arguments)
  }

  private mutating func mapped(
    _ elements: [TemplateValue], _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    var result: [TemplateValue] = []
    if arguments.positional.isEmpty {
      let bound = try arguments.bound(["attribute", "default"], required: 1)
      for element in elements {
        result.append(try member(bound[0], of: element, default: bound[1]))
      }
      return .iterator(try TemplateIterator(result))
    }
    let name = try arguments.positional[0].text(for: "map")
    guard let filter = TemplateFilter(rawValue: name) else {
      throw TemplateError(.unsupported, "there is no filter '\(name)'")
    }
    let rest = TemplateArguments(
      name: name, positional: Array(arguments.positional.dropFirst()),
      keywords: arguments.keywords)
    for element in elements {
      try budget.call()
      result.append(try nestedFilter(filter, element, rest))
    }
    return .iterator(try TemplateIterator(result))
  }

  /// A filter that a filter applies; `map` can map `map`.
  private mutating func nestedFilter(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    try enter()
    defer { nesting -= 1 }
    return try apply(filter, to: value, arguments)
  }

  private mutating func selected(
    _ filter: TemplateFilter, _ elements: [TemplateValue], _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    var positional = arguments.positional
    var attribute: TemplateValue?
    if filter == .selectattr || filter == .rejectattr {
      guard !positional.isEmpty else {
        throw TemplateError(.badValue, "\(filter.rawValue) lacks the attribute's name")
      }
      attribute = positional.removeFirst()
    }
    var test: TemplateTest?
    if !positional.isEmpty {
      let name = try positional.removeFirst().text(for: filter.rawValue)
      test = TemplateTest(name)
      if test == nil { throw TemplateError(.unsupported, "there is no test '\(name)'") }
    }
    let rest = TemplateArguments(
      name: filter.rawValue, positional: positional, keywords: arguments.keywords)
    let keeps = filter == .select || filter == .selectattr
    var result: [TemplateValue] = []
    for element in elements {
      try budget.call()
      let value = try member(attribute, of: element)
      let passes: Bool
      if let test { passes = try holds(test, value, rest) } else { passes = value.isTrue }
      if passes == keeps { result.append(element) }
    }
    return .iterator(try TemplateIterator(result))
  }
}
