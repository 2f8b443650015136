import ApusJSON

/// How long an upstream asks to be left alone, in all the ways in which upstreams say it.
enum RetryAfter {
  /// - Parameters:
  ///   - body: The error's body: Google's APIs say it there, as `"retryDelay": "12s"`.
  ///   - now: Seconds since 1970.
  /// - Returns: Never negative; `nil` where nothing is said, or nonsense.
  static func delay(head: HTTPHead, body: JSON?, now: Double) -> Duration? {
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
      if let value = head[name].flatMap(number) { return duration(value / 1000) }
    }
    if let text = head["retry-after"] {
      if let seconds = number(text) { return duration(seconds) }
      if let date = HTTPDate.secondsSince1970(text) { return duration(max(0, date - now)) }
    }
    // Replicate.
    if let seconds = body?["retry_after"]?.double, seconds.isFinite, seconds >= 0 {
      return duration(seconds)
    }
    let error = (body?[0] ?? body)?["error"]
    for detail in error?["details"]?.array ?? [] {
      guard let text = detail["retryDelay"]?.string, text.hasSuffix("s") else { continue }
      if let seconds = number(String(text.dropLast())) { return duration(seconds) }
    }
    return nil
  }

  private static func number(_ text: String) -> Double? {
    guard let value = Double(text), value.isFinite, value >= 0 else { return nil }
    return value
  }

  /// A year at most: what is longer is no different, and a `Duration` can hold it.
  private static func duration(_ seconds: Double) -> Duration {
    .milliseconds(Int64(min(seconds, 31_536_000) * 1000))
  }
}
