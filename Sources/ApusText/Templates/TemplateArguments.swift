/// The arguments of a call, before they meet the parameters of what is called.
struct TemplateArguments {
  /// What is called, for messages.
  let name: String
  var positional: [TemplateValue] = []
  var keywords: [(name: String, value: TemplateValue)] = []

  /// The arguments in the order of the parameters, `nil` where one is not given.
  func bound(
    _ parameters: [String], required: Int = 0
  ) throws(TemplateError) -> [TemplateValue?] {
    guard positional.count <= parameters.count else {
      throw TemplateError(
        .badValue,
        "\(name) takes at most \(parameters.count) arguments, \(positional.count) are given")
    }
    var result: [TemplateValue?] = positional
    result += [TemplateValue?](repeating: nil, count: parameters.count - positional.count)
    for (keyword, value) in keywords {
      guard let position = parameters.firstIndex(of: keyword), position >= positional.count else {
        throw TemplateError(.badValue, "\(name) does not take the argument '\(keyword)'")
      }
      result[position] = value
    }
    for position in 0..<required where result[position] == nil {
      throw TemplateError(.badValue, "\(name) lacks the argument '\(parameters[position])'")
    }
    return result
  }

  func none() throws(TemplateError) { _ = try bound([]) }

  /// One required argument.
  func single(_ parameter: String) throws(TemplateError) -> TemplateValue {
    try bound([parameter], required: 1)[0] ?? .none
  }
}

extension TemplateValue {
  /// The argument as text; other kinds are an error.
  func text(for name: String) throws(TemplateError) -> String {
    if case .undefined(let undefined) = self { throw undefined.error }
    guard let string else {
      throw TemplateError(.badValue, "\(name) takes a string, not a value of type \(typeName)")
    }
    return string
  }

  func integer(for name: String) throws(TemplateError) -> Int {
    if case .undefined(let undefined) = self { throw undefined.error }
    guard let integer else {
      throw TemplateError(
        .badValue, "\(name) takes a whole number, not a value of type \(typeName)")
    }
    return integer
  }
}

extension Optional where Wrapped == TemplateValue {
  /// An argument that may be left out or `none`.
  func text(for name: String) throws(TemplateError) -> String? {
    guard let self, !self.isNone else { return nil }
    return try self.text(for: name)
  }

  func integer(for name: String) throws(TemplateError) -> Int? {
    guard let self, !self.isNone else { return nil }
    return try self.integer(for: name)
  }

  var isTrue: Bool { self?.isTrue ?? false }
}
