#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Arithmetic and comparisons with Python's rules.
extension TemplateRenderer {
  func badOperand(_ sign: String, _ value: TemplateValue) -> TemplateError {
    if case .undefined(let undefined) = value { return undefined.error }
    return TemplateError(.badValue, "'\(sign)' does not take a value of type \(value.typeName)")
  }

  private func badOperands(
    _ sign: String, _ left: TemplateValue, _ right: TemplateValue
  ) -> TemplateError {
    for case .undefined(let undefined) in [left, right] { return undefined.error }
    return TemplateError(
      .badValue,
      "'\(sign)' does not take values of the types \(left.typeName) and \(right.typeName)")
  }

  private var overflow: TemplateError {
    TemplateError(.templateLimit, "a whole number beyond 64 bits")
  }

  func negated(_ value: TemplateValue) throws(TemplateError) -> TemplateValue {
    if case .float(let number) = value { return .float(-number) }
    guard let integer = value.integer else { throw badOperand("-", value) }
    guard integer != .min else { throw overflow }
    return .integer(-integer)
  }

  func arithmetic(
    _ sign: TemplateOperator, _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    try budget.charge(16)
    if let left = left.integer, let right = right.integer {
      return try integers(sign, left, right)
    }
    if let left = left.double, let right = right.double { return try floats(sign, left, right) }
    switch (sign, left, right) {
    case (.add, .string(let left), .string(let right)):
      try budget.reserve(bytes: left.utf8.count + right.utf8.count)
      return .string(left + right)
    case (.add, .markup(let left), .string(let right)):
      return .markup(try joined(left, try escaped(right)))
    case (.add, .string(let left), .markup(let right)):
      return .markup(try joined(try escaped(left), right))
    case (.add, .markup(let left), .markup(let right)): return .markup(try joined(left, right))
    case (.add, .list(let left), .list(let right)):
      try budget.reserve(elements: left.elements.count + right.elements.count)
      return try .list(left.elements + right.elements)
    case (.add, .tuple(let left), .tuple(let right)):
      try budget.reserve(elements: left.elements.count + right.elements.count)
      return try .tuple(left.elements + right.elements)
    case (.multiply, _, _):
      if let count = right.integer { return try repeated(left, count, right) }
      if let count = left.integer { return try repeated(right, count, left) }
    case (.modulo, .string(let format), _):
      return .string(try PythonFormat.percent(format, right, budget))
    case (.modulo, .markup(let format), _):
      return .markup(try PythonFormat.percent(format, right, budget))
    default: break
    }
    throw badOperands(sign.rawValue, left, right)
  }

  private func joined(_ left: String, _ right: String) throws(TemplateError) -> String {
    try budget.reserve(bytes: left.utf8.count + right.utf8.count)
    return left + right
  }

  private func repeated(
    _ value: TemplateValue, _ count: Int, _ counter: TemplateValue
  ) throws(TemplateError) -> TemplateValue {
    switch value {
    case .string(let text), .markup(let text):
      try budget.charge(40)
      try budget.reserve(bytes: text.utf8.count, times: count)
      return .string(Text.repeated(text, max(count, 0)))
    case .list(let list):
      return try .list(try repeated(list.elements, count))
    case .tuple(let list):
      return try .tuple(try repeated(list.elements, count))
    default: throw badOperands("*", value, counter)
    }
  }

  private func repeated(
    _ elements: [TemplateValue], _ count: Int
  ) throws(TemplateError) -> [TemplateValue] {
    let (total, overflows) = elements.count.multipliedReportingOverflow(by: max(count, 0))
    try budget.reserve(elements: overflows ? .max : total)
    return Array(repeatElement(elements, count: elements.isEmpty ? 0 : max(count, 0)).joined())
  }

  private func integers(
    _ sign: TemplateOperator, _ left: Int, _ right: Int
  ) throws(TemplateError) -> TemplateValue {
    let result: (Int, Bool)
    switch sign {
    case .add: result = left.addingReportingOverflow(right)
    case .subtract: result = left.subtractingReportingOverflow(right)
    case .multiply: result = left.multipliedReportingOverflow(by: right)
    case .divide: return try floats(sign, Double(left), Double(right))
    case .floorDivide, .modulo:
      guard right != 0 else { throw TemplateError(.badValue, "division by zero") }
      if right == -1 {
        result = sign == .modulo ? (0, false) : (0).subtractingReportingOverflow(left)
        break
      }
      let remainder = left % right
      let isBelow = remainder != 0 && (remainder < 0) != (right < 0)
      return .integer(
        sign == .modulo
          ? remainder + (isBelow ? right : 0) : left / right - (isBelow ? 1 : 0))
    case .power: return try power(left, right)
    }
    guard !result.1 else { throw overflow }
    return .integer(result.0)
  }

  private func power(_ base: Int, _ exponent: Int) throws(TemplateError) -> TemplateValue {
    if exponent < 0 { return try floats(.power, Double(base), Double(exponent)) }
    var (result, square, rest) = (1, base, exponent)
    while rest > 0 {
      if rest & 1 == 1 {
        let (product, overflows) = result.multipliedReportingOverflow(by: square)
        guard !overflows else { throw overflow }
        result = product
      }
      rest >>= 1
      if rest > 0 {
        let (product, overflows) = square.multipliedReportingOverflow(by: square)
        guard !overflows else { throw overflow }
        square = product
      }
    }
    return .integer(result)
  }

