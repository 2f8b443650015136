/// In which order tiers are asked. Whatever the policy, tiers that cannot serve a request are left
/// out, and those that rest are passed over.
public enum RoutingPolicy: Sendable, Hashable {
  /// As they are numbered.
  case ordered
  /// This machine, servers of one's own, then the others; as numbered among each.
  case localFirst
  /// The best first, by `TIERn_QUALITY`.
  case quality
  /// The fastest first, by what was measured; of a local model by its queue.
  case speed
  /// The cheapest first.
  case cost
  /// Quality, speed and cost together: 0.4, 0.3 and 0.3.
  case balanced
  /// Those that failed least within the last minute first.
  case healthAware
  /// Each in its turn.
  case roundRobin
  /// Each as often as `TIERn_WEIGHT` says.
  case weighted
  /// Those with the fewest requests under way first, for their weight.
  case leastLoaded
  case production(Production)

  /// What people use: the models that they prefer, as long as they work, and then speed or order.
  public struct Production: Sendable, Hashable {
    /// Models, tiers or aliases, the best first; the others come after them.
    public var modelPreference: [String]
    /// The share of faults within the last minute above which a tier comes after all that are
    /// below.
    public var errorTolerance: Double
    /// Whether the fastest goes first among those that are preferred alike.
    public var performanceOptimized: Bool

    public static let standardErrorTolerance = 0.05

    public init(
      modelPreference: [String] = [], errorTolerance: Double = standardErrorTolerance,
      performanceOptimized: Bool = false
    ) {
      self.modelPreference = modelPreference
      self.errorTolerance = errorTolerance
      self.performanceOptimized = performanceOptimized
    }
  }

  private static let named: [(name: String, others: [String], policy: RoutingPolicy)] = [
    ("ordered", ["order"], .ordered),
    ("local-first", [], .localFirst),
    ("quality", ["quality-first", "quality-optimized"], .quality),
    ("speed", ["speed-priority", "fastest"], .speed),
    ("cost", ["cost-optimized", "cheapest"], .cost),
    ("balanced", [], .balanced),
    ("health-aware", ["health"], .healthAware),
    ("round-robin", [], .roundRobin),
    ("weighted", [], .weighted),
    ("least-loaded", [], .leastLoaded),
    ("production", [], .production(Production())),
  ]

  public static var names: [String] { named.map(\.name) }

  /// The policy of a name (`quality`, or as others call it `quality-first`), in capitals or not.
  public init?(named name: String) {
    let name = name.lowercased().replacing("_", with: "-")
    guard let row = Self.named.first(where: { $0.name == name || $0.others.contains(name) }) else {
      return nil
    }
    self = row.policy
  }

  public var name: String {
    if case .production = self { return "production" }
    return Self.named.first { $0.policy == self }?.name ?? ""
  }
}
