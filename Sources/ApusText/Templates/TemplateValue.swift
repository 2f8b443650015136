internal import ApusJSON

/// A value as a template sees it, with Python's rules. Lists, tuples and dicts never change: the
/// sandbox of Hugging Face refuses every method that would.
enum TemplateValue {
  case undefined(UndefinedValue)
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  /// A string marked as safe: what is added to it is escaped.
  case markup(String)
  case list(TemplateList)
  case tuple(TemplateList)
  case dict(TemplateDict)
  case range(TemplateRange)
  /// `keys()`, `values()` or `items()` of a dict.
  case view(TemplateMethod, TemplateDict)
  /// What can be gone through once, such as the results of `map` and `select`.
  case iterator(TemplateIterator)
  case namespace(TemplateNamespace)
  case macro(TemplateMacro)
  case loop(TemplateLoopState)
  case function(TemplateFunction)
  case method(TemplateBoundMethod)
  case cycler(TemplateCycler)
  case joiner(TemplateJoiner)
}

/// How deep values may be inside each other: recursion over them stays bounded.
let templateValueDepthLimit = 250

/// The elements of a list or a tuple.
struct TemplateList {
  let elements: [TemplateValue]
  let depth: Int

  init(_ elements: [TemplateValue]) throws(TemplateError) {
    self.elements = elements
    depth = try nestingDepth(of: elements)
  }
}

/// One more than the deepest of the elements.
func nestingDepth(of elements: [TemplateValue]) throws(TemplateError) -> Int {
  var depth = 0
  for element in elements { depth = max(depth, element.depth) }
  guard depth < templateValueDepthLimit else {
    throw TemplateError(
      .templateLimit, "lists and dicts more than \(templateValueDepthLimit) deep inside each other")
  }
  return depth + 1
}

extension TemplateValue {
  var depth: Int {
    switch self {
    case .list(let list), .tuple(let list): list.depth
    case .dict(let dict), .view(_, let dict): dict.depth
    case .iterator(let iterator): iterator.depth
    case .method(let method): method.receiver.depth
    default: 0
    }
  }

  var isUndefined: Bool {
    if case .undefined = self { return true }
    return false
  }

  var isNone: Bool {
    if case .none = self { return true }
    return false
  }

  /// The text of a string.
  var string: String? {
    switch self {
    case .string(let text), .markup(let text): text
    default: nil
    }
  }

  /// A whole number; Python's booleans are 0 and 1.
  var integer: Int? {
    switch self {
    case .integer(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  /// Any number.
  var double: Double? {
    if case .float(let value) = self { return value }
    return integer.map(Double.init)
  }

  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let text), .markup(let text): !text.isEmpty
    case .list(let list), .tuple(let list): !list.elements.isEmpty
    case .dict(let dict), .view(_, let dict): dict.count > 0
    case .range(let range): range.count > 0
    default: true
    }
  }

  /// Python's name of the type.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "NoneType"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "str"
    case .markup: "Markup"
    case .list: "list"
    case .tuple: "tuple"
    case .dict: "dict"
    case .range: "range"
    case .view(let method, _): "dict_\(method.rawValue)"
    case .iterator(let iterator): iterator.typeName
    case .namespace: "Namespace"
    case .macro: "Macro"
    case .loop: "LoopContext"
    case .function: "function"
    case .method: "builtin_function_or_method"
    case .cycler: "Cycler"
    case .joiner: "Joiner"
    }
  }

  static func list(_ elements: [TemplateValue]) throws(TemplateError) -> TemplateValue {
    .list(try TemplateList(elements))
  }

  static func tuple(_ elements: [TemplateValue]) throws(TemplateError) -> TemplateValue {
    .tuple(try TemplateList(elements))
  }

  init(_ json: JSON, depth: Int = 0) throws(TemplateError) {
    guard depth < templateValueDepthLimit else {
      throw TemplateError(
        .templateLimit, "the conversation nests more than \(templateValueDepthLimit) deep")
    }
    switch json {
    case .null: self = .none
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = .integer(value)
    case .double(let value): self = .float(value)
    case .string(let text): self = .string(text)
    case .array(let array):
      var elements: [TemplateValue] = []
      elements.reserveCapacity(array.count)
      for element in array { elements.append(try TemplateValue(element, depth: depth + 1)) }
      self = try .list(elements)
    case .object(let object):
      var members = TemplateDict.Builder()
      for (key, value) in object {
        members.set(key, try TemplateValue(value, depth: depth + 1))
      }
      self = .dict(try members.dict())
    }
  }
}

/// A variable or member that does not exist: it prints as nothing and is false, and any other use
/// is an error.
final class UndefinedValue {
  enum Reason {
    case variable
    /// The type of what lacks it.
    case attribute(String)
    case element(String)
    /// The sandbox keeps it back.
    case unsafe(String)
    /// The name is the whole message.
    case message
  }

  let reason: Reason
  let name: String

  init(_ reason: Reason, _ name: String) {
    self.reason = reason
    self.name = name
  }

  var error: TemplateError {
    switch reason {
    case .variable: TemplateError(.undefined, "'\(name)' is undefined")
    case .attribute(let type):
      TemplateError(.undefined, "a value of type \(type) has no attribute '\(name)'")
    case .element(let type):
      TemplateError(.undefined, "a value of type \(type) has no element \(name)")
    case .unsafe(let type):
      TemplateError(
        .unknownAttribute, "the attribute '\(name)' of a value of type \(type) is not available")
    case .message: TemplateError(.undefined, name)
    }
  }
}
