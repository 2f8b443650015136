import ApusRemote

/// What one key of a provider may still ask: a sliding log for spans up to an hour, a counter for
/// days and months (UTC), and what the provider itself said last.
struct Quota: Sendable {
  typealias Instant = ContinuousClock.Instant

  /// What an attempt has taken, to be settled when its tokens are known.
  struct Reservation: Sendable, Hashable {
    fileprivate var number: Int
  }

  struct Refusal: Error, Sendable, Hashable {
    /// "30 requests a minute".
    var rule: String
    var until: Duration
  }

  /// What has been added to a counter of a day or a month.
  struct Change: Sendable, Hashable {
    var counter: Counter
    var amount: Int
  }

  /// What earlier processes have counted.
  typealias Past = @Sendable (Counter) -> Int

  fileprivate struct Window: Sendable {
    var kind: RateLimits.Kind
    var span: RateLimits.Span
    var limit: Int?
    /// Of spans up to an hour: when, how much, for which reservation.
    var log: [(time: Instant, amount: Int, number: Int)] = []
    /// Of longer ones: how much since the period began.
    var period = 0
    var count = 0
    /// What the provider said was left, less what has been taken since, until when.
    var said: (remaining: Int, until: Instant)?

    var isLong: Bool { span == .day || span == .month }
  }
  private var windows: [Window]
  private var number = 0
  private var changes: [Change] = []
  private let key: String
  private let past: Past?

  /// - Parameters:
  ///   - key: The fingerprint of whose quota it is.
  ///   - past: Asked when a period begins, for this process or for all; `nil` where nothing is kept.
  init(rules: [RateLimits.Rule], key: String = "", past: Past? = nil) {
    windows = rules.map { Window(kind: $0.kind, span: $0.span, limit: $0.limit) }
    self.key = key
    self.past = past
  }

  /// What has been counted since the last call, where it is to be kept.
  mutating func takeChanges() -> [Change] {
    defer { changes = [] }
    return changes
  }

  private func counter(_ window: Window) -> Counter {
    Counter(key: key, kind: window.kind, span: window.span, period: window.period)
  }

  private mutating func count(_ amount: Int, in window: Window) {
    guard past != nil, window.isLong, amount != 0 else { return }
    changes.append(Change(counter: counter(window), amount: amount))
  }

  /// Takes one request and its tokens out of every window, or out of none.
  /// - Parameter wall: Seconds since 1970.
  mutating func reserve(
    tokens: Int, at now: Instant, wall: Double
  ) throws(Refusal) -> Reservation {
    for index in windows.indices {
      if windows[index].forget(at: now, wall: wall), let past {
        windows[index].count = past(counter(windows[index]))
      }
      let amount = windows[index].kind == .requests ? 1 : tokens
      if let wait = windows[index].wait(for: amount, at: now, wall: wall) {
        throw Refusal(rule: windows[index].words, until: wait)
      }
    }
    number += 1
    for index in windows.indices {
      let amount = windows[index].kind == .requests ? 1 : tokens
      windows[index].take(amount, number, at: now)
      count(amount, in: windows[index])
    }
    return Reservation(number: number)
  }

  /// Puts the true number of tokens in the place of the estimate.
  mutating func settle(_ reservation: Reservation, prompt: Int, completion: Int, estimate: Int) {
    for index in windows.indices where windows[index].kind != .requests {
      let amount =
        switch windows[index].kind {
        case .inputTokens: prompt
        case .outputTokens: completion
        case .requests, .tokens: prompt + completion
        }
      windows[index].settle(reservation.number, amount, estimate: estimate)
      count(amount - estimate, in: windows[index])
    }
  }

  /// What the provider says goes before what we know of it.
  mutating func reconcile(_ limits: RateLimits, at now: Instant) {
    for said in limits.windows {
      let known = windows.firstIndex { $0.kind == said.kind && $0.span == said.span }
      if known == nil { windows.append(Window(kind: said.kind, span: said.span)) }
      let index = known ?? windows.count - 1
      if let limit = said.limit { windows[index].limit = limit }
      if let remaining = said.remaining {
        windows[index].said = (remaining, now + (said.resetAfter ?? said.span.duration))
      }
    }
  }
}

extension Quota.Window {
  var words: String {
    let what =
      switch kind {
      case .requests: "requests"
      case .tokens: "tokens"
      case .inputTokens: "input tokens"
      case .outputTokens: "output tokens"
      }
    return limit.map { "\($0) \(what) a \(span.rawValue)" } ?? "\(what) a \(span.rawValue)"
  }

  /// An entry counts while it is younger than the span.
  /// - Returns: Whether a day or a month has begun.
  mutating func forget(at now: Quota.Instant, wall: Double) -> Bool {
    if let until = said?.until, now >= until { said = nil }
    if isLong {
      let current = Int((wall / span.duration.seconds).rounded(.down))
      guard current != period else { return false }
      (period, count) = (current, 0)
      return true
    }
    let kept = log.firstIndex { now - $0.time < span.duration } ?? log.count
    log.removeFirst(kept)
    return false
  }

  /// How long until `amount` fits; `nil` where it does.
  func wait(for amount: Int, at now: Quota.Instant, wall: Double) -> Duration? {
    if let said, said.remaining < min(amount, limit ?? amount) { return said.until - now }
    guard let limit else { return nil }
    if isLong {
      guard count + amount > limit, count > 0 || limit == 0 else { return nil }
      let length = span.duration.seconds
      return .seconds(length - wall.truncatingRemainder(dividingBy: length))
    }
    var used = log.reduce(0) { $0 + $1.amount }
    // What is larger than a whole window may begin an empty one.
    guard used + amount > limit, used > 0 || limit == 0 else { return nil }
    for entry in log {
      used -= entry.amount
      if used + amount <= limit || used == 0 { return entry.time + span.duration - now }
    }
    return span.duration
  }

  mutating func take(_ amount: Int, _ number: Int, at now: Quota.Instant) {
    said?.remaining -= amount
    if isLong { count += amount } else { log.append((now, amount, number)) }
  }

  mutating func settle(_ number: Int, _ amount: Int, estimate: Int) {
    said?.remaining += estimate - amount
    if isLong {
      count = max(0, count + amount - estimate)
    } else if let index = log.lastIndex(where: { $0.number == number }) {
      log[index].amount = amount
    }
  }
}
