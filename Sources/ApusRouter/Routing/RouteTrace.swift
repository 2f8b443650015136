public import ApusCore
public import ApusJSON
import Synchronization

/// What happened to one request, filled in while it is worked on.
public final class RouteTrace: Sendable {
  private struct State {
    var attempts: [Attempt] = []
    var tier: (number: Int, name: String, model: String)?
  }
  private let state = Mutex(State())

  init() {}

  /// The attempts that have ended, in order.
  public var attempts: [Attempt] { state.withLock { $0.attempts } }

  /// The tier that answers, or has answered.
  public var tierName: String? { state.withLock { $0.tier?.name } }

  /// The model that answers, or has answered, as its tier calls it.
  public var modelName: String? { state.withLock { $0.tier?.model } }

  func record(_ attempt: Attempt) { state.withLock { $0.attempts.append(attempt) } }

  func answering(_ tier: Tier) {
    state.withLock { $0.tier = (tier.number, tier.name, tier.model.name) }
  }

  /// For `apus route --json`: text, tier, model, attempts (tier, outcome, ms), cost.
  public func json(text: String) -> JSON {
    state.withLock { state in
      let attempts = state.attempts.map { attempt -> JSON in
        let outcome: JSON =
          switch attempt.outcome {
          case .success: "success"
          case .failure(let reason): .string(reason)
          }
        return [
          "tier": .integer(attempt.tier), "name": .string(attempt.name), "outcome": outcome,
          "ms": .integer(attempt.milliseconds),
        ]
      }
      return [
        "text": .string(text), "tier": state.tier.map { .integer($0.number) } ?? .null,
        "name": state.tier.map { .string($0.name) } ?? .null,
        "model": state.tier.map { .string($0.model) } ?? .null, "attempts": .array(attempts),
        "cost": .null,
      ]
    }
  }
}

/// An answer under way, and the record of how it came about.
public struct RoutedAnswer: Sendable {
  public let events: EventStream
  public let trace: RouteTrace
}
