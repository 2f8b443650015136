import ApusCore

extension RoutingPolicy {
  /// The tiers as this policy has them; what is alike stays in the order of the numbers.
  func order(_ tiers: [TierFigures], resolving alias: (String) -> String) -> [TierFigures] {
    switch self {
    case .ordered: tiers
    case .localFirst: Self.sorted(tiers) { Double($0.tier.distance) }
    case .quality: Self.sorted(tiers) { -($0.tier.quality ?? 0.5) }
    // One that nobody has measured yet is measured.
    case .speed: Self.sorted(tiers) { $0.seconds() ?? -1 }
    // What may cost anything comes after what has a price.
    case .cost: Self.sorted(tiers) { $0.cost.map { Double($0.rawValue) } ?? .infinity }
    case .balanced: Self.balanced(tiers)
    case .healthAware: Self.sorted(tiers, by: \.faultShare)
    case .roundRobin, .weighted: Self.sorted(tiers, by: \.turn)
    case .leastLoaded:
      Self.sorted(tiers) { Double($0.inFlight + 1) / max($0.tier.weight, 1e-9) }
    case .production(let production): production.order(tiers, alias)
    }
  }

  fileprivate static func sorted(
    _ tiers: [TierFigures], by key: (TierFigures) -> Double
  ) -> [TierFigures] {
    let keyed = tiers.enumerated().map { (key: key($1), place: $0, tier: $1) }
    return keyed.sorted { ($0.key, $0.place) < ($1.key, $1.place) }.map(\.tier)
  }

  /// Each measure from 0 to 1, against the best of the tiers.
  private static func balanced(_ tiers: [TierFigures]) -> [TierFigures] {
    let fastest = tiers.compactMap { $0.seconds() }.min() ?? 0
    let cheapest = tiers.compactMap { $0.cost?.rawValue }.filter { $0 > 0 }.min() ?? 0
    return sorted(tiers) { figures in
      let quality = figures.tier.quality ?? 0.5
      let speed = figures.seconds().map { $0 > 0 ? fastest / $0 : 1 } ?? 1
      let cost =
        switch figures.cost {
        case nil: 0.0
        case .some(.zero): 1.0
        case .some(let cost): 0.5 * Double(cheapest) / Double(cost.rawValue)
        }
      return -(0.4 * quality + 0.3 * speed + 0.3 * cost)
    }
  }
}

extension RoutingPolicy.Production {
  fileprivate func order(
    _ tiers: [TierFigures], _ alias: (String) -> String
  ) -> [TierFigures] {
    let wanted = modelPreference.map(alias)
    func preference(_ figures: TierFigures) -> Int {
      wanted.firstIndex { figures.tier.answers(to: $0) } ?? wanted.count
    }
    let byTime =
      performanceOptimized
      ? RoutingPolicy.sorted(tiers) { $0.seconds() ?? -1 } : tiers
    return RoutingPolicy.sorted(byTime) { figures in
      let isFaulty = figures.faultShare > errorTolerance
      return Double(preference(figures)) + (isFaulty ? Double(wanted.count + 1) : 0)
    }
  }
}
