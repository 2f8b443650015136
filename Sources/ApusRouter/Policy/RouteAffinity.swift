import ApusCore
import Synchronization

/// Which tier answered a conversation last, for a while: what it has read already it need not read
/// again, or charges less for.
final class RouteAffinity: Sendable {
  private struct Entry {
    var tier: Int
    var until: ContinuousClock.Instant
  }
  private let state = Mutex<[Int: Entry]>([:])
  private let timeToLive: Duration
  private let timing: RouterTiming
  private static let limit = 10_000

  init(timeToLive: Duration, timing: RouterTiming) {
    self.timeToLive = timeToLive
    self.timing = timing
  }

  /// A conversation is known by its caller, its instructions and the first that its user says.
  /// `nil` of text to be continued.
  static func key(_ request: Request) -> Int? {
    guard case .messages(let messages) = request.prompt else { return nil }
    var hasher = Hasher()
    hasher.combine(request.route.caller)
    for message in messages {
      hasher.combine(message.role)
      hasher.combine(message.content)
      if message.role == .user { break }
    }
    return hasher.finalize()
  }

  func tier(_ key: Int) -> Int? {
    let now = timing.now()
    return state.withLock { entries in
      guard let entry = entries[key] else { return nil }
      if entry.until > now { return entry.tier }
      entries[key] = nil
      return nil
    }
  }

  func remember(_ key: Int, tier: Int) {
    let now = timing.now()
    state.withLock { entries in
      entries[key] = Entry(tier: tier, until: now + timeToLive)
      guard entries.count > Self.limit else { return }
      entries = entries.filter { $0.value.until > now }
      // All of them are young: the older half goes.
      if entries.count > Self.limit {
        let middle = entries.values.map(\.until).sorted()[entries.count / 2]
        entries = entries.filter { $0.value.until > middle }
      }
    }
  }
}
