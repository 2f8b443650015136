public import ApusCore

/// In which order a request's tiers are asked, and why.
public struct RouteChoice: Sendable {
  /// How one tier stands.
  struct Standing: Sendable {
    let figures: TierFigures
    /// Why it stands before or behind others whatever the policy says; the lower the nearer.
    var rank = Rank.usual
    var tier: Tier { figures.tier }
  }

  enum Rank: Int, Sendable, Comparable {
    case asked, fallback, sameConversation, rightTask, usual, otherTask, lacksTools, tooSlow

    static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }

    var words: String? {
      switch self {
      case .asked: "the model that is asked for"
      case .fallback: "a fallback of the request"
      case .sameConversation: "answered this conversation before"
      case .rightTask: "made for such tasks"
      case .usual: nil
      case .otherTask: "made for other tasks"
      case .lacksTools: "may not know tools"
      case .tooSlow: "would hardly be done by the deadline"
      }
    }
  }

  let policy: RoutingPolicy
  /// What the request is taken to be for; `nil` where no tier cares.
  public let task: TaskClass?
  let standings: [Standing]
  /// Tiers that cannot serve the request, and why.
  let leftOut: [(tier: Tier, reason: String)]

  /// In the order in which they are asked.
  public var tiers: [Tier] { standings.map(\.tier) }

  /// The policy, and a line for each tier: its place and why it has it.
  public var explanation: [String] {
    let words = task.map { "; the request is taken for \($0.rawValue)" } ?? ""
    var lines = ["Policy: \(policy.name)\(words)"]
    for (place, standing) in standings.enumerated() {
      let reasons = [standing.rank.words, policy.words(standing.figures)].compactMap { $0 }
      lines.append(
        "  \(place + 1). Tier \(standing.tier.number): \(standing.tier.name): "
          + reasons.joined(separator: ", "))
    }
    for (tier, reason) in leftOut {
      lines.append("  –  Tier \(tier.number): \(tier.name): \(reason)")
    }
    return lines
  }
}

extension RoutingPolicy {
  /// What this policy looks at.
  fileprivate func words(_ figures: TierFigures) -> String {
    let tier = figures.tier
    switch self {
    case .ordered: return "number \(tier.number)"
    case .localFirst:
      return ["on this machine", "a server of one's own", "a provider"][tier.distance]
    case .quality: return Self.quality(tier)
    case .speed: return Self.time(figures)
    case .cost: return Self.cost(figures)
    case .balanced:
      return [Self.quality(tier), Self.time(figures), Self.cost(figures)].joined(separator: ", ")
    case .healthAware: return Self.faults(figures)
    case .roundRobin: return "its turn"
    case .weighted: return "its turn, weight \(tier.weight)"
    case .leastLoaded: return "\(figures.inFlight) requests under way"
    case .production(let production):
      let time = production.performanceOptimized ? [Self.time(figures)] : []
      return ([Self.faults(figures)] + time).joined(separator: ", ")
    }
  }

  private static func quality(_ tier: Tier) -> String {
    tier.quality.map { "quality \($0)" } ?? "quality unknown"
  }

  private static func time(_ figures: TierFigures) -> String {
    guard let time = figures.time else { return "speed unknown" }
    let (first, each) = (milliseconds(time.firstToken), milliseconds(time.perToken))
    return "first token after \(first) ms, each \(each) ms"
  }

  private static func milliseconds(_ seconds: Double) -> String {
    let tenths = (min(max(seconds, 0), 1e9) * 10_000).rounded()
    return tenths < 1000 ? "\(tenths / 10)" : "\(Int(tenths / 10))"
  }

  private static func cost(_ figures: TierFigures) -> String {
    guard let cost = figures.cost else { return "price unknown" }
    return cost == .zero ? "costs nothing" : "about \(cost) an answer"
  }

  private static func faults(_ figures: TierFigures) -> String {
    "\(Int((figures.faultShare * 100).rounded()))% faults"
  }
}
