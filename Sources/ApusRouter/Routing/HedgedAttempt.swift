import ApusCore
import Synchronization

/// An attempt that is unusually slow to begin, and another tier that is asked meanwhile. The first
/// to have something to show answers; the other is given up.
struct HedgedAttempt: Sendable {
  let first: TierAttempt
  /// When the other is asked.
  let delay: Duration
  /// Makes the other attempt, where the budget and its tier allow one.
  let second: @Sendable () -> TierAttempt?

  struct Result: Sendable {
    var outcome: TierAttempt.Outcome
    /// The other tier, where it was asked and failed.
    var alsoAsked: Int?
  }

  private enum Side: Sendable {
    case first(Swift.Result<TierAttempt.Outcome, any Error>)
    case second(Swift.Result<TierAttempt.Outcome, any Error>, tier: Int)
    case notAsked
  }

  func run() async throws -> Result {
    let commitment = Commitment()
    let gate = Gate()
    let ends = await withTaskGroup(of: Side.self) { group in
      group.addTask { .first(await outcome { try await first.run(commitment) }) }
      group.addTask {
        guard (try? await Task.sleep(for: delay)) != nil, !commitment.isClaimed, gate.begin(),
          let attempt = second()
        else { return .notAsked }
        return .second(
          await outcome { try await attempt.run(commitment) }, tier: attempt.tier.number)
      }
      var mine: Swift.Result<TierAttempt.Outcome, any Error>?
      var other = Side.notAsked
      while let side = await group.next() {
        if case .first(let result) = side {
          mine = result
          // The other need not begin any more; where it has, it may still answer.
          if !gate.close() || commitment.isClaimed { group.cancelAll() }
        } else {
          other = side
        }
      }
      return (mine, other)
    }
    try Task.checkCancellation()
    guard let mine = ends.0 else { throw CancellationError() }
    guard case .second(let result, let tier) = ends.1 else {
      return Result(outcome: try mine.get())
    }
    // Whoever was committed decides: its answer, or its end in the middle.
    if case .success(.overtaken) = mine { return Result(outcome: try result.get()) }
    let fate = try mine.get()
    if case .answered = fate { return Result(outcome: fate) }
    if case .success(.failed) = result { return Result(outcome: fate, alsoAsked: tier) }
    return Result(outcome: try result.get())
  }

  private func outcome(
    _ work: () async throws -> TierAttempt.Outcome
  ) async -> Swift.Result<TierAttempt.Outcome, any Error> {
    do { return .success(try await work()) } catch { return .failure(error) }
  }

  /// Whether the other attempt may begin, and has.
  private final class Gate: Sendable {
    private let state = Mutex((isOpen: true, hasBegun: false))

    func begin() -> Bool {
      state.withLock { state in
        state.hasBegun = state.isOpen
        return state.hasBegun
      }
    }

    /// - Returns: Whether the other had begun.
    func close() -> Bool {
      state.withLock { state in
        state.isOpen = false
        return state.hasBegun
      }
    }
  }
}
