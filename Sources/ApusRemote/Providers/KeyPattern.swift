import ApusJSON

/// What a provider's keys look like, as far as it is known (features G1).
public struct KeyPattern: Sendable, Hashable {
  /// How keys begin: in one of these ways; in any where there is none.
  public var prefixes: [String]
  /// In characters, the prefix included.
  public var length: ClosedRange<Int>
  public var alphabet: Alphabet

  public enum Alphabet: String, Sendable, Hashable {
    /// Letters, digits, `-` and `_`, and `.` between parts.
    case token
    /// Anything without blanks.
    case visible
    case hexadecimal
  }

  /// What is wrong with a key.
  public enum Problem: Sendable, Hashable, CustomStringConvertible {
    case empty
    case blanks
    case prefix([String])
    case length(Int, ClosedRange<Int>)
    case characters

    public var description: String {
      switch self {
      case .empty: "is empty"
      case .blanks: "has blanks or control characters"
      case .prefix(let prefixes):
        "does not begin with " + prefixes.joined(separator: " or ")
      case .length(let count, let range):
        "has \(count) characters, not \(range.lowerBound) to \(range.upperBound)"
      case .characters: "has characters that keys do not have"
      }
    }
  }

  public init(
    prefixes: [String] = [], length: ClosedRange<Int> = 8...4096, alphabet: Alphabet = .visible
  ) {
    self.prefixes = prefixes
    self.length = length
    self.alphabet = alphabet
  }

  init(_ object: JSONObject) throws(ProviderError) {
    let reader = RowReader(object)
    let shortest = try reader.integer("shortest") ?? 8
    let longest = try reader.integer("longest") ?? 4096
    guard shortest <= longest else { throw ProviderError("a key's lengths do not fit") }
    var alphabet = Alphabet.visible
    if let name = try reader.text("alphabet") {
      guard let known = Alphabet(rawValue: name) else {
        throw ProviderError("\(name) is no alphabet")
      }
      alphabet = known
    }
    self.init(
      prefixes: try reader.texts("prefixes") ?? [], length: shortest...longest, alphabet: alphabet)
    try reader.refuseOthers(than: ["prefixes", "shortest", "longest", "alphabet"])
  }

  public func problem(with key: String) -> Problem? {
    if key.isEmpty { return .empty }
    guard key.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
      return .blanks
    }
    if !prefixes.isEmpty, !prefixes.contains(where: { key.hasPrefix($0) }) {
      return .prefix(prefixes)
    }
    let count = key.utf8.count
    if !length.contains(count) { return .length(count, length) }
    let isIn: (Character) -> Bool =
      switch alphabet {
      case .visible: { _ in true }
      case .token: { $0.isLetter || $0.isNumber || "-_.".contains($0) }
      case .hexadecimal: { $0.isHexDigit }
      }
    return key.allSatisfy(isIn) ? nil : .characters
  }
}

extension Provider {
  /// What is wrong with a key for this provider; `nil` where it may be right. Credentials of a cloud
  /// are looked at when they are used.
  public func problem(with key: APIKey) -> KeyPattern.Problem? {
    if authentication.cloud != nil, key.value.hasPrefix("{") { return nil }
    return (keyPattern ?? KeyPattern(length: 1...4096)).problem(with: key.value)
  }
}
