/// The lines that a router logs (features A14).
enum LogLine {
  static func trying(_ tier: Tier) -> String { "→ Trying: Tier \(tier.number): \(tier.name)" }

  static func success(_ tier: Tier, took: Duration, total: Duration) -> String {
    "✓ Success: Tier \(tier.number): \(tier.name) "
      + "(\(took.wholeMilliseconds)ms, total: \(total.wholeMilliseconds)ms)"
  }

  /// - Parameter reason: "timeout after 5000ms", "401 Unauthorized".
  static func failure(_ tier: Tier, _ reason: String) -> String {
    "✗ Failed: Tier \(tier.number) (\(reason))"
  }

  static func cached(_ answer: CachedAnswer, _ origin: RouteTrace.Origin) -> String {
    "✓ Cached: Tier \(answer.tier): \(answer.tierName) (\(origin.rawValue))"
  }

  static func passedOver(_ tier: Tier, _ reason: String) -> String {
    "· Passed over: Tier \(tier.number): \(tier.name) (\(reason))"
  }
}
