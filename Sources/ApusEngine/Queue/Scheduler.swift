import ApusCore
import Synchronization

/// Hands out the slots of a model, first come first served, and remembers what each has read.
final class Scheduler: Sendable {
  /// A slot that the holder has to itself until it gives it back.
  struct Lease: Sendable {
    fileprivate let ticket: RequestQueue.Ticket
    let slot: Int
  }

  private struct State {
    var queue: RequestQueue
    var waiters: [RequestQueue.Ticket: CheckedContinuation<Lease, any Error>] = [:]
    /// Tokens whose keys and values each slot's cache holds.
    var tokens: [[Int32]]
    var lastTicket: RequestQueue.Ticket = 0
  }

  private let state: Mutex<State>

  init(slots: Int, limit: Int) {
    state = Mutex(
      State(
        queue: RequestQueue(slots: slots, limit: limit),
        tokens: Array(repeating: [], count: max(slots, 1))))
  }

  /// Requests that wait.
  var waitingCount: Int { state.withLock { $0.queue.waiting.count } }

  /// Requests that run, and that wait.
  var counts: (running: Int, waiting: Int) {
    state.withLock { ($0.queue.running.count, $0.queue.waiting.count) }
  }

  /// Waits for a slot: one whose cache begins as `prompt` does, if there is a choice.
  /// - Parameter latest: when waiting longer is of no use.
  /// - Throws: `ApusError` `busy` when the queue is full, `deadlineTooShort` at `latest`;
  ///   `CancellationError`.
  func acquire(
    for prompt: [Int32], latest: ContinuousClock.Instant?
  ) async throws -> Lease {
    let ticket = state.withLock { state in
      state.lastTicket += 1
      return state.lastTicket
    }
    let alarm = latest.map { latest in
      Task { [self] in
        try await Task.sleep(until: latest, clock: .continuous)
        leave(
          ticket,
          throwing: ApusError(
            .deadlineTooShort,
            "the deadline leaves no time for an answer after waiting behind other requests"))
      }
    }
    defer { alarm?.cancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        arrive(ticket, prompt, continuation)
      }
    } onCancel: {
      leave(ticket, throwing: CancellationError())
    }
  }

  private func arrive(
    _ ticket: RequestQueue.Ticket, _ prompt: [Int32],
    _ continuation: CheckedContinuation<Lease, any Error>
  ) {
    // Cancelled before it came: the handler has run already, and found nobody waiting.
    if Task.isCancelled {
      continuation.resume(throwing: CancellationError())
      return
    }
    let result: Result<Lease, any Error>? = state.withLock { state in
      let preferred = state.tokens.indices.max { left, right in
        Self.commonPrefix(state.tokens[left], prompt)
          < Self.commonPrefix(state.tokens[right], prompt)
      }
      switch state.queue.arrive(ticket, preferring: preferred) {
      case .run(let slot):
        return .success(Lease(ticket: ticket, slot: slot))
      case .wait:
        state.waiters[ticket] = continuation
        return nil
      case .refuse(let waiting):
        return .failure(
          ApusError(.busy, "the model is busy: \(waiting) requests wait already; try again later"))
      }
    }
    if let result { continuation.resume(with: result) }
    // Cancelled in between: the handler may have come too early to find it.
    if result == nil, Task.isCancelled { leave(ticket, throwing: CancellationError()) }
  }

  private func leave(_ ticket: RequestQueue.Ticket, throwing error: any Error) {
    let waiter = state.withLock { state in
      state.queue.leave(ticket) ? state.waiters.removeValue(forKey: ticket) : nil
    }
    waiter?.resume(throwing: error)
  }

  /// Tokens in the slot's cache.
  func tokens(_ lease: Lease) -> [Int32] {
    state.withLock { $0.tokens[lease.slot] }
  }

  /// Gives the slot to the next request.
  /// - Parameter tokens: what its cache holds now.
  func release(_ lease: Lease, tokens: [Int32]) {
    let next = state.withLock { state -> (CheckedContinuation<Lease, any Error>, Lease)? in
      state.tokens[lease.slot] = tokens
      guard let next = state.queue.finish(lease.ticket),
        let waiter = state.waiters.removeValue(forKey: next.ticket)
      else { return nil }
      return (waiter, Lease(ticket: next.ticket, slot: next.slot))
    }
    if let (waiter, lease) = next { waiter.resume(returning: lease) }
  }

  static func commonPrefix(_ left: [Int32], _ right: [Int32]) -> Int {
    var count = 0
    let most = min(left.count, right.count)
    while count < most && left[count] == right[count] { count += 1 }
    return count
  }
}