  private func floats(
    _ sign: TemplateOperator, _ left: Double, _ right: Double
  ) throws(TemplateError) -> TemplateValue {
    switch sign {
    case .add: return .float(left + right)
    case .subtract: return .float(left - right)
    case .multiply: return .float(left * right)
    case .power:
      guard left != 0 || right >= 0 else { throw TemplateError(.badValue, "division by zero") }
      return .float(pow(left, right))
    case .divide, .floorDivide, .modulo:
      guard right != 0 else { throw TemplateError(.badValue, "division by zero") }
      if sign == .divide { return .float(left / right) }
      var remainder = fmod(left, right)
      if remainder != 0, (remainder < 0) != (right < 0) { remainder += right }
      return .float(sign == .modulo ? remainder : ((left - remainder) / right).rounded())
    }
  }

  // MARK: - Comparison

  func holds(
    _ comparison: TemplateComparison, _ left: TemplateValue, _ right: TemplateValue
  ) throws(TemplateError) -> Bool {
    switch comparison {
    case .equal: try equal(left, right)
    case .notEqual: try !equal(left, right)
    case .less: try precedes(left, right, "<")
    case .greater: try precedes(right, left, ">")
    case .lessOrEqual: try isOrdered(left, right, "<=")
    case .greaterOrEqual: try isOrdered(right, left, ">=")
    case .contained: try contains(right, left)
    case .notContained: try !contains(right, left)
    }
  }

  func equal(_ left: TemplateValue, _ right: TemplateValue) throws(TemplateError) -> Bool {
    try budget.charge(6)
    if let left = left.integer, let right = right.integer { return left == right }
    if let left = left.double, let right = right.double { return left == right }
    if let left = left.string, let right = right.string {
      guard left.utf8.count == right.utf8.count else { return false }
      try budget.charge(scanning: 2 * left.utf8.count)
      return Text.same(left, right)
    }
    switch (left, right) {
    case (.none, .none), (.undefined, .undefined): return true
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      guard left.elements.count == right.elements.count else { return false }
      for (left, right) in zip(left.elements, right.elements) {
        guard try equal(left, right) else { return false }
      }
      return true
    case (.dict(let left), .dict(let right)):
      guard left.count == right.count else { return false }
      for position in left.keys.indices {
        guard let other = try right[left.keys[position]],
          try equal(left.values[position], other)
        else { return false }
      }
      return true
    case (.range(let left), .range(let right)):
      return left.count == right.count
        && (left.count == 0
          || left.start == right.start && (left.count == 1 || left.step == right.step))
    case (.namespace(let left), .namespace(let right)): return left === right
    case (.macro(let left), .macro(let right)): return left === right
    case (.loop(let left), .loop(let right)): return left === right
    case (.iterator(let left), .iterator(let right)): return left === right
    case (.function(let left), .function(let right)): return left == right
    default: return false
    }
  }

  private func isOrdered(
    _ left: TemplateValue, _ right: TemplateValue, _ sign: String
  ) throws(TemplateError) -> Bool {
    if let left = left.double, let right = right.double, left.isNaN || right.isNaN { return false }
    return try !precedes(right, left, sign)
  }

  /// Whether the left value is less.
  func precedes(
    _ left: TemplateValue, _ right: TemplateValue, _ sign: String = "<"
  ) throws(TemplateError) -> Bool {
    try budget.charge(12)
    if let left = left.integer, let right = right.integer { return left < right }
    if let left = left.double, let right = right.double { return left < right }
    if let left = left.string, let right = right.string {
      try budget.charge(scanning: min(left.utf8.count, right.utf8.count))
      return Text.precedes(left, right)
    }
    switch (left, right) {
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      for (left, right) in zip(left.elements, right.elements) where try !equal(left, right) {
        return try precedes(left, right, sign)
      }
      return left.elements.count < right.elements.count
    default: throw badOperands(sign, left, right)
    }
  }

  func contains(
    _ container: TemplateValue, _ value: TemplateValue
  ) throws(TemplateError) -> Bool {
    switch container {
    case .string(let text), .markup(let text):
      guard let part = value.string else {
        throw TemplateError(
          .badValue, "'in' a string takes a string, not a value of type \(value.typeName)")
      }
      try budget.charge(scanning: text.utf8.count + part.utf8.count)
      return part.isEmpty
        || !Text.occurrences(of: Array(part.utf8), in: Array(text.utf8), limit: 1).isEmpty
    case .dict(let dict), .view(.keys, let dict):
      if value.isUndefined { return false }
      try charge(key: value)
      return try dict[value] != nil
    default:
      for element in try elements(of: container) where try equal(element, value) { return true }
      return false
    }
  }

  // MARK: - Markup

  /// HTML's five special characters, as the `escape` filter writes them.
  func escaped(_ text: String) throws(TemplateError) -> String {
    let marks = Array("&<>'\"".utf8)
    try budget.charge(scanning: 2 * text.utf8.count)
    let markCount = text.utf8.reduce(0) { $0 + (marks.contains($1) ? 1 : 0) }
    guard markCount > 0 else { return text }
    try budget.charge(8 * markCount)
    try budget.reserve(bytes: text.utf8.count + 4 * markCount)
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count + 4 * markCount)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "&"): result += "&amp;".utf8
      case UInt8(ascii: "<"): result += "&lt;".utf8
      case UInt8(ascii: ">"): result += "&gt;".utf8
      case UInt8(ascii: "'"): result += "&#39;".utf8
      case UInt8(ascii: "\""): result += "&#34;".utf8
      default: result.append(byte)
      }
    }
    return Text.string(result)
  }
}
