import ApusCore
import Synchronization

/// What a router has done since it began, in counters and histograms. Labels are tiers and models as
/// the configuration names them, and words of a fixed set: no key, no caller, no text.
public final class RouterMetrics: Sendable {
  /// A tier and its model.
  struct Place: Sendable, Hashable {
    var tier: String
    var model: String

    init(_ tier: Tier, _ target: Target) {
      self.tier = tier.name
      model = target.endpoint.model
    }

    var labels: [(String, String)] { [("tier", tier), ("model", model)] }
  }

  private struct Label: Sendable, Hashable {
    var place: Place
    var value: String
  }

  private struct State {
    var requests: [String: Int] = [:]
    var requestSeconds = Histogram(RouterMetrics.seconds)
    var attempts: [Label: Int] = [:]
    var attemptSeconds: [Place: Histogram] = [:]
    var firstTokenSeconds: [Place: Histogram] = [:]
    var tokens: [Label: Int] = [:]
    var cost: [Place: PicoDollars] = [:]
    var passedOver: [String: [String: Int]] = [:]
    var findings: [String: [String: Int]] = [:]
  }
  private let state = Mutex(State())

  /// From a local model's first token to a long answer's end.
  private static let seconds = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

  public init() {}

  // MARK: What is counted

  /// - Parameter outcome: `answered`, or the code of the error.
  func endRequest(_ outcome: String, took: Duration) {
    state.withLock { state in
      state.requests[outcome, default: 0] += 1
      state.requestSeconds.add(took.inFractions)
    }
  }

  /// - Parameter outcome: `answered`, `overtaken`, `cancelled`, or the code of the error.
  func endAttempt(_ place: Place, _ outcome: String, took: Duration, firstToken: Duration?) {
    state.withLock { state in
      state.attempts[Label(place: place, value: outcome), default: 0] += 1
      state.attemptSeconds[place, default: Histogram(Self.seconds)].add(took.inFractions)
      if let firstToken {
        state.firstTokenSeconds[place, default: Histogram(Self.seconds)].add(firstToken.inFractions)
      }
    }
  }

  func spend(_ place: Place, _ usage: Usage, _ cost: PicoDollars?) {
    let kinds = [
      ("prompt", usage.promptTokens), ("completion", usage.completionTokens),
      ("cached", usage.cachedTokens), ("reasoning", usage.reasoningTokens),
    ]
    state.withLock { state in
      for (kind, count) in kinds where count > 0 {
        state.tokens[Label(place: place, value: kind), default: 0] += count
      }
      if let cost, cost > .zero { state.cost[place, default: .zero] += cost }
    }
  }

  func passOver(_ tier: Tier, _ reason: String) {
    let word = Self.word(reason)
    state.withLock { $0.passedOver[tier.name, default: [:]][word, default: 0] += 1 }
  }

  func find(_ finding: GuardFinding) {
    state.withLock { state in
      state.findings[finding.kind.rawValue, default: [:]][finding.action.rawValue, default: 0] +=
        finding.count
    }
  }

  /// One of a few words for a reason that is told in many.
  private static func word(_ reason: String) -> String {
    let words = [
      ("breaker open", "breaker"), ("limit of", "limit"), ("rate limit", "rate_limited"),
      ("key refused", "key_refused"), ("model gone", "model_gone"), ("no time", "no_time"),
      ("budget", "budget"),
    ]
    return words.first { reason.contains($0.0) }?.1 ?? "other"
  }

  // MARK: What is shown

  /// - Parameter breakers: The state of each place's breaker: 0 closed, 1 probing, 2 open.
  func text(breakers: [(Place, Int)]) -> String {
    let state = state.withLock { $0 }
    var out = PrometheusText()
    out.begin("apus_requests_total", .counter, "Requests that have ended, by how they ended.")
    for (outcome, count) in state.requests.sorted(by: { $0.key < $1.key }) {
      out.add("apus_requests_total", [("outcome", outcome)], Double(count))
    }
    out.begin("apus_request_duration_seconds", .histogram, "From a request to its answer's end.")
    out.add("apus_request_duration_seconds", [], state.requestSeconds)
    out.begin("apus_attempts_total", .counter, "Attempts, by tier, model and how they ended.")
    for (label, count) in Self.sorted(state.attempts) {
      out.add(
        "apus_attempts_total", label.place.labels + [("outcome", label.value)], Double(count))
    }
    out.begin("apus_attempt_duration_seconds", .histogram, "From an attempt's start to its end.")
    for (place, histogram) in Self.sorted(state.attemptSeconds) {
      out.add("apus_attempt_duration_seconds", place.labels, histogram)
    }
    out.begin("apus_first_token_seconds", .histogram, "From an attempt's start to its first part.")
    for (place, histogram) in Self.sorted(state.firstTokenSeconds) {
      out.add("apus_first_token_seconds", place.labels, histogram)
    }
    out.begin(
      "apus_tokens_total", .counter, "Tokens; cached and reasoning are parts of the others.")
    for (label, count) in Self.sorted(state.tokens) {
      out.add("apus_tokens_total", label.place.labels + [("kind", label.value)], Double(count))
    }
    out.begin("apus_cost_dollars_total", .counter, "What answers have cost, as far as it is known.")
    for (place, cost) in Self.sorted(state.cost) {
      out.add("apus_cost_dollars_total", place.labels, Double(cost.rawValue) / 1e12)
    }
    out.begin("apus_passed_over_total", .counter, "Tiers that were not asked, and why.")
    for (tier, reasons) in state.passedOver.sorted(by: { $0.key < $1.key }) {
      for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) {
        out.add("apus_passed_over_total", [("tier", tier), ("reason", reason)], Double(count))
      }
    }
    out.begin("apus_guard_findings_total", .counter, "What the guard has met, and what it did.")
    for (kind, actions) in state.findings.sorted(by: { $0.key < $1.key }) {
      for (action, count) in actions.sorted(by: { $0.key < $1.key }) {
        out.add("apus_guard_findings_total", [("kind", kind), ("action", action)], Double(count))
      }
    }
    out.begin("apus_breaker_state", .gauge, "Of the worst key: 0 closed, 1 probing, 2 open.")
    for (place, value) in breakers { out.add("apus_breaker_state", place.labels, Double(value)) }
    return out.text
  }

  private static func sorted<Value>(_ values: [Place: Value]) -> [(Place, Value)] {
    values.sorted { ($0.key.tier, $0.key.model) < ($1.key.tier, $1.key.model) }
  }

  private static func sorted(_ values: [Label: Int]) -> [(Label, Int)] {
    values.sorted {
      ($0.key.place.tier, $0.key.place.model, $0.key.value)
        < ($1.key.place.tier, $1.key.place.model, $1.key.value)
    }
  }
}

extension Router {
  /// ``RouterOptions/metrics`` in Prometheus' text format (`text/plain; version=0.0.4`); empty
  /// where nothing is counted.
  public func metricsText() -> String {
    guard let metrics = options.metrics else { return "" }
    let breakers = tiers.map { tier in
      (
        RouterMetrics.Place(tier, tier.targets[0]),
        tier.targets.map { health.breakerState($0.endpoint) }.max() ?? 0
      )
    }
    return metrics.text(breakers: breakers)
  }
}

extension Duration {
  /// Seconds.
  var inFractions: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
