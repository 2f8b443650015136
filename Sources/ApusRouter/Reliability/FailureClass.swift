import ApusCore
import ApusRemote

/// What a failure means for what is tried next.
enum FailureClass: Sendable, Hashable {
  /// The key is refused, or has nothing left to spend: dead until the configuration is read again.
  case keyDead
  /// The key has to rest.
  case rateLimited(retryAfter: Duration?)
  /// The model is not there, and will not be on another try.
  case modelGone
  /// The prompt is too long for this model; one with more context may take it.
  case contextOverflow
  /// The request is not accepted as it is.
  case refused
  /// Nothing came in time. Such a route is left, never tried again.
  case silent
  /// The network, a 5xx, a malformed answer, a full queue: another try may succeed.
  case transient(retryAfter: Duration?)
  /// A file is missing or damaged, an address or a certificate is wrong: another try fails like this
  /// one.
  case permanent

  init(_ error: any Error) {
    guard let error = error as? ApusError else {
      self = .transient(retryAfter: nil)
      return
    }
    let remote = error.cause as? RemoteFailure
    switch error.code {
    case .authentication: self = .keyDead
    case .rateLimited:
      self = remote?.isQuotaSpent == true ? .keyDead : .rateLimited(retryAfter: remote?.retryAfter)
    case .modelNotFound: self = .modelGone
    case .contextOverflow: self = .contextOverflow
    case .invalidRequest, .deadlineTooShort, .notANumber, .guardRefused: self = .refused
    case .timeout: self = .silent
    case .fileNotFound, .fileDamaged, .fileTruncated, .unsupportedModel, .notEnoughMemory,
      .configuration, .certificateRefused, .addressRefused:
      self = .permanent
    default: self = .transient(retryAfter: remote?.retryAfter)
    }
  }

  /// Whether the breaker counts it: the others say nothing about the route's health.
  var isFault: Bool {
    switch self {
    case .silent, .transient, .permanent: true
    case .keyDead, .rateLimited, .modelGone, .contextOverflow, .refused: false
    }
  }

  /// Whether another key of the same tier may do better.
  var isOfTheKey: Bool {
    switch self {
    case .keyDead, .rateLimited: true
    case .modelGone, .contextOverflow, .refused, .silent, .transient, .permanent: false
    }
  }
}
