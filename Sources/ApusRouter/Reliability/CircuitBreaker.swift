/// Keeps requests from a route that fails, and finds out when it works again.
///
/// Closed, it counts: five faults in a row, or at least half of at least five answers within a
/// minute, open it. Open, it refuses for 30 s, twice as long each time it opens again, 300 s at
/// most, ± 20%. Then one request at a time may probe the route: its success closes the breaker, its
/// fault opens it again.
struct CircuitBreaker: Sendable {
  typealias Instant = ContinuousClock.Instant

  enum State: Sendable, Hashable {
    case closed
    case open(until: Instant)
    /// Open, and a probe is under way.
    case probing
  }

  /// The right to ask, to be given back with the outcome.
  struct Pass: Sendable, Hashable {
    var isProbe: Bool
    /// What becomes of a request that was let in before the state changed says nothing about
    /// the state after it.
    fileprivate var generation: Int
  }

  enum Outcome: Sendable, Hashable {
    case success
    case fault
    /// The request was given up, or the failure was not the route's.
    case neither
  }

  static let faultsInARow = 5
  static let leastAnswers = 5
  static let windowSeconds = 60
  static let shortestRest = Duration.seconds(30)
  static let longestRest = Duration.seconds(300)

  private(set) var state: State = .closed
  private(set) var lastFault: Instant?
  private var generation = 0
  private var inARow = 0
  /// How often it has opened since it was last closed.
  private var openings = 0
  private var window = Window()

  /// - Returns: `nil` while the route is to be left alone.
  mutating func admit(at now: Instant) -> Pass? {
    switch state {
    case .closed: return Pass(isProbe: false, generation: generation)
    case .probing: return nil
    case .open(let until):
      guard now >= until else { return nil }
      return probe()
    }
  }

  /// Lets a request in before its time, because nothing else is left to ask. `nil` while another
  /// one probes.
  mutating func force() -> Pass? {
    switch state {
    case .closed: Pass(isProbe: false, generation: generation)
    case .probing: nil
    case .open: probe()
    }
  }

  private mutating func probe() -> Pass {
    enter(.probing)
    return Pass(isProbe: true, generation: generation)
  }

  /// - Parameter random: From 0 to 1, for the length of the rest.
  mutating func end(_ pass: Pass, _ outcome: Outcome, at now: Instant, random: Double) {
    if outcome == .fault { lastFault = now }
    guard pass.generation == generation else { return }
    switch (outcome, pass.isProbe) {
    case (.success, true):
      openings = 0
      inARow = 0
      window = Window()
      enter(.closed)
    case (.success, false):
      inARow = 0
      window.add(isFault: false, at: now)
    case (.fault, true): open(at: now, random)
    case (.fault, false):
      inARow += 1
      window.add(isFault: true, at: now)
      let (faults, all) = window.counts(at: now)
      if inARow >= Self.faultsInARow || (all >= Self.leastAnswers && faults * 2 >= all) {
        open(at: now, random)
      }
    case (.neither, true): enter(.open(until: now))
    case (.neither, false): break
    }
  }

  /// The share of faults among the answers of the last minute; 0 where there are too few to say.
  mutating func faultShare(at now: Instant) -> Double {
    let (faults, all) = window.counts(at: now)
    return all >= Self.leastAnswers ? Double(faults) / Double(all) : 0
  }

  private mutating func open(at now: Instant, _ random: Double) {
    let rest = min(Self.shortestRest * (1 << min(openings, 10)), Self.longestRest)
    openings += 1
    enter(.open(until: now + rest * (0.8 + 0.4 * random)))
  }

  private mutating func enter(_ next: State) {
    state = next
    generation += 1
  }
}

extension CircuitBreaker {
  /// Answers and faults of the last minute, second by second.
  private struct Window: Sendable {
    private var slots: [(second: Int64, faults: Int, all: Int)] = []

    mutating func add(isFault: Bool, at now: Instant) {
      let second = Self.second(now)
      drop(before: second - Int64(CircuitBreaker.windowSeconds))
      if slots.last?.second != second { slots.append((second, 0, 0)) }
      slots[slots.count - 1].all += 1
      if isFault { slots[slots.count - 1].faults += 1 }
    }

    mutating func counts(at now: Instant) -> (faults: Int, all: Int) {
      drop(before: Self.second(now) - Int64(CircuitBreaker.windowSeconds))
      return slots.reduce(into: (0, 0)) {
        $0.0 += $1.faults
        $0.1 += $1.all
      }
    }

    private mutating func drop(before second: Int64) {
      slots.removeAll { $0.second <= second }
    }

    private static let origin = Instant.now
    private static func second(_ now: Instant) -> Int64 { (now - origin).components.seconds }
  }
}
