import ApusCore
import ApusRemote

/// One attempt with all that is kept of it: the log, the trace, the health of its endpoint.
struct TierAttempt: Sendable {
  let router: Router
  let request: Request
  let trace: RouteTrace
  let sink: EventStream.Sink
  /// When the request began.
  let began: ContinuousClock.Instant
  let tier: Tier
  let target: Target
  /// The right to ask.
  let ticket: Ticket
  let limits: AttemptLimits
  /// Where this continues another's answer.
  var seam: RouteTrace.Seam?

  enum Outcome: Sendable {
    case answered
    case failed(FailureClass)
    /// Another attempt showed its answer first.
    case overtaken
  }

  /// An answer that broke off after its first part.
  struct BrokenOff: Error {
    var tier: Tier
    var cause: any Error
    var shown: AttemptRun.Shown

    /// - Parameter text: All that was shown, by this tier and those before it.
    func error(_ text: String) -> ApusError {
      let reason = (cause as? ApusError)?.message ?? String(describing: cause)
      return ApusError(
        .streamInterrupted, "Tier \(tier.number): \(tier.name): the answer broke off: \(reason)",
        cause: cause, partialText: text)
    }
  }

  /// - Parameter commitment: Where another attempt runs at the same time.
  /// - Throws: `BrokenOff`; `CancellationError` when the request was given up.
  func run(_ commitment: Commitment? = nil) async throws -> Outcome {
    router.log(.trying(tier, trace.identifier))
    let start = ContinuousClock.now
    let attempt = AttemptRun(
      target: target, request: request, limits: limits, sink: sink, commitment: commitment,
      onCommit: {
        if let seam { trace.record(seam) }
        trace.answering(tier)
      },
      observe: { head in
        guard let provider = tier.provider else { return }
        router.quotas.reconcile(target.endpoint, provider.rateLimits(in: head))
      })
    do {
      let success = try await attempt.run()
      end(.success)
      learn(success)
      router.remember(request, tier)
      await settle(success)
      let now = ContinuousClock.now
      record(.success, start)
      router.log(.success(tier, trace.identifier, took: now - start, total: now - began))
      // Last: whoever reads it may be gone at once, and the record must be whole by then.
      sink.yield(success.finish)
      return .answered
    } catch {
      if error.cause is Commitment.Lost {
        end(.neither)
        await settle(error.shown, "overtaken", mayCost: true)
        record(.overtaken, start)
        return .overtaken
      }
      // A tier that stops by itself has failed; only the caller cancels the request.
      if Task.isCancelled {
        end(.neither)
        await settle(error.shown, "cancelled", mayCost: true)
        throw CancellationError()
      }
      let failure = fail(error.cause, start)
      await settle(error.shown, failureReason(error.cause), mayCost: error.shown != nil)
      if let shown = error.shown { throw BrokenOff(tier: tier, cause: error.cause, shown: shown) }
      return .failed(failure)
    }
  }

  private func fail(_ cause: any Error, _ start: ContinuousClock.Instant) -> FailureClass {
    let took = ContinuousClock.now - start
    let reason = FailureReason(cause, limit: limits.total, took: took)
    let failure = FailureClass(cause)
    router.health.end(
      target.endpoint, ticket.pass, failure.isFault ? .fault : .neither, failure: failure,
      reason: reason.short)
    router.log(.failure(tier, trace.identifier, reason.short))
    record(.failure(reason.short), start, detail: reason.detail)
    return failure
  }

  private func end(_ outcome: CircuitBreaker.Outcome) {
    router.health.end(target.endpoint, ticket.pass, outcome)
  }

  private func record(
    _ outcome: Attempt.Outcome, _ start: ContinuousClock.Instant, detail: String? = nil
  ) {
    trace.record(
      Attempt(
        tier: tier.number, name: tier.name, outcome: outcome,
        milliseconds: (ContinuousClock.now - start).wholeMilliseconds, detail: detail))
  }

  private func learn(_ success: AttemptRun.Success) {
    guard let firstContent = success.firstContent,
      case .finished(_, let usage) = success.finish
    else { return }
    router.health.learn(target.endpoint) { speed in
      speed.add(firstToken: firstContent)
      speed.add(tokens: usage.completionTokens - 1, in: success.rest)
    }
  }

  // MARK: What it cost

  private func settle(_ success: AttemptRun.Success) async {
    guard case .finished(_, let usage) = success.finish else { return }
    let isKnown = usage.totalTokens > 0
    let guess = Usage(
      promptTokens: ticket.promptTokens, completionTokens: TokenEstimate.count(success.text))
    await settle(Router.Consumption(usage: isKnown ? usage : guess, isEstimated: !isKnown))
  }

  /// - Parameter mayCost: Whether the provider may charge what it has read and written.
  private func settle(_ shown: AttemptRun.Shown?, _ failure: String, mayCost: Bool) async {
    let usage =
      mayCost
      ? Usage(
        promptTokens: ticket.promptTokens,
        completionTokens: TokenEstimate.count(shown?.text ?? "")) : Usage()
    await settle(Router.Consumption(usage: usage, isEstimated: mayCost, failure: failure))
  }

  private func settle(_ used: Router.Consumption) async {
    let cost = await router.settle(
      ticket, tier, target, request, used, identifier: trace.identifier,
      attempt: trace.nextAttempt())
    trace.add(cost, isEstimated: used.isEstimated)
  }

  private func failureReason(_ cause: any Error) -> String {
    (cause as? ApusError)?.code.rawValue ?? "error"
  }
}
