import ApusCore

/// What becomes of an answer that broke off after its first part: a local model continues it where
/// the request allows that, and the trace says where; else the caller gets an error that carries
/// what came. Never a finished answer.
struct Rescue: Sendable {
  let router: Router
  let request: Request
  let trace: RouteTrace
  let sink: EventStream.Sink
  /// In the order in which the request may be given to them.
  let tiers: [Tier]

  /// - Throws: `ApusError.streamInterrupted`; `CancellationError`.
  func run(after broken: TierAttempt.BrokenOff) async throws {
    var text = (request.answerSoFar ?? "") + broken.shown.text
    let shown = broken.shown.text
    // Half a call of a tool cannot be told to another model.
    guard request.route.continuation == .local, !broken.shown.hasToolCalls, !text.isEmpty else {
      throw broken.error(shown)
    }
    for tier in tiers where tier.isLocal && tier.number != broken.tier.number {
      guard var attempt = attempt(tier, text) else { continue }
      attempt.seam = RouteTrace.Seam(offset: text.count, from: broken.tier.name, to: tier.name)
      do {
        switch try await attempt.run() {
        case .answered: return
        case .failed, .overtaken: continue
        }
      } catch let next as TierAttempt.BrokenOff {
        text += next.shown.text
        throw next.error(shown + next.shown.text)
      }
    }
    throw broken.error(shown)
  }

  private func attempt(_ tier: Tier, _ text: String) -> TierAttempt? {
    let left = request.deadline.map { $0 - .now }
    if let left, left <= .zero { return nil }
    var rest = request
    rest.answerSoFar = text
    if let maxTokens = request.options.maxTokens {
      rest.options.maxTokens = max(1, maxTokens - TokenEstimate.count(text))
    }
    for target in tier.targets {
      if case .granted(let ticket) = router.admit(tier, target, rest) {
        return TierAttempt(
          router: router, request: rest, trace: trace, sink: sink, began: .now, tier: tier,
          target: target, ticket: ticket,
          limits: AttemptLimits(tier.timeouts, left: left, others: []))
      }
    }
    return nil
  }
}
