/// The filters that compare elements.
extension TemplateRenderer {
  mutating func ordered(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    switch filter {
    case .sort:
      let bound = try arguments.bound(["reverse", "case_sensitive", "attribute"])
      let elements = try elements(of: value)
      let keys = try sortKeys(
        elements, bound[2], isCaseSensitive: bound[1].isTrue, allowsSeveral: true)
      let order = try sorted(keys, isReversed: bound[0].isTrue)
      return try .list(order.map { elements[$0] })
    case .dictsort: return try sortedDict(value, arguments)
    case .groupby: return try grouped(value, arguments)
    case .unique:
      let bound = try arguments.bound(["case_sensitive", "attribute"])
      let elements = try elements(of: value)
      let keys = try sortKeys(elements, bound[1], isCaseSensitive: bound[0].isTrue)
      var seen: Set<TemplateKey> = []
      var result: [TemplateValue] = []
      for (position, key) in keys.enumerated() {
        try charge(newKey: key)
        try budget.charge(16)
        if seen.insert(try TemplateKey(key)).inserted { result.append(elements[position]) }
      }
      return .iterator(try TemplateIterator(result))
    default:
      let bound = try arguments.bound(["case_sensitive", "attribute"])
      let elements = try elements(of: value)
      let keys = try sortKeys(elements, bound[1], isCaseSensitive: bound[0].isTrue)
      guard var best = keys.indices.first else {
        return .undefined(UndefinedValue(.message, "no \(filter.rawValue): the sequence is empty"))
      }
      for position in keys.indices.dropFirst() {
        let isBetter =
          filter == .min
          ? try precedes(keys[position], keys[best]) : try precedes(keys[best], keys[position])
        if isBetter { best = position }
      }
      return elements[best]
    }
  }

  /// What the elements are compared by: a member, or several as a list; in lower case where case
  /// does not count.
  private mutating func sortKeys(
    _ elements: [TemplateValue], _ attribute: TemplateValue?, isCaseSensitive: Bool,
    allowsSeveral: Bool = false, default fallback: TemplateValue? = nil
  ) throws(TemplateError) -> [TemplateValue] {
    var attributes: [TemplateValue?] = [attribute]
    if allowsSeveral, let path = attribute?.string {
      attributes = path.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        .map { .string(Text.string($0)) }
    }
    try budget.reserve(elements: elements.count * attributes.count)
    var keys: [TemplateValue] = []
    for element in elements {
      var parts: [TemplateValue] = []
      for attribute in attributes {
        let value = try member(attribute, of: element, default: fallback)
        parts.append(isCaseSensitive ? value : try foldedCase(value))
      }
      keys.append(parts.count == 1 ? parts[0] : try .list(parts))
    }
    return keys
  }

  private func foldedCase(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
    guard let text = value.string else { return value }
    try charge(changingCaseOf: text)
    return .string(text.lowercased())
  }

  /// The order of the keys, equal ones as they stand. (A merge sort: comparisons can fail, and the
  /// standard library does not promise stability.)
  private func sorted(
    _ keys: [TemplateValue], isReversed: Bool
  ) throws(TemplateError) -> [Int] {
    try budget.reserve(elements: keys.count)
    var order = Array(keys.indices)
    var buffer = order
    var width = 1
    while width < order.count {
      var start = 0
      while start < order.count {
        let middle = min(start + width, order.count)
        let end = min(middle + width, order.count)
        var (left, right) = (start, middle)
        for place in start..<end {
          let takesRight: Bool
          if left == middle {
            takesRight = true
          } else if right == end {
            takesRight = false
          } else {
            let (a, b) = (keys[order[left]], keys[order[right]])
            takesRight = isReversed ? try precedes(a, b) : try precedes(b, a)
          }
          buffer[place] = takesRight ? order[right] : order[left]
          if takesRight { right += 1 } else { left += 1 }
        }
        start = end
      }
      swap(&order, &buffer)
      width *= 2
    }
    return order
  }

  private mutating func sortedDict(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    if case .undefined(let undefined) = value { throw undefined.error }
    let bound = try arguments.bound(["case_sensitive", "by", "reverse"])
    let by = try bound[1].text(for: "dictsort") ?? "key"
    guard case .dict(let dict) = value, by == "key" || by == "value" else {
      throw TemplateError(.badValue, "dictsort takes a dict, and sorts by 'key' or 'value'")
    }
    let compared = by == "key" ? dict.keys : dict.values
    let keys = try sortKeys(compared, nil, isCaseSensitive: bound[0].isTrue)
    let items = try items(of: dict)
    return try .list(try sorted(keys, isReversed: bound[2].isTrue).map { items[$0] })
  }

  private mutating func grouped(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    let bound = try arguments.bound(["attribute", "default", "case_sensitive"], required: 1)
    let elements = try elements(of: value)
    let keys = try sortKeys(
      elements, bound[0], isCaseSensitive: bound[2].isTrue, default: bound[1])
    let order = try sorted(keys, isReversed: false)
    var groups: [TemplateValue] = []
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count, try equal(keys[order[end]], keys[order[start]]) { end += 1 }
      try budget.reserve(elements: end - start + 8)
      let group = order[start..<end].map { elements[$0] }
      let name = try member(bound[0], of: group[0], default: bound[1])
      groups.append(try .tuple([name, try .list(group)]))
      start = end
    }
    return try .list(groups)
  }
}
