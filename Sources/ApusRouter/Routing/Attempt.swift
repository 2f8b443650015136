import ApusCore
import ApusJSON
import ApusRemote

/// How one tier fared with one request.
public struct Attempt: Sendable, Hashable {
  public enum Outcome: Sendable, Hashable {
    case success
    /// Why, in the words of the log: "timeout after 5000ms", "401 Unauthorized".
    case failure(String)
    /// It was not asked; why.
    case passedOver(String)
    /// Another tier that was asked at the same time answered first.
    case overtaken
  }

  /// The tier's number and name.
  public var tier: Int
  public var name: String
  public var outcome: Outcome
  public var milliseconds: Int
  /// The whole message of a failure, hints included.
  public var detail: String?

  /// "Tier 3: Groq (401 Unauthorized; check GROQ_API_KEY)".
  var line: String {
    switch outcome {
    case .success: "Tier \(tier): \(name) (answered)"
    case .failure(let reason): "Tier \(tier): \(name) (\(detail ?? reason))"
    case .passedOver(let reason): "Tier \(tier): \(name) (passed over: \(reason))"
    case .overtaken: "Tier \(tier): \(name) (overtaken)"
    }
  }

  /// As `apus route --json` shows it.
  var json: JSON {
    let outcome: JSON =
      switch outcome {
      case .success: "success"
      case .failure(let reason): .string(reason)
      case .passedOver(let reason): .string("passed over: \(reason)")
      case .overtaken: "overtaken"
      }
    return [
      "tier": .integer(tier), "name": .string(name), "outcome": outcome,
      "ms": .integer(milliseconds),
    ]
  }
}

/// An error in the log's words.
struct FailureReason {
  let short: String
  let detail: String?

  /// - Parameters:
  ///   - limit: What the attempt was given.
  ///   - took: What it took.
  init(_ error: any Error, limit: Duration, took: Duration) {
    guard let error = error as? ApusError else {
      short = Guard.withoutSecrets(String(describing: error))
      detail = nil
      return
    }
    if let remote = error.cause as? RemoteFailure {
      short = remote.statusLine
      // An upstream may repeat what it was told.
      detail = Guard.withoutSecrets(error.message)
    } else if error.code == .timeout && took + Self.slack >= limit {
      short = "timeout after \(limit.wholeMilliseconds)ms"
      detail = nil
    } else {
      short = Guard.withoutSecrets(error.message)
      detail = nil
    }
  }

  /// The tier may see the end of its time a moment before the router does.
  private static let slack = Duration.milliseconds(20)
}

extension Duration {
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    return Int(seconds) * 1000 + Int((attoseconds + 500_000_000_000_000) / 1_000_000_000_000_000)
  }
}
