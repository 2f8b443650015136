/// A dict: keys in the order in which they came.
final class TemplateDict {
  let keys: [TemplateValue]
  let values: [TemplateValue]
  private let positions: [TemplateKey: Int]
  let depth: Int

  fileprivate init(
    keys: [TemplateValue], values: [TemplateValue], positions: [TemplateKey: Int], depth: Int
  ) {
    self.keys = keys
    self.values = values
    self.positions = positions
    self.depth = depth
  }

  var count: Int { keys.count }

  subscript(key: String) -> TemplateValue? {
    if keys.count <= Builder.lookedThrough {
      for position in keys.indices {
        if let text = keys[position].string, Text.same(text, key) { return values[position] }
      }
      return nil
    }
    return positions[.text(key)].map { values[$0] }
  }

  /// - Throws: `badValue` where a value of this kind cannot be a key.
  subscript(key: TemplateValue) -> TemplateValue? {
    get throws(TemplateError) {
      if let text = key.string { return self[text] }
      let key = try TemplateKey(key)
      if keys.count <= Builder.lookedThrough {
        for position in keys.indices where try TemplateKey(keys[position]) == key {
          return values[position]
        }
        return nil
      }
      return positions[key].map { values[$0] }
    }
  }

  /// The (key, value) pairs as tuples.
  func items() throws(TemplateError) -> [TemplateValue] {
    var items: [TemplateValue] = []
    items.reserveCapacity(count)
    for position in keys.indices { items.append(try .tuple([keys[position], values[position]])) }
    return items
  }

  struct Builder {
    static let lookedThrough = 8

    private(set) var keys: [TemplateValue] = []
    private(set) var values: [TemplateValue] = []
    private var positions: [TemplateKey: Int] = [:]

    mutating func set(_ text: String, _ value: TemplateValue) {
      set(.text(text), .string(text), value)
    }

    mutating func set(_ key: TemplateValue, _ value: TemplateValue) throws(TemplateError) {
      set(try TemplateKey(key), key, value)
    }

    private mutating func set(_ key: TemplateKey, _ keyValue: TemplateValue, _ value: TemplateValue)
    {
      if let position = positions[key] {
        values[position] = value
      } else {
        positions[key] = keys.count
        keys.append(keyValue)
        values.append(value)
      }
    }

    func dict() throws(TemplateError) -> TemplateDict {
      TemplateDict(
        keys: keys, values: values,
        positions: keys.count > Self.lookedThrough ? positions : [:],
        depth: try nestingDepth(of: values))
    }
  }
}

/// What can be a key: equal numbers of different types are one key, as in Python.
indirect enum TemplateKey: Hashable {
  case text(String)
  case number(Double)
  case integer(Int)
  case none
  case tuple([TemplateKey])

  init(_ value: TemplateValue, isInTuple: Bool = false) throws(TemplateError) {
    if let text = value.string {
      self = .text(text)
    } else if let integer = value.integer {
      self = .integer(integer)
    } else if case .float(let value) = value {
      self = Int(exactly: value).map { .integer($0) } ?? .number(value)
    } else if value.isNone {
      self = .none
    } else if case .tuple(let list) = value, !isInTuple {
      var elements: [TemplateKey] = []
      for element in list.elements { elements.append(try TemplateKey(element, isInTuple: true)) }
      self = .tuple(elements)
    } else {
      throw TemplateError(.badValue, "a value of type \(value.typeName) cannot be a key")
    }
  }

  static func == (left: TemplateKey, right: TemplateKey) -> Bool {
    switch (left, right) {
    case (.text(let left), .text(let right)): Text.same(left, right)
    case (.number(let left), .number(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    case (.none, .none): true
    case (.tuple(let left), .tuple(let right)): left == right
    default: false
    }
  }

  func hash(into hasher: inout Hasher) {
    switch self {
    case .text(let text): hasher.combine(text)
    case .number(let number): hasher.combine(number)
    case .integer(let number): hasher.combine(number)
    case .none: hasher.combine(0)
    case .tuple(let keys): hasher.combine(keys)
    }
  }
}
