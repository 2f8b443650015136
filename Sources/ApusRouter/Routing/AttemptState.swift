import ApusCore
import Synchronization

/// Where one attempt stands. Another tier may be tried only while nothing was shown of this one's
/// answer; the first part of it commits the request to its tier.
struct AttemptState: Sendable {
  typealias Instant = ContinuousClock.Instant

  enum Phase: Sendable, Hashable {
    case waiting
    case answering
    case finished
    case failed
  }

  private(set) var phase: Phase = .waiting
  /// What was shown.
  private(set) var text = ""
  /// Whether anything but text was: that cannot be continued by another.
  private(set) var hasToolCalls = false
  /// The `.finished` event of a whole answer.
  private(set) var ending: Event?
  let began: Instant
  private(set) var firstContent: Instant?
  private(set) var lastContent: Instant?

  init(began: Instant = .now) { self.began = began }

  enum Failure: Sendable, Hashable {
    /// Nothing was shown: the next tier may be tried.
    case mayFailOver
    /// Text was shown: the stream ends with it.
    case isFinal
    /// The attempt has ended already.
    case isLate
  }

  /// A part of the answer. - Returns: Whether it is the first.
  mutating func receive(_ event: Event, at now: Instant = .now) -> Bool {
    guard phase == .waiting || phase == .answering else { return false }
    text += event.text
    if case .toolCall = event { hasToolCalls = true }
    lastContent = now
    defer { phase = .answering }
    if phase == .waiting { firstContent = now }
    return phase == .waiting
  }

  /// The answer is whole, whatever the timer says after it.
  mutating func finish(_ event: Event) {
    guard phase == .waiting || phase == .answering else { return }
    phase = .finished
    ending = event
  }

  mutating func fail() -> Failure {
    defer { if phase != .finished { phase = .failed } }
    return switch phase {
    case .waiting: .mayFailOver
    case .answering: .isFinal
    case .finished, .failed: .isLate
    }
  }

  /// The next moment at which patience ends, and what is said then.
  func patience(_ limits: AttemptLimits) -> (until: Instant, message: String) {
    var next = (began + limits.total, "timeout after \(limits.total.wholeMilliseconds)ms")
    if let lastContent {
      if let idle = limits.idle, lastContent + idle < next.0 {
        next = (lastContent + idle, "silent for \(idle.wholeMilliseconds)ms")
      }
    } else if began + limits.firstToken < next.0 {
      next = (
        began + limits.firstToken,
        "timeout after \(limits.firstToken.wholeMilliseconds)ms without a token"
      )
    }
    return next
  }
}

/// What one attempt may take.
struct AttemptLimits: Sendable, Hashable {
  var firstToken: Duration
  var idle: Duration?
  var total: Duration

  /// - Parameters:
  ///   - left: Until the caller's deadline.
  ///   - others: The timeouts of the tiers that come after this one. While nothing is shown, they
  ///     can still answer, so this one leaves them their share of the time.
  init(_ timeouts: TierTimeouts, left: Duration?, others: [Duration]) {
    total = min(timeouts.total, left ?? timeouts.total)
    idle = timeouts.idle
    firstToken = min(total, timeouts.firstToken ?? total)
    guard let left else { return }
    let all = others.reduce(timeouts.total, +)
    if all > left { firstToken = min(firstToken, left * (timeouts.total / all)) }
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
