/// The tests of Jinja, what stands after `is`.
enum TemplateTest: String, Sendable {
  case odd, even, divisibleby, defined, undefined, filter, test, none, boolean, integer, float
  case lower, upper, string, mapping, number, sequence, iterable, callable, sameas, escaped
  case isTrue = "true"
  case isFalse = "false"
  case contained = "in"
  case equal = "eq"
  case notEqual = "ne"
  case greater = "gt"
  case greaterOrEqual = "ge"
  case less = "lt"
  case lessOrEqual = "le"

  init?(_ name: String) {
    switch name {
    case "==", "equalto": self = .equal
    case "!=": self = .notEqual
    case ">", "greaterthan": self = .greater
    case ">=": self = .greaterOrEqual
    case "<", "lessthan": self = .less
    case "<=": self = .lessOrEqual
    default:
      guard let test = TemplateTest(rawValue: name) else { return nil }
      self = test
    }
  }

  var comparison: TemplateComparison? {
    switch self {
    case .equal: .equal
    case .notEqual: .notEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .contained: .contained
    default: nil
    }
  }
}

extension TemplateRenderer {
  func holds(
    _ test: TemplateTest, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> Bool {
    if let comparison = test.comparison {
      return try holds(comparison, value, try arguments.single("other"))
    }
    switch test {
    case .odd, .even, .divisibleby:
      var divisor = TemplateValue.integer(2)
      if test == .divisibleby {
        divisor = try arguments.single("num")
      } else {
        try arguments.none()
      }
      let rest = try arithmetic(.modulo, value, divisor)
      return try equal(rest, .integer(test == .odd ? 1 : 0))
    case .sameas: return try isSame(value, try arguments.single("other"))
    default:
      try arguments.none()
      return try hasKind(test, value)
    }
  }

  private func hasKind(_ test: TemplateTest, _ value: TemplateValue) throws(TemplateError) -> Bool {
    switch (test, value) {
    case (.defined, _): return !value.isUndefined
    case (.undefined, _): return value.isUndefined
    case (.none, .none): return true
    case (.boolean, .bool): return true
    case (.isTrue, .bool(let value)): return value
    case (.isFalse, .bool(let value)): return !value
    case (.integer, .integer), (.float, .float): return true
    case (.number, _): return value.double != nil
    case (.string, _): return value.string != nil
    case (.escaped, .markup): return true
    case (.mapping, .dict): return true
    case (.sequence, .string), (.sequence, .markup), (.sequence, .list), (.sequence, .tuple),
      (.sequence, .dict), (.sequence, .range), (.sequence, .undefined):
      return true
    case (.iterable, .string), (.iterable, .markup), (.iterable, .list), (.iterable, .tuple),
      (.iterable, .dict), (.iterable, .range), (.iterable, .view), (.iterable, .iterator),
      (.iterable, .undefined), (.iterable, .loop):
      return true
    case (.callable, .macro), (.callable, .function), (.callable, .method), (.callable, .joiner),
      (.callable, .loop), (.callable, .undefined):
      return true
    case (.lower, _), (.upper, _):
      let text = try PythonText.text(of: value, budget)
      try budget.charge(classifying: text.utf8.count)
      return TextClass.holds(test == .lower ? .islower : .isupper, text) ?? false
    case (.filter, _):
      return TemplateFilter(rawValue: try value.text(for: "filter")) != nil
    case (.test, _): return TemplateTest(try value.text(for: "test")) != nil
    default: return false
    }
  }

  /// Python's identity, as far as values here have one.
  private func isSame(
    _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateError) -> Bool {
    switch (left, right) {
    case (.bool, .bool), (.none, .none), (.integer, .integer), (.string, .string),
      (.namespace, _), (.macro, _), (.loop, _), (.iterator, _):
      return try equal(left, right)
    case (.dict(let left), .dict(let right)): return left === right
    default: return false
    }
  }
}
