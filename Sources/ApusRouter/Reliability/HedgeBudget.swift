import Synchronization

/// Keeps second attempts to one request in twenty.
final class HedgeBudget: Sendable {
  private let counts = Mutex((requests: 0, hedges: 0))
  static let requestsPerHedge = 20

  func countRequest() { counts.withLock { $0.requests += 1 } }

  /// - Returns: Whether one more is within the budget.
  func take() -> Bool {
    counts.withLock { counts in
      guard (counts.hedges + 1) * Self.requestsPerHedge <= counts.requests else { return false }
      counts.hedges += 1
      return true
    }
  }
}
