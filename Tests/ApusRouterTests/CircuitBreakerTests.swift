import Testing

@testable import ApusRouter

@Suite struct CircuitBreakerTests {
  private let start = ContinuousClock.now

  private func fault(_ breaker: inout CircuitBreaker, at seconds: Double) {
    guard let pass = breaker.admit(at: start + .seconds(seconds)) else {
      Issue.record("refused at \(seconds)")
      return
    }
    breaker.end(pass, .fault, at: start + .seconds(seconds), random: 0.5)
  }

  private func success(_ breaker: inout CircuitBreaker, at seconds: Double) {
    guard let pass = breaker.admit(at: start + .seconds(seconds)) else {
      Issue.record("refused at \(seconds)")
      return
    }
    breaker.end(pass, .success, at: start + .seconds(seconds), random: 0.5)
  }

  private func isRefused(_ breaker: CircuitBreaker, at seconds: Double) -> Bool {
    var breaker = breaker
    return breaker.admit(at: start + .seconds(seconds)) == nil
  }

  // features E2
  @Test func fiveFaultsInARowOpenIt() {
    var breaker = CircuitBreaker()
    // Many successes before: the share of faults is small.
    for _ in 0..<100 { success(&breaker, at: 0) }
    for _ in 0..<4 { fault(&breaker, at: 1) }
    #expect(breaker.state == .closed)
    fault(&breaker, at: 1)
    #expect(breaker.state == .open(until: start + .seconds(31)))
    #expect(isRefused(breaker, at: 30.9))
    #expect(!isRefused(breaker, at: 31))
  }

  // features E2
  @Test func halfOfFiveWithinAMinuteOpenIt() {
    var breaker = CircuitBreaker()
    fault(&breaker, at: 0)
    success(&breaker, at: 10)
    fault(&breaker, at: 20)
    success(&breaker, at: 30)
    #expect(breaker.state == .closed)
    fault(&breaker, at: 40)
    #expect(breaker.state != .closed)
  }

  @Test func whatIsOlderThanAMinuteIsForgotten() {
    var breaker = CircuitBreaker()
    for second in [0.0, 1, 2, 3] { fault(&breaker, at: second) }
    success(&breaker, at: 50)
    // The first four are out of the window: one success and two faults.
    fault(&breaker, at: 70)
    fault(&breaker, at: 71)
    #expect(breaker.state == .closed)
  }

  // features E2
  @Test func restsGrowAndAreJittered() {
    var breaker = CircuitBreaker()
    var now = 0.0
    for _ in 0..<5 { fault(&breaker, at: now) }
    for rest in [30.0, 60, 120, 240, 300, 300] {
      #expect(isRefused(breaker, at: now + rest - 0.1))
      now += rest
      fault(&breaker, at: now)
    }
    var short = CircuitBreaker()
    var long = CircuitBreaker()
    for _ in 0..<5 {
      if let pass = short.admit(at: start) { short.end(pass, .fault, at: start, random: 0) }
      if let pass = long.admit(at: start) { long.end(pass, .fault, at: start, random: 1) }
    }
    // ± 20%.
    #expect(isRefused(short, at: 23.9) && !isRefused(short, at: 24.1))
    #expect(isRefused(long, at: 35.9) && !isRefused(long, at: 36.1))
  }

  // features E2
  @Test func oneProbeAtATime() throws {
    var breaker = CircuitBreaker()
    for _ in 0..<5 { fault(&breaker, at: 0) }
    let later = start + .seconds(31)
    var pass = breaker.admit(at: later)
    let probe = try #require(pass)
    #expect(probe.isProbe)
    pass = breaker.admit(at: later)
    #expect(pass == nil)
    pass = breaker.force()
    #expect(pass == nil)
    // A probe that was given up says nothing: the next may probe at once.
    breaker.end(probe, .neither, at: later, random: 0.5)
    pass = breaker.admit(at: later)
    let second = try #require(pass)
    breaker.end(second, .success, at: later, random: 0.5)
    #expect(breaker.state == .closed)
    // The next opening rests as long as the first.
    for _ in 0..<5 { fault(&breaker, at: 40) }
    #expect(breaker.state == .open(until: start + .seconds(70)))
  }

