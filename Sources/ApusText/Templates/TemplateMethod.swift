/// Methods of Python's strings, lists and dicts, and of Jinja's own objects.
enum TemplateMethod: String, Sendable {
  // Strings.
  case capitalize, casefold, center, count, endswith, expandtabs, find, format, index, isalnum
  case isalpha, isascii, isdecimal, isdigit, islower, isnumeric, isspace, istitle, isupper, join
  case ljust, lower, lstrip, partition, removeprefix, removesuffix, replace, rfind, rindex, rjust
  case rpartition, rsplit, rstrip, split, splitlines, startswith, strip, swapcase, title, upper
  case zfill
  // Dicts; and lists, which share `copy` and with strings `count` and `index`.
  case get, items, keys, values, copy
  // Loops and cyclers.
  case cycle, changed, next, reset
  // What would change a list or a dict.
  case append, clear, extend, insert, pop, popitem, remove, reverse, setdefault, sort, update

  func belongs(to value: TemplateValue) -> Bool {
    switch value {
    case .string, .markup:
      switch self {
      case .get, .items, .keys, .values, .copy, .cycle, .changed, .next, .reset, .append, .clear,
        .extend, .insert, .pop, .popitem, .remove, .reverse, .setdefault, .sort, .update:
        false
      default: true
      }
    case .dict: [.get, .items, .keys, .values, .copy].contains(self)
    case .list: [.count, .index, .copy].contains(self)
    case .tuple, .range: self == .count || self == .index
    case .loop: self == .cycle || self == .changed
    case .cycler: self == .next || self == .reset
    default: false
    }
  }

  var changesCase: Bool {
    [.capitalize, .casefold, .lower, .swapcase, .title, .upper].contains(self)
  }

  /// Whether the sandbox keeps the method back because it would change the value.
  func changes(_ value: TemplateValue) -> Bool {
    switch value {
    case .list:
      [.append, .clear, .extend, .insert, .pop, .remove, .reverse, .sort].contains(self)
    case .dict: [.clear, .pop, .popitem, .setdefault, .update].contains(self)
    default: false
    }
  }
}

extension TemplateRenderer {
  mutating func call(
    _ method: TemplateMethod, of receiver: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    switch receiver {
    case .string(let text): return try call(method, of: text, arguments)
    case .markup(let text):
      let result = try call(method, of: text, arguments)
      if case .string(let text) = result { return .markup(text) }
      return result
    case .dict(let dict): return try call(method, of: dict, arguments)
    case .list(let list) where method == .copy: return .list(list)
    case .list(let list), .tuple(let list):
      return try search(method, list.elements, arguments)
    case .range: return try search(method, try elements(of: receiver), arguments)
    case .loop(let loop): return try call(method, of: loop, arguments)
    case .cycler(let cycler):
      try arguments.none()
      if method == .reset {
        cycler.position = 0
        return .none
      }
      defer { cycler.advance() }
      return cycler.current
    default: return .none
    }
  }

  private func call(
    _ method: TemplateMethod, of dict: TemplateDict, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    switch method {
    case .get:
      let bound = try arguments.bound(["key", "default"], required: 1)
      guard let key = bound[0], !key.isUndefined else { return bound[1] ?? .none }
      try charge(key: key)
      return try dict[key] ?? bound[1] ?? .none
    case .copy:
      try arguments.none()
      return .dict(dict)
    default:
      try arguments.none()
      return .view(method, dict)
    }
  }

  /// `count` and `index` of lists.
  private func search(
    _ method: TemplateMethod, _ elements: [TemplateValue], _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    let wanted = try arguments.single("value")
    var count = 0
    for (position, element) in elements.enumerated() where try equal(element, wanted) {
      if method == .index { return .integer(position) }
      count += 1
    }
    guard method == .count else {
      throw TemplateError(.badValue, "index: the value is not in the list")
    }
    return .integer(count)
  }

  private func call(
    _ method: TemplateMethod, of loop: TemplateLoopState, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    let values = arguments.positional
    if method == .cycle {
      guard !values.isEmpty else {
        throw TemplateError(.badValue, "loop.cycle takes at least one value")
      }
      return values[max(loop.index0, 0) % values.count]
    }
    defer { loop.lastChanged = values }
    guard let last = loop.lastChanged, last.count == values.count else { return .bool(true) }
    for (old, new) in zip(last, values) where try !equal(old, new) { return .bool(true) }
    return .bool(false)
  }
}
