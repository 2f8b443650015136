/// The members of a JSON object in the order in which they stand; a key occurs once.
public struct JSONObject: Sendable {
  public typealias Element = (key: String, value: JSON)

  public private(set) var keys: [String] = []
  private var members: [String: JSON] = [:]

  public init() {}

  /// Of a repeated key the last value holds, at the first one's place.
  public init(_ elements: [(String, JSON)]) {
    keys.reserveCapacity(elements.count)
    members.reserveCapacity(elements.count)
    for (key, value) in elements { self[key] = value }
  }

  /// Setting `nil` removes the member.
  /// - Complexity: O(1); removing O(n).
  public subscript(key: String) -> JSON? {
    get { members[key] }
    set {
      if let newValue {
        if members.updateValue(newValue, forKey: key) == nil { keys.append(key) }
      } else if members.removeValue(forKey: key) != nil {
        keys.removeAll { $0 == key }
      }
    }
  }

  public var count: Int { keys.count }
  public var isEmpty: Bool { keys.isEmpty }
}

extension JSONObject: Sequence {
  public struct Iterator: IteratorProtocol {
    fileprivate let object: JSONObject
    fileprivate var position = 0

    public mutating func next() -> (key: String, value: JSON)? {
      guard position < object.keys.count else { return nil }
      defer { position += 1 }
      let key = object.keys[position]
      return object.members[key].map { (key, $0) }
    }
  }

  public func makeIterator() -> Iterator { Iterator(object: self) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}

/// Equal objects have equal members, whatever their order.
extension JSONObject: Hashable {
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.members == right.members
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(members) }
}