  @Test func latecomersSayNothing() throws {
    var breaker = CircuitBreaker()
    var pass = breaker.admit(at: start)
    let early = try #require(pass)
    for _ in 0..<5 { fault(&breaker, at: 0) }
    breaker.end(early, .success, at: start, random: 0.5)
    #expect(breaker.state != .closed)
    pass = breaker.admit(at: start + .seconds(31))
    let probe = try #require(pass)
    breaker.end(early, .fault, at: start + .seconds(31), random: 0.5)
    #expect(breaker.state == .probing)
    breaker.end(probe, .success, at: start + .seconds(31), random: 0.5)
    #expect(breaker.state == .closed)
  }

  /// Against a model that is written down in another way: a list of all that happened.
  // features E2
  @Test func tenThousandRandomSequences() {
    var random = SplitMix(seed: 7)
    for _ in 0..<10_000 {
      var breaker = CircuitBreaker()
      var model = BreakerModel()
      var passes: [CircuitBreaker.Pass] = []
      var now = start
      for _ in 0..<Int.random(in: 5...40, using: &random) {
        now = now + .seconds(Int.random(in: 0...20, using: &random))
        switch Int.random(in: 0..<4, using: &random) {
        case 0, 1:
          let pass = breaker.admit(at: now)
          #expect((pass != nil) == model.admits(at: now))
          if let pass {
            #expect(pass.isProbe == model.isOpen)
            if pass.isProbe { model.probe() }
            passes.append(pass)
            model.passes.append(model.epoch)
          }
        default:
          guard let index = passes.indices.randomElement(using: &random) else { continue }
          let outcomes: [CircuitBreaker.Outcome] = [.success, .fault, .fault, .neither]
          let outcome = outcomes.randomElement(using: &random) ?? .fault
          breaker.end(passes.remove(at: index), outcome, at: now, random: 0.5)
          model.end(model.passes.remove(at: index), outcome, at: now)
        }
        let isOpen = breaker.state != .closed
        if isOpen != model.isOpen {
          Issue.record("state \(breaker.state)")
          return
        }
      }
    }
  }
}

/// The breaker's rules over a list of events.
private struct BreakerModel {
  var events: [(time: ContinuousClock.Instant, isFault: Bool)] = []
  var isOpen = false
  var probes = false
  var until: ContinuousClock.Instant?
  var openings = 0
  /// Counts changes of state, so that late results can be told.
  var epoch = 0
  var passes: [Int] = []

  func admits(at now: ContinuousClock.Instant) -> Bool {
    if !isOpen { return true }
    return !probes && now >= until!
  }

  mutating func end(
    _ passEpoch: Int, _ outcome: CircuitBreaker.Outcome, at now: ContinuousClock.Instant
  ) {
    if isOpen {
      // Only the probe counts: it was let in in this epoch.
      guard probes, passEpoch == epoch else { return }
      probes = false
      switch outcome {
      case .success:
        isOpen = false
        events = []
        openings = 0
        epoch += 1
      case .fault: open(now)
      case .neither:
        until = now
        epoch += 1
      }
      return
    }
    guard passEpoch == epoch, outcome != .neither else { return }
    events.append((now, outcome == .fault))
    guard outcome == .fault else { return }
    let row = events.reversed().prefix { $0.isFault }.count
    let recent = events.filter { now - $0.time < .seconds(60) }
    let faults = recent.count(where: \.isFault)
    if row >= 5 || (recent.count >= 5 && 2 * faults >= recent.count) { open(now) }
  }

  mutating func probe() {
    probes = true
    epoch += 1
  }

  private mutating func open(_ now: ContinuousClock.Instant) {
    isOpen = true
    events = []
    until = now + min(.seconds(30) * (1 << min(openings, 10)), .seconds(300))
    openings += 1
    epoch += 1
  }
}

struct SplitMix: RandomNumberGenerator {
  var seed: UInt64
  mutating func next() -> UInt64 {
    seed &+= 0x9E37_79B9_7F4A_7C15
    var z = seed
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
