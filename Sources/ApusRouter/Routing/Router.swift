public import ApusCore

/// Where the router writes its log, line by line.
public typealias RouterLog = @Sendable (String) -> Void

/// Asks an ordered list of tiers; the first success wins. Itself a model.
///
/// Each attempt gets its tier's timeout, and at most what is left of the caller's deadline. After
/// the first text there is no other tier: a stream that breaks then ends with
/// `ApusError.streamInterrupted`, which carries the text so far.
public struct Router: LanguageModel {
  public let tiers: [Tier]
  public var name: String { "router" }
  private let log: RouterLog

  /// - Parameter tiers: In order; those that are not enabled are left out.
  /// - Throws: `ApusError.configuration` where no tier is left.
  public init(tiers: [Tier], log: @escaping RouterLog = { _ in }) throws(ApusError) {
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
    self.log = log
  }

  public func stream(_ request: Request) -> EventStream { route(request).events }

  /// The whole answer, with the name of the model that gave it.
  /// - Throws: `ApusError`; `CancellationError` when the task was cancelled.
  public func respond(_ request: Request) async throws -> Response {
    let routed = route(request)
    var response = try await Response(of: routed.events, model: name)
    response.model = routed.trace.modelName ?? name
    return response
  }

  /// The answer, and the record of how it came about.
  public func route(_ request: Request) -> RoutedAnswer {
    let trace = RouteTrace()
    let events = EventStream { sink in
      let run = RoutingRun(tiers: tiers, request: request, trace: trace, log: log)
      try await run.run(sink)
    }
    return RoutedAnswer(events: events, trace: trace)
  }
}
