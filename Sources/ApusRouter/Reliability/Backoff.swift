/// How long the last tier is left alone before it is tried again: 0.5 s · 2ⁿ up to 5 s, times 0.8 to
/// 1.2, so that many clients do not come back at the same moment.
struct Backoff: Sendable {
  static let retryLimit = 2
  /// What a key rests where its provider does not say, and at most.
  static let keyRest = Duration.seconds(30)
  static let longestKeyRest = Duration.seconds(60)

  /// - Parameters:
  ///   - retry: From 0.
  ///   - random: From 0 to 1.
  static func delay(retry: Int, random: Double) -> Duration {
    let seconds = min(0.5 * Double(1 << min(retry, 16)), 5)
    return .seconds(seconds * (0.8 + 0.4 * random))
  }

  /// How long a key rests after a 429.
  static func rest(retryAfter: Duration?) -> Duration {
    min(retryAfter ?? keyRest, longestKeyRest)
  }
}
