import Synchronization

/// What a router has learnt about its endpoints: open breakers, resting and dead keys, models that
/// are gone, and how fast each answers.
final class RouteHealth: Sendable {
  typealias Instant = ContinuousClock.Instant

  private struct Record {
    var breaker = CircuitBreaker()
    var speed = EndpointSpeed()
    var inFlight = 0
  }

  private struct State {
    var records: [Endpoint: Record] = [:]
    /// By endpoint without its model: why the key is dead, or until when it rests.
    var deadKeys: [Endpoint: String] = [:]
    var restingKeys: [Endpoint: Instant] = [:]
    /// By endpoint without its key: why the model cannot be had.
    var goneModels: [Endpoint: String] = [:]
    /// By tier: whose turn it is among its keys.
    var turns: [Int: Int] = [:]
  }
  private let state = Mutex(State())
  private let timing: RouterTiming

  init(timing: RouterTiming = .live) { self.timing = timing }

  enum Admission: Sendable, Hashable {
    case granted(CircuitBreaker.Pass)
    /// Why not.
    case refused(String)
  }

  /// - Parameter isForced: Whether an open breaker is no obstacle.
  func admit(_ endpoint: Endpoint, isForced: Bool = false) -> Admission {
    let now = timing.now()
    return state.withLock { state in
      if let reason = state.deadKeys[endpoint.withoutModel] { return .refused(reason) }
      if let reason = state.goneModels[endpoint.withoutKey] { return .refused(reason) }
      if let until = state.restingKeys[endpoint.withoutModel], now < until {
        return .refused("rate limit: rests \((until - now).inSeconds)")
      }
      var record = state.records[endpoint] ?? Record()
      defer { state.records[endpoint] = record }
      if let pass = isForced ? record.breaker.force() : record.breaker.admit(at: now) {
        record.inFlight += 1
        return .granted(pass)
      }
      if case .open(let until) = record.breaker.state {
        return .refused("breaker open for \((until - now).inSeconds)")
      }
      return .refused("breaker open, being probed")
    }
  }

  /// - Parameter failure: `nil` of a success, and of an attempt that was given up.
  /// - Returns: Whether this fault has opened the breaker.
  @discardableResult func end(
    _ endpoint: Endpoint, _ pass: CircuitBreaker.Pass, _ outcome: CircuitBreaker.Outcome,
    failure: FailureClass? = nil, reason: String = ""
  ) -> Bool {
    let now = timing.now()
    let random = timing.random()
    return state.withLock { state in
      state.records[endpoint]?.inFlight -= 1
      let before = state.records[endpoint]?.breaker.state
      state.records[endpoint]?.breaker.end(pass, outcome, at: now, random: random)
      switch failure {
      case .keyDead: state.deadKeys[endpoint.withoutModel] = "key refused: \(reason)"
      case .modelGone: state.goneModels[endpoint.withoutKey] = "model gone: \(reason)"
      case .rateLimited(let retryAfter):
        state.restingKeys[endpoint.withoutModel] = now + Backoff.rest(retryAfter: retryAfter)
      default: break
      }
      let after = state.records[endpoint]?.breaker.state
      if case .open = after { return outcome == .fault && after != before }
      return false
    }
  }

  /// When an endpoint whose breaker is open last failed.
  func openSince(_ endpoint: Endpoint) -> Instant? {
    state.withLock { state in
      guard let breaker = state.records[endpoint]?.breaker, breaker.state != .closed else {
        return nil
      }
      return breaker.lastFault
    }
  }

  /// A tier's targets, beginning with another one each time: keys share the load.
  func inTurn(_ tier: Tier) -> [Target] {
    guard tier.targets.count > 1 else { return tier.targets }
    let turn = state.withLock { state in
      defer { state.turns[tier.number, default: 0] += 1 }
      return state.turns[tier.number, default: 0] % tier.targets.count
    }
    return Array(tier.targets[turn...] + tier.targets[..<turn])
  }

  /// Counts a first token and the tokens after it.
  func learn(_ endpoint: Endpoint, _ change: @Sendable (inout EndpointSpeed) -> Void) {
    state.withLock { state in
      var record = state.records[endpoint] ?? Record()
      change(&record.speed)
      state.records[endpoint] = record
    }
  }

  func speed(_ endpoint: Endpoint) -> EndpointSpeed {
    state.withLock { $0.records[endpoint]?.speed ?? EndpointSpeed() }
  }

  /// What policies go by.
  struct Figures: Sendable {
    var inFlight = 0
    /// Among the answers of the last minute.
    var faultShare = 0.0
    /// Seconds to the first token, and for each after it; `nil` until there was an answer.
    var time: (firstToken: Double, perToken: Double)?
  }

  func figures(_ endpoint: Endpoint) -> Figures {
    let now = timing.now()
    return state.withLock { state in
      var figures = Figures()
      guard let record = state.records[endpoint] else { return figures }
      figures.inFlight = record.inFlight
      var breaker = record.breaker
      figures.faultShare = breaker.faultShare(at: now)
      if let firstToken = record.speed.firstToken {
        figures.time = (firstToken, record.speed.perToken ?? 0)
      }
      return figures
    }
  }

  /// What another has learnt goes on, but for what a new configuration may have mended: keys that
  /// were refused, models that were gone.
  func inherit(_ former: RouteHealth) {
    let (records, resting) = former.state.withLock { ($0.records, $0.restingKeys) }
    state.withLock { state in
      // What is under way there ends there.
      state.records = records.mapValues { record in
        var record = record
        record.inFlight = 0
        return record
      }
      state.restingKeys = resting
    }
  }

  /// 0 closed, 1 probing, 2 open.
  func breakerState(_ endpoint: Endpoint) -> Int {
    switch state.withLock({ $0.records[endpoint]?.breaker.state }) {
    case nil, .closed: 0
    case .probing: 1
    case .open: 2
    }
  }
}

extension Duration {
  /// "12 s": rounded up, at least 1.
  var inSeconds: String { "\(max(1, (wholeMilliseconds + 999) / 1000)) s" }
}
