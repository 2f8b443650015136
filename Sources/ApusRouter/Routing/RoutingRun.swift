import ApusCore

/// One request on its way down the tiers.
struct RoutingRun: Sendable {
  let tiers: [Tier]
  let request: Request
  let trace: RouteTrace
  let log: RouterLog

  func run(_ sink: EventStream.Sink) async throws {
    let start = ContinuousClock.now
    for tier in tiers {
      try Task.checkCancellation()
      let began = ContinuousClock.now
      var limit = tier.timeout
      if let deadline = request.deadline { limit = min(limit, deadline - began) }
      guard limit > .zero else {
        record(tier, began, ApusError(.timeout, "no time left"), limit: tier.timeout)
        continue
      }
      log(LogLine.trying(tier))
      do {
        let finish = try await attempt(tier, limit: limit, sink)
        let now = ContinuousClock.now
        let took = (now - began).wholeMilliseconds
        trace.record(
          Attempt(tier: tier.number, name: tier.name, outcome: .success, milliseconds: took))
        log(LogLine.success(tier, took: now - began, total: now - start))
        // Last: whoever reads it may be gone at once, and the record must be whole by then.
        sink.yield(finish)
        return
      } catch let failure as AttemptFailure {
        // A tier that stops by itself has failed; only the caller cancels the request.
        if Task.isCancelled { throw CancellationError() }
        record(tier, began, failure.cause, limit: limit)
        if let text = failure.shownText { throw interrupted(tier, failure.cause, text) }
      }
    }
    throw RouterError.allTiersFailed(trace.attempts).asApusError
  }

  private func record(
    _ tier: Tier, _ began: ContinuousClock.Instant, _ error: any Error, limit: Duration
  ) {
    let took = ContinuousClock.now - began
    let reason = FailureReason(error, limit: limit, took: took)
    log(LogLine.failure(tier, reason.short))
    trace.record(
      Attempt(
        tier: tier.number, name: tier.name, outcome: .failure(reason.short),
        milliseconds: took.wholeMilliseconds, detail: reason.detail))
  }

  private func interrupted(_ tier: Tier, _ cause: any Error, _ text: String) -> ApusError {
    let reason = (cause as? ApusError)?.message ?? String(describing: cause)
    return ApusError(
      .streamInterrupted, "Tier \(tier.number): \(tier.name): the answer broke off: \(reason)",
      cause: cause, partialText: text)
  }

  /// An attempt that failed, and what had been shown of it by then.
  private struct AttemptFailure: Error {
    var cause: any Error
    var shownText: String?
  }

  /// Passes the tier's events on until its answer ends.
  /// - Returns: The `.finished` event, which is not passed on.
  private func attempt(
    _ tier: Tier, limit: Duration, _ sink: EventStream.Sink
  ) async throws -> Event {
    var asked = request
    asked.deadline = .now + limit
    let state = SharedAttemptState()
    do {
      return try await withThrowingTaskGroup(of: Event.self) { [asked] group in
        group.addTask {
          for try await event in tier.model.stream(asked) {
            switch event {
            case .prefill: break
            case .reasoning, .text, .toolCall:
              if state.withLock({ $0.receive(text: event.text) }) { trace.answering(tier) }
            case .finished:
              state.withLock { $0.finish() }
              trace.answering(tier)
              return event
            }
            sink.yield(event)
          }
          try Task.checkCancellation()
          throw ApusError(.badResponse, "the stream ended without a finish")
        }
        group.addTask {
          try await Task.sleep(for: limit)
          throw ApusError(.timeout, "timeout after \(limit.wholeMilliseconds)ms")
        }
        defer { group.cancelAll() }
        guard let finish = try await group.next() else { throw CancellationError() }
        return finish
      }
    } catch {
      let (failure, text) = state.withLock { ($0.fail(), $0.text) }
      switch failure {
      case .isLate, .mayFailOver: throw AttemptFailure(cause: error, shownText: nil)
      case .isFinal: throw AttemptFailure(cause: error, shownText: text)
      }
    }
  }
}
