/// What a parser accepts from outside.
public struct JSONLimits: Sendable, Hashable {
  /// Arrays and objects inside each other.
  public var depth: Int
  /// The length of the text in bytes.
  public var byteCount: Int
  /// Values of all kinds: it bounds the memory that a text can ask for (about 32 bytes a value).
  public var valueCount: Int
  /// Where true, the last of several members with one name holds; where false they are an error.
  public var allowsDuplicateKeys: Bool

  public init(
    depth: Int = 128, byteCount: Int = 256 << 20, valueCount: Int = 16_000_000,
    allowsDuplicateKeys: Bool = true
  ) {
    self.depth = depth
    self.byteCount = byteCount
    self.valueCount = valueCount
    self.allowsDuplicateKeys = allowsDuplicateKeys
  }

  public static let `default` = JSONLimits()
}
