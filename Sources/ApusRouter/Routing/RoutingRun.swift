import ApusCore

/// One request on its way down the tiers.
struct RoutingRun: Sendable {
  private let router: Router
  private let request: Request
  private let trace: RouteTrace
  private let sink: EventStream.Sink
  private let choice: RouteChoice
  private let began = ContinuousClock.now
  /// The tiers that have been asked beside another.
  private var asked: Set<Int> = []

  /// - Parameter onDevice: Whether the request must not leave this machine.
  init(
    router: Router, request: Request, onDevice: Bool, trace: RouteTrace, sink: EventStream.Sink
  ) {
    self.router = router
    self.request = request
    self.trace = trace
    self.sink = sink
    choice = router.choice(for: request, onDevice: onDevice)
  }

  /// How a tier fared.
  private enum Outcome {
    case answered
    case failed(FailureClass)
    /// None of its targets may be asked now.
    case passedOver
  }

  mutating func run() async throws {
    router.hedges.countRequest()
    trace.record(choice)
    if router.options.isExplaining {
      for line in choice.explanation {
        router.log(LogEntry(.debug, line, ["request": trace.identifier]))
      }
    }
    for (tier, reason) in choice.leftOut { passOver(tier, reason) }
    do {
      if try await goDown() { return }
    } catch let broken as TierAttempt.BrokenOff {
      return try await Rescue(
        router: router, request: request, trace: trace, sink: sink, tiers: choice.tiers
      ).run(after: broken)
    }
    throw trace.onlyRefusal ?? RouterError.allTiersFailed(trace.attempts).asApusError
  }

  /// - Returns: Whether there was an answer.
  private mutating func goDown() async throws -> Bool {
    var last: (tier: Tier, failure: FailureClass)?
    let tiers = choice.tiers
    for (index, tier) in tiers.enumerated() where !asked.contains(tier.number) {
      switch try await ask(tier, others: Array(tiers[(index + 1)...])) {
      case .answered: return true
      case .failed(let failure): last = (tier, failure)
      case .passedOver: break
      }
    }
    if let last { return try await retry(last.tier, last.failure) }
    if let (tier, target) = leastRecentlyFailed() {
      // All breakers are open: better a route that may work again than none.
      if case .answered = try await ask(tier, others: [], forcing: target) { return true }
    }
    return false
  }

  // MARK: The last tier

  /// - Returns: Whether one of the retries was answered.
  private mutating func retry(_ tier: Tier, _ failure: FailureClass) async throws -> Bool {
    // Without a caller's deadline the tier's own timeout holds for all that is tried.
    let patience = request.deadline ?? began + tier.timeout
    var failure = failure
    for number in 0..<Backoff.retryLimit {
      guard let wait = wait(after: failure, number), ContinuousClock.now + wait < patience else {
        return false
      }
      try await router.timing.sleep(wait)
      switch try await ask(tier, others: []) {
      case .answered: return true
      case .failed(let next): failure = next
      case .passedOver: return false
      }
    }
    return false
  }

  private func wait(after failure: FailureClass, _ number: Int) -> Duration? {
    switch failure {
    case .rateLimited(let retryAfter): Backoff.rest(retryAfter: retryAfter)
    case .transient(let retryAfter):
      max(
        Backoff.delay(retry: number, random: router.timing.random()),
        min(retryAfter ?? .zero, Backoff.longestKeyRest))
    case .keyDead, .modelGone, .contextOverflow, .refused, .silent, .permanent: nil
    }
  }

  private func leastRecentlyFailed() -> (Tier, Target)? {
    let open = choice.tiers.flatMap { tier in
      tier.targets.compactMap { target in
        router.health.openSince(target.endpoint).map { (tier, target, $0) }
      }
    }
    return open.min { $0.2 < $1.2 }.map { ($0.0, $0.1) }
  }

  // MARK: One tier

  /// Asks a tier with its keys in turn, until one fails for another reason than the key.
  /// - Parameter others: The tiers that may be asked after it.
  private mutating func ask(
    _ tier: Tier, others: [Tier], forcing forced: Target? = nil
  ) async throws -> Outcome {
    var outcome = Outcome.passedOver
    var reasons: [String] = []
    for target in forced.map({ [$0] }) ?? router.health.inTurn(tier) {
      try Task.checkCancellation()
      guard let limits = limits(tier, others) else {
        passOver(tier, "no time left")
        return .failed(.silent)
      }
      switch router.admit(tier, target, request, isForced: forced != nil) {
      case .refused(let reason):
        if !reasons.contains(reason) { reasons.append(reason) }
      case .granted(let ticket):
        switch try await ask(attempt(tier, target, ticket, limits), others) {
        case .answered: return .answered
        // Whoever overtook it has failed too, or this would not go on.
        case .overtaken: return .failed(.transient(retryAfter: nil))
        case .failed(let failure):
          outcome = .failed(failure)
          guard failure.isOfTheKey else { return outcome }
        }
      }
    }
    if case .passedOver = outcome { passOver(tier, reasons.joined(separator: "; ")) }
    return outcome
  }

  private func attempt(
    _ tier: Tier, _ target: Target, _ ticket: Ticket, _ limits: AttemptLimits
  ) -> TierAttempt {
    TierAttempt(
      router: router, request: request, trace: trace, sink: sink, began: began, tier: tier,
      target: target, ticket: ticket, limits: limits)
  }

  private func limits(_ tier: Tier, _ others: [Tier]) -> AttemptLimits? {
    let left = request.deadline.map { $0 - .now }
    if let left, left <= .zero { return nil }
    return AttemptLimits(tier.timeouts, left: left, others: others.map(\.timeout))
  }

  private func passOver(_ tier: Tier, _ reason: String) {
    router.log(.passedOver(tier, trace.identifier, reason))
    router.options.metrics?.passOver(tier, reason)
    trace.record(
      Attempt(tier: tier.number, name: tier.name, outcome: .passedOver(reason), milliseconds: 0))
  }

  // MARK: Two tiers at once

  private mutating func ask(
    _ attempt: TierAttempt, _ others: [Tier]
  ) async throws -> TierAttempt.Outcome {
    guard router.options.isHedging || request.route.allowsHedging,
      let delay = router.health.speed(attempt.target.endpoint).p95, !others.isEmpty
    else { return try await attempt.run() }
    // The local tier costs nothing.
    let candidates = others.filter(\.isLocal) + others.filter { !$0.isLocal }
    let hedged = HedgedAttempt(first: attempt, delay: delay) { [self] in
      second(of: candidates)
    }
    let result = try await hedged.run()
    if let number = result.alsoAsked { asked.insert(number) }
    return result.outcome
  }

  private func second(of candidates: [Tier]) -> TierAttempt? {
    guard router.hedges.take() else { return nil }
    for tier in candidates {
      guard let limits = limits(tier, []) else { return nil }
      for target in tier.targets {
        if case .granted(let ticket) = router.admit(tier, target, request) {
          return attempt(tier, target, ticket, limits)
        }
      }
    }
    return nil
  }
}
