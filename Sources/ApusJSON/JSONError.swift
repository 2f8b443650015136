/// Why a text is no JSON, and where.
public struct JSONError: Error, Sendable, Hashable {
  public enum Code: String, Sendable {
    /// The text ends inside a value.
    case truncated
    /// A byte that the grammar does not allow here.
    case unexpectedByte
    case badNumber
    /// A number beyond what a double holds.
    case numberOutOfRange
    /// A backslash followed by something else than the nine escapes.
    case badEscape
    /// Half of a surrogate pair.
    case loneSurrogate
    /// Bytes that are no UTF-8.
    case badUTF8
    /// A control character inside a string.
    case controlCharacter
    case duplicateKey
    case nestingTooDeep
    /// More bytes or more values than the limits allow.
    case tooLarge
    /// Something follows the value.
    case trailingData
  }

  public let code: Code
  public let message: String
  /// The byte, counted from 0, at which the fault shows.
  public let offset: Int

  public init(_ code: Code, _ message: String, offset: Int) {
    self.code = code
    self.message = message
    self.offset = offset
  }
}

extension JSONError: CustomStringConvertible {
  public var description: String { "JSON: \(message) at byte \(offset)" }
}
