import Synchronization

/// Which of two attempts at one request answers: the first to have something to show. The other
/// learns that it has lost.
final class Commitment: Sendable {
  struct Lost: Error {}

  private struct State {
    var winner: Endpoint?
    var waiting: [Endpoint: AsyncStream<Void>.Continuation] = [:]
  }
  private let state = Mutex(State())

  var isClaimed: Bool { state.withLock { $0.winner != nil } }

  /// - Returns: Whether `endpoint` answers.
  func claim(_ endpoint: Endpoint) -> Bool {
    let (won, losers) = state.withLock { state in
      if state.winner == nil { state.winner = endpoint }
      let losers = state.waiting.filter { $0.key != state.winner }.map(\.value)
      return (state.winner == endpoint, losers)
    }
    for loser in losers { loser.finish() }
    return won
  }

  /// Returns when another than `endpoint` has been chosen.
  /// - Throws: `CancellationError`.
  func loss(of endpoint: Endpoint) async throws {
    let (signal, continuation) = AsyncStream<Void>.makeStream()
    let hasLost = state.withLock { state in
      state.waiting[endpoint] = continuation
      return state.winner != nil && state.winner != endpoint
    }
    if hasLost { return }
    for await _ in signal {}
    try Task.checkCancellation()
  }
}
