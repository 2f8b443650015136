/// The error of everything above the leaves: what went wrong, in a form that code can tell apart
/// (`code`), that a person can act on (`message`: the thing, the place, the remedy), and what
/// caused it.
public struct ApusError: Error, Sendable, CustomStringConvertible {
  /// Open set: more may come; switch with a default.
  public struct Code: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.rawValue = value }

    // A local model.
    public static let fileNotFound: Code = "file_not_found"
    public static let fileDamaged: Code = "file_damaged"
    public static let fileTruncated: Code = "file_truncated"
    public static let unsupportedModel: Code = "unsupported_model"
    public static let notEnoughMemory: Code = "not_enough_memory"
    public static let contextOverflow: Code = "context_overflow"
    public static let busy: Code = "busy"
    public static let deadlineTooShort: Code = "deadline_too_short"
    public static let notANumber: Code = "not_a_number"

    // A remote tier.
    public static let network: Code = "network"
    public static let certificateRefused: Code = "certificate_refused"
    public static let addressRefused: Code = "address_refused"
    public static let authentication: Code = "authentication"
    public static let rateLimited: Code = "rate_limited"
    public static let modelNotFound: Code = "model_not_found"
    public static let badResponse: Code = "bad_response"
    public static let upstream: Code = "upstream"
    public static let streamInterrupted: Code = "stream_interrupted"

    // Either.
    public static let timeout: Code = "timeout"
    public static let invalidRequest: Code = "invalid_request"
    public static let configuration: Code = "configuration"
    public static let guardRefused: Code = "guard_refused"
    public static let allTiersFailed: Code = "all_tiers_failed"
    public static let internalError: Code = "internal_error"
  }

  public var code: Code
  public var message: String
  public var cause: (any Error)?
  /// The text that had been streamed when a stream broke.
  public var partialText: String?

  public init(
    _ code: Code, _ message: String, cause: (any Error)? = nil, partialText: String? = nil
  ) {
    self.code = code
    self.message = message
    self.cause = cause
    self.partialText = partialText
  }

  public var description: String { message }
}
