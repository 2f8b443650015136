public import ApusCore

/// Asks tiers in order; the first success wins. Itself a model.
///
/// Each attempt gets its tier's timeouts, and at most what is left of the caller's deadline. A tier
/// that fails is left for the next at once; the last is tried again, where that can help. Keys
/// that are refused, routes that keep failing and models that are gone are remembered and passed
/// over. After the first part of an answer there is no other tier: a stream that breaks then ends
/// with `ApusError.streamInterrupted`, which carries the text so far, unless the request allows a
/// local model to continue it.
public struct Router: LanguageModel {
  public let tiers: [Tier]
  public let options: RouterOptions
  public var name: String { "router" }
  let health: RouteHealth
  let hedges: HedgeBudget
  let quotas: QuotaKeeper
  let ledger: (any LedgerStore)?
  let budget: BudgetKeeper?
  let affinity: RouteAffinity?
  let turns = Turns()
  let guarding: ReadyGuard?
  let timing: RouterTiming
  let log: RouterLog

  /// - Parameters:
  ///   - tiers: In order; those that are not enabled are left out.
  ///   - former: A router whose counters go on: limits, speeds, breakers, the ledger. Keys that it
  ///     gave up are tried again.
  /// - Throws: `ApusError.configuration` where no tier is left.
  public init(
    tiers: [Tier], options: RouterOptions = RouterOptions(), inheriting former: Router? = nil,
    log: @escaping RouterLog = { _ in }
  ) throws(ApusError) {
    try self.init(tiers: tiers, options: options, inheriting: former, timing: .live, log: log)
  }

  init(
    tiers: [Tier], options: RouterOptions = RouterOptions(), inheriting former: Router? = nil,
    timing: RouterTiming, log: @escaping RouterLog = { _ in }
  ) throws(ApusError) {
    var enabled: [Tier] = []
    for (index, tier) in tiers.enumerated() where tier.isEnabled {
      var tier = tier
      if tier.number == 0 { tier.number = index + 1 }
      enabled.append(tier)
    }
    guard !enabled.isEmpty else {
      throw RouterError.noTier([]).asApusError
    }
    self.tiers = enabled
    self.options = options
    self.timing = timing
    self.log = log
    health = RouteHealth(timing: timing)
    hedges = former?.hedges ?? HedgeBudget()
    quotas = former?.quotas ?? QuotaKeeper(timing: timing, counters: options.counters, log: log)
    guarding = options.guarding.map(ReadyGuard.init)
    // A budget needs something that counts.
    let ledger =
      options.ledger ?? former?.ledger ?? (options.budget == nil ? nil : MemoryLedger())
    self.ledger = ledger
    if let limits = options.budget, let ledger {
      budget = BudgetKeeper(limits, ledger: ledger, timing: timing)
    } else {
      budget = nil
    }
    affinity = options.affinity.map { RouteAffinity(timeToLive: $0, timing: timing) }
    if let former { health.inherit(former.health) }
  }

  /// Writes down what matters to safety, where there is a log of that.
  func audit(
    _ action: AuditEvent.Action, _ tier: Tier, _ target: Target, _ request: Request,
    identifier: String? = nil, _ reason: String
  ) {
    options.audit?.write(
      AuditEvent(
        action, time: timing.wall(), request: identifier, tier: tier, target: target,
        caller: request.route.caller, reason: reason), complain: log)
  }

  public func stream(_ request: Request) -> EventStream { route(request).events }

  /// The whole answer, with the name of the model that gave it.
  /// - Throws: `ApusError`; `CancellationError` when the task was cancelled.
  public func respond(_ request: Request) async throws -> Response {
    try await respond(route(request))
  }

  /// The whole answer of a model on this machine; no other tier is asked.
  /// - Throws: `ApusError`; `CancellationError` when the task was cancelled.
  public func respond(_ request: PrivateRequest) async throws -> Response {
    try await respond(route(request))
  }

  private func respond(_ routed: RoutedAnswer) async throws -> Response {
    var response = try await Response(of: routed.events, model: name)
    response.model = routed.trace.modelName ?? name
    return response
  }

  /// The answer, and the record of how it came about.
  public func route(_ request: Request) -> RoutedAnswer { route(request, onDevice: false) }

  /// The same of a request that goes to tiers on this machine alone.
  public func route(_ request: PrivateRequest) -> RoutedAnswer {
    route(request.request, onDevice: true)
  }

  func remember(_ request: Request, _ tier: Tier) {
    guard let affinity, let key = RouteAffinity.key(request) else { return }
    affinity.remember(key, tier: tier.number)
  }

  private func route(_ request: Request, onDevice: Bool) -> RoutedAnswer {
    let trace = RouteTrace()
    let events = EventStream { sink in
      let began = ContinuousClock.now
      do {
        let cached = CachedRoute(
          router: self, request: request, onDevice: onDevice, trace: trace, sink: sink)
        if let cached { return try await cached.run() }
        var run = RoutingRun(
          router: self, request: request, onDevice: onDevice, trace: trace, sink: sink)
        try await run.run()
      } catch {
        let outcome = (error as? ApusError)?.code.rawValue ?? "cancelled"
        options.metrics?.endRequest(outcome, took: .now - began)
        throw error
      }
    }
    return RoutedAnswer(events: events, trace: trace)
  }
}

/// How a router works, beyond its tiers. What is `nil` is left out.
public struct RouterOptions: Sendable {
  /// In which order tiers are asked.
  public var policy = RoutingPolicy.ordered
  /// Other names for models, by the name that a request may have.
  public var aliases: [String: String] = [:]
  /// How long a conversation goes first to the tier that answered it last; `nil` is not at all.
  public var affinity: Duration?
  /// Whether the log says for each request in which order tiers are asked, and why.
  public var isExplaining = false
  /// Whether a second tier is asked when the first is unusually slow to begin (later than 19 of 20
  /// of its answers), at most for one request in twenty. A request can ask for it by itself.
  public var isHedging: Bool
  /// What may be spent. Counted by the ledger, or by one of the router's own where that is `nil`.
  public var budget: Budget?
  /// Where every attempt is written down.
  public var ledger: (any LedgerStore)?
  /// Where the counters of limits for days and months are kept beyond this process.
  public var counters: (any CounterStore)?
  /// Answers that are kept; a request says whether it wants one (`RouteOptions.cache`).
  public var cache: ResponseCache?
  /// The tokens of a request's prompt for a model, where its tokenizer is at hand; else `nil`, and
  /// they are estimated.
  public var countTokens: @Sendable (_ model: String, Request) -> Int?

  /// What is done about secrets and the like in prompts and answers.
  public var guarding: Guard? = Guard()
  /// Where what matters to safety is written down.
  public var audit: AuditLog?
  /// Where requests, attempts, tokens and the like are counted.
  public var metrics: RouterMetrics?

  public init(
    isHedging: Bool = false, budget: Budget? = nil, ledger: (any LedgerStore)? = nil,
    counters: (any CounterStore)? = nil,
    countTokens: @escaping @Sendable (_ model: String, Request) -> Int? = { _, _ in nil }
  ) {
    self.isHedging = isHedging
    self.budget = budget
    self.ledger = ledger
    self.counters = counters
    self.countTokens = countTokens
  }
}
