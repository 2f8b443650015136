import Synchronization

/// Whose turn it is, where tiers share the requests.
final class Turns: Sendable {
  private struct State {
    var next = 0
    /// By tier: how much of its share it has not had yet.
    var owed: [Int: Double] = [:]
  }
  private let state = Mutex(State())

  /// The place of each of `count` tiers, another one first each time.
  func rotation(of count: Int) -> [Double] {
    guard count > 0 else { return [] }
    let first = state.withLock { state in
      defer { state.next = (state.next + 1) % 1_000_000_007 }
      return state.next
    }
    return (0..<count).map { Double(($0 + count - first % count) % count) }
  }

  /// The place of each tier: the one that is owed most goes first, and has had it then. In any run
  /// of requests each has had its share to within one (smooth weighted round robin, as nginx does
  /// it).
  func shares(_ tiers: [(number: Int, weight: Double)]) -> [Double] {
    let total = tiers.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return tiers.map { _ in 0 } }
    return state.withLock { state in
      for tier in tiers { state.owed[tier.number, default: 0] += tier.weight }
      let owed = tiers.map { state.owed[$0.number] ?? 0 }
      if let most = owed.indices.max(by: { owed[$0] < owed[$1] }) {
        state.owed[tiers[most].number, default: 0] -= total
      }
      return owed.map { -$0 }
    }
  }
}
