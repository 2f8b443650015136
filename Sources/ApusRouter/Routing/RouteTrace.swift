public import ApusCore
public import ApusJSON
import Synchronization

/// What happened to one request, filled in while it is worked on.
public final class RouteTrace: Sendable {
  /// Where one tier's text ends and another's begins in an answer that was continued.
  public struct Seam: Sendable, Hashable {
    /// Characters (`Character`s) of the answer before it.
    public var offset: Int
    /// The tiers on both sides.
    public var from: String
    public var to: String
  }

  /// Where an answer comes from.
  public enum Origin: String, Sendable, Hashable {
    case tiers
    /// Kept by the cache, in memory or beyond.
    case memory
    case store
    /// Made for another, who asked the same at the same time.
    case shared
  }

  private struct State {
    var attempts: [Attempt] = []
    var origin = Origin.tiers
    var seams: [Seam] = []
    var tier: (number: Int, name: String, model: String)?
    var attemptCount = 0
    var cost: PicoDollars? = .zero
    var isEstimated = false
    var choice: RouteChoice?
    var findings: [GuardFinding] = []
    var refusals: [ApusError] = []
  }
  private let state = Mutex(State())
  /// One for each request.
  public let identifier: String

  init() {
    let bits = (UInt64.random(in: 0...(.max)), UInt64.random(in: 0...(.max)))
    identifier = String(bits.0, radix: 36) + String(bits.1, radix: 36)
  }

  /// What all attempts have cost so far; `nil` where a price is not known.
  public var cost: PicoDollars? { state.withLock { $0.cost } }

  /// Whether tokens had to be guessed for ``cost``.
  public var isCostEstimated: Bool { state.withLock { $0.isEstimated } }

  /// The attempts that have ended, and the tiers that were passed over, in order.
  public var attempts: [Attempt] { state.withLock { $0.attempts } }

  /// The tier that answers, or has answered.
  public var tierName: String? { state.withLock { $0.tier?.name } }

  /// The model that answers, or has answered, as its tier calls it.
  public var modelName: String? { state.withLock { $0.tier?.model } }

  /// Where the answer goes over from one tier to another; empty unless the caller allowed it.
  public var seams: [Seam] { state.withLock { $0.seams } }

  /// In which order the tiers are asked, and why; `nil` until the work has begun.
  public var choice: RouteChoice? { state.withLock { $0.choice } }

  func record(_ choice: RouteChoice) { state.withLock { $0.choice = choice } }

  /// Where the answer comes from; what does not come from the tiers costs nothing.
  public var origin: Origin { state.withLock { $0.origin } }

  /// What the guard has met, by kind, place, action and tier.
  public var guardFindings: [GuardFinding] { state.withLock { $0.findings } }

  func record(refusal: ApusError) { state.withLock { $0.refusals.append(refusal) } }

  /// The guard's refusal, where nothing else went wrong.
  var onlyRefusal: ApusError? {
    state.withLock { state in
      let failures = state.attempts.filter { attempt in
        if case .failure = attempt.outcome { true } else { false }
      }
      return failures.count == state.refusals.count ? state.refusals.last : nil
    }
  }

  func record(_ finding: GuardFinding) {
    state.withLock { state in
      let index = state.findings.firstIndex { known in
        var known = known
        known.count = finding.count
        return known == finding
      }
      if let index {
        state.findings[index].count += finding.count
      } else {
        state.findings.append(finding)
      }
    }
  }

  func record(_ attempt: Attempt) { state.withLock { $0.attempts.append(attempt) } }

  /// - Returns: The place of the next attempt, from 0.
  func nextAttempt() -> Int {
    state.withLock { state in
      defer { state.attemptCount += 1 }
      return state.attemptCount
    }
  }

  func add(_ cost: PicoDollars?, isEstimated: Bool) {
    state.withLock { state in
      state.cost = cost.flatMap { cost in state.cost.map { $0 + cost } }
      state.isEstimated = state.isEstimated || isEstimated
    }
  }

  func record(_ seam: Seam) { state.withLock { $0.seams.append(seam) } }

  func answering(_ tier: Tier) {
    state.withLock { $0.tier = (tier.number, tier.name, tier.model.name) }
  }

  /// Who answers.
  var answerer: (number: Int, name: String, model: String)? { state.withLock { $0.tier } }

  /// Out of the cache.
  func answered(by answer: CachedAnswer, _ origin: Origin) {
    state.withLock { state in
      state.tier = (answer.tier, answer.tierName, answer.model)
      state.origin = origin
    }
  }

  /// Takes over whose answer it is from the request for which it is made.
  func adopt(_ other: RouteTrace) {
    guard other !== self else { return }
    let (tier, origin, seams) = other.state.withLock { ($0.tier, $0.origin, $0.seams) }
    state.withLock { state in
      state.tier = tier
      state.origin = origin == .tiers ? .shared : origin
      state.seams = seams
    }
  }

  /// For `apus route --json`: text, tier, model, attempts (tier, outcome, ms), where
  /// the answer comes from, cost.
  public func json(text: String) -> JSON {
    state.withLock { state in
      let seams = state.seams.map { seam -> JSON in
        ["offset": .integer(seam.offset), "from": .string(seam.from), "to": .string(seam.to)]
      }
      let findings = state.findings.map { finding -> JSON in
        [
          "kind": .string(finding.kind.rawValue), "place": .string(finding.place.rawValue),
          "action": .string(finding.action.rawValue), "tier": .integer(finding.tier),
          "count": .integer(finding.count),
        ]
      }
      return [
        "text": .string(text), "tier": state.tier.map { .integer($0.number) } ?? .null,
        "name": state.tier.map { .string($0.name) } ?? .null,
        "model": state.tier.map { .string($0.model) } ?? .null,
        "attempts": .array(state.attempts.map(\.json)), "seams": .array(seams),
        "choice": .array((state.choice?.explanation ?? []).map(JSON.string)),
        "origin": .string(state.origin.rawValue),
        "guard": .array(findings),
        "cost": state.cost.map { cost in
          [
            "pico_dollars": .integer(cost.rawValue), "text": .string(cost.description),
            "estimated": .bool(state.isEstimated),
          ]
        } ?? .null,
      ]
    }
  }
}

/// An answer under way, and the record of how it came about.
public struct RoutedAnswer: Sendable {
  public let events: EventStream
  public let trace: RouteTrace
}
