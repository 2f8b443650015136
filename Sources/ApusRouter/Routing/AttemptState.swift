import Synchronization

/// Where one attempt stands. Another tier may be tried only while nothing was shown of this one's
/// answer; the first text commits the request to its tier.
struct AttemptState: Sendable {
  enum Phase: Sendable, Hashable {
    case waiting
    case answering
    case finished
    case failed
  }

  private(set) var phase: Phase = .waiting
  private(set) var text = ""

  enum Failure: Sendable, Hashable {
    /// Nothing was shown: the next tier may be tried.
    case mayFailOver
    /// Text was shown: the stream ends with it.
    case isFinal
    /// The attempt has ended already.
    case isLate
  }

  /// - Returns: Whether this is the first text.
  mutating func receive(text piece: String) -> Bool {
    guard phase == .waiting || phase == .answering else { return false }
    text += piece
    defer { phase = .answering }
    return phase == .waiting
  }

  mutating func finish() {
    if phase == .waiting || phase == .answering { phase = .finished }
  }

  mutating func fail() -> Failure {
    defer { if phase != .finished { phase = .failed } }
    return switch phase {
    case .waiting: .mayFailOver
    case .answering: .isFinal
    case .finished, .failed: .isLate
    }
  }
}

/// The state of one attempt, between its reader and its timer.
final class SharedAttemptState: Sendable {
  private let state = Mutex(AttemptState())

  func withLock<Result: Sendable>(
    _ body: (inout sending AttemptState) -> sending Result
  ) -> Result {
    state.withLock(body)
  }
}
