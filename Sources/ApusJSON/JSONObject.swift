/// The members of a JSON object in the order in which they stand; a key occurs once.
///
/// Keys are equal when their bytes are. (Swift's own comparison of strings takes "é" and "e" with a
/// combining accent for one; a vocabulary holds both.)
public struct JSONObject: Sendable {
  public typealias Element = (key: String, value: JSON)

  public private(set) var keys: [String] = []
  private var values: [JSON] = []
  /// Where each key stands, kept from the ninth on: few members are found faster by looking.
  private var positions: [Name: Int] = [:]

  private struct Name: Hashable {
    let text: String

    static func == (left: Name, right: Name) -> Bool { JSONObject.same(left.text, right.text) }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
  }

  private static let lookedThrough = 8

  public init() {}

  /// Of a repeated key the last value holds, at the first one's place.
  public init(_ elements: [(String, JSON)]) {
    keys.reserveCapacity(elements.count)
    values.reserveCapacity(elements.count)
    for (key, value) in elements { set(key, value) }
  }

  /// Setting `nil` removes the member.
  /// - Complexity: O(1); removing O(n).
  public subscript(key: String) -> JSON? {
    get { position(of: key).map { values[$0] } }
    set {
      if let newValue {
        set(key, newValue)
      } else if let position = position(of: key) {
        keys.remove(at: position)
        values.remove(at: position)
        positions = [:]
        if keys.count > Self.lookedThrough { indexAll() }
      }
    }
  }

  /// The member at a place of ``keys``.
  public subscript(position position: Int) -> Element? {
    keys.indices.contains(position) ? (keys[position], values[position]) : nil
  }

  public var count: Int { keys.count }
  public var isEmpty: Bool { keys.isEmpty }

  /// - Returns: whether the key is a new one.
  @discardableResult
  mutating func set(_ key: String, _ value: JSON) -> Bool {
    if let position = position(of: key) {
      values[position] = value
      return false
    }
    keys.append(key)
    values.append(value)
    if keys.count > Self.lookedThrough + 1 {
      positions[Name(text: key)] = keys.count - 1
    } else if keys.count > Self.lookedThrough {
      indexAll()
    }
    return true
  }

  private mutating func indexAll() {
    for (position, key) in keys.enumerated() { positions[Name(text: key)] = position }
  }

  private func position(of key: String) -> Int? {
    keys.count > Self.lookedThrough
      ? positions[Name(text: key)] : keys.firstIndex { Self.same($0, key) }
  }

  /// The standard library's comparison first: it ends early, and is a `memcmp` for ASCII.
  private static func same(_ left: String, _ right: String) -> Bool {
    left == right && left.utf8.count == right.utf8.count
      && left.utf8.elementsEqual(right.utf8)
  }
}

extension JSONObject: Sequence {
  public struct Iterator: IteratorProtocol {
    fileprivate let object: JSONObject
    fileprivate var position = 0

    public mutating func next() -> (key: String, value: JSON)? {
      defer { position += 1 }
      return object[position: position]
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
    left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
  }

  public func hash(into hasher: inout Hasher) {
    var sum = 0
    for (key, value) in self {
      var member = Hasher()
      member.combine(key)
      member.combine(value)
      sum &+= member.finalize()
    }
    hasher.combine(count)
    hasher.combine(sum)
  }
}
