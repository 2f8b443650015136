/// A key, which no description, mirror or dump shows.
public struct APIKey: Sendable, Hashable {
  /// What is sent. Keep it out of messages.
  public let value: String

  public init(_ value: String) { self.value = value }

  /// Whether there is an Authorization header: neither an empty key nor `optional` makes one.
  public var isSent: Bool { !value.isEmpty && value != "optional" }

  /// Tells keys apart without telling them: the beginning of the SHA-256, in hexadecimal.
  public var fingerprint: String {
    "sha256:" + hexadecimal(Array(Digest.sha256(Array(value.utf8)).prefix(6)))
  }

  /// `text` with the key, should it hold it, made unreadable.
  public func removed(from text: String) -> String {
    value.utf8.count >= 4 ? text.replacing(value, with: "[key]") : text
  }
}

extension APIKey: ExpressibleByStringLiteral {
  public init(stringLiteral value: String) { self.init(value) }
}

extension APIKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "[key]" }
  public var debugDescription: String { "[key]" }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
