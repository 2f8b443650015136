public import ApusCore

/// Why a router has no answer: the cause of the `ApusError` that it throws.
public enum RouterError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Every tier was asked; how each fared, in order.
  case allTiersFailed([Attempt])
  /// There was no tier to ask; why none of those that were described is one.
  case noTier([ConfigurationProblem])

  public var description: String {
    switch self {
    case .allTiersFailed(let attempts):
      "All LLM tiers failed: " + Self.lines(attempts).joined(separator: "; ")
    case .noTier(let problems):
      "All LLM tiers failed: no tier is enabled and complete"
        + (problems.isEmpty
          ? "; set TIER1_TYPE=local and TIER1_MODEL to begin"
          : ": " + problems.map(\.line).joined(separator: "; "))
    }
  }

  /// What is the same several times in a row is said once.
  private static func lines(_ attempts: [Attempt]) -> [String] {
    var lines: [(line: String, count: Int)] = []
    for attempt in attempts {
      if lines.last?.line == attempt.line {
        lines[lines.count - 1].count += 1
      } else {
        lines.append((attempt.line, 1))
      }
    }
    return lines.map { $0.count == 1 ? $0.line : "\($0.line.dropLast()); tried \($0.count) times)" }
  }

  /// The same as every model throws it.
  public var asApusError: ApusError { ApusError(.allTiersFailed, description, cause: self) }
}
