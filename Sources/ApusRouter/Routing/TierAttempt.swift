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
  private let notes = GuardNotes()

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
      let reason = Guard.withoutSecrets((cause as? ApusError)?.message ?? String(describing: cause))
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
    do {
      let success = try await attempt(commitment).run()
      tellNotes()
      end(.success)
      learn(success)
      router.remember(request, tier)
      await settle(success)
      let now = ContinuousClock.now
      record(.success, start)
      count("answered", start, firstToken: success.firstContent)
      metrics?.endRequest("answered", took: now - began)
      router.log(.success(tier, trace.identifier, took: now - start, total: now - began))
      // Last: whoever reads it may be gone at once, and the record must be whole by then.
      sink.yield(success.finish)
      return .answered
    } catch {
      tellNotes()
      if error.cause is Commitment.Lost {
        end(.neither)
        await settle(error.shown, "overtaken", mayCost: true)
        record(.overtaken, start)
        count("overtaken", start)
        return .overtaken
      }
      // A tier that stops by itself has failed; only the caller cancels the request.
      if Task.isCancelled {
        end(.neither)
        await settle(error.shown, "cancelled", mayCost: true)
        count("cancelled", start)
        throw CancellationError()
      }
      let failure = fail(error.cause, start)
      count(failureReason(error.cause), start)
      await settle(error.shown, failureReason(error.cause), mayCost: error.shown != nil)
      if let shown = error.shown { throw BrokenOff(tier: tier, cause: error.cause, shown: shown) }
      return .failed(failure)
    }
  }

  /// - Throws: `AttemptRun.Failure` where the guard does not let the prompt out.
  private func attempt(_ commitment: Commitment?) throws(AttemptRun.Failure) -> AttemptRun {
    var run = AttemptRun(
      target: target, request: try guarded(request), limits: limits, sink: sink,
      commitment: commitment,
      onCommit: {
        if let seam { trace.record(seam) }
        trace.answering(tier)
      },
      observe: { head in
        guard let provider = tier.provider else { return }
        router.quotas.reconcile(target.endpoint, provider.rateLimits(in: head))
      })
    if let sets = router.guarding?.answers, !sets.isEmpty {
      run.guarded = GuardedAnswer(sets) { [notes] in notes.add($0, $1, .answer) }
    }
    return run
  }

  private func guarded(_ request: Request) throws(AttemptRun.Failure) -> Request {
    guard let ready = router.guarding else { return request }
    let sets = tier.isElsewhere ? ready.prompts : ready.localPrompts
    do throws(ApusError) {
      return try GuardedRequest(sets: sets) { notes.add($0, $1, .prompt) }.run(request)
    } catch {
      throw AttemptRun.Failure(cause: error, shown: nil)
    }
  }

  /// Puts what the guard has met into the trace, the log and the audit.
  private func tellNotes() {
    for var finding in notes.takeAll() {
      finding.tier = tier.number
      trace.record(finding)
      metrics?.find(finding)
      guard finding.action.holds else { continue }
      router.log(.guarded(tier, trace.identifier, finding))
      audit(
        .guardActed,
        "\(finding.kind.rawValue): \(finding.action.rawValue) in the \(finding.place.rawValue), "
          + "\(finding.count) times")
    }
  }

  private func audit(_ action: AuditEvent.Action, _ reason: String) {
    router.audit(action, tier, target, request, identifier: trace.identifier, reason)
  }

  private func fail(_ cause: any Error, _ start: ContinuousClock.Instant) -> FailureClass {
    let took = ContinuousClock.now - start
    let reason = FailureReason(cause, limit: limits.total, took: took)
    let failure = FailureClass(cause)
    if let error = cause as? ApusError, error.code == .guardRefused { trace.record(refusal: error) }
    let hasOpened = router.health.end(
      target.endpoint, ticket.pass, failure.isFault ? .fault : .neither, failure: failure,
      reason: reason.short)
    if hasOpened { audit(.breakerOpened, reason.short) }
    switch (cause as? ApusError)?.code {
    case .addressRefused: audit(.addressRefused, reason.short)
    case .certificateRefused: audit(.certificateRefused, reason.short)
    default: if failure == .keyDead { audit(.keyRefused, reason.short) }
    }
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

  private var metrics: RouterMetrics? { router.options.metrics }

  private func count(
    _ outcome: String, _ start: ContinuousClock.Instant, firstToken: Duration? = nil
  ) {
    metrics?.endAttempt(
      RouterMetrics.Place(tier, target), outcome, took: .now - start, firstToken: firstToken)
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
    metrics?.spend(RouterMetrics.Place(tier, target), used.usage, cost)
  }

  private func failureReason(_ cause: any Error) -> String {
    (cause as? ApusError)?.code.rawValue ?? "error"
  }
}
