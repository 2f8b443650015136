import ApusRemote

/// What responses of each style say, as the providers' documentation shows it.
struct LimitSample {
  var headers: [String: String]
  var windows: [(kind: RateLimits.Kind, span: RateLimits.Span, limit: Int?, remaining: Int?)]
  var resets: [Duration?]

  /// The clock of the samples: 2026-01-27T12:00:00Z.
  static let now = 1_769_515_200.0

  static func of(_ style: RateLimits.Style) -> LimitSample {
    switch style {
    case .none: LimitSample(headers: [:], windows: [], resets: [])
    // https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
    case .openAI:
      LimitSample(
        headers: [
          "x-ratelimit-limit-requests": "60", "x-ratelimit-limit-tokens": "150000",
          "x-ratelimit-remaining-requests": "59", "x-ratelimit-remaining-tokens": "149984",
          "x-ratelimit-reset-requests": "12ms", "x-ratelimit-reset-tokens": "6m0s",
        ],
        windows: [(.requests, .minute, 60, 59), (.tokens, .minute, 150_000, 149_984)],
        resets: [.milliseconds(12), .seconds(360)])
    // https://console.groq.com/docs/rate-limits
    case .groq:
      LimitSample(
        headers: [
          "x-ratelimit-limit-requests": "14400", "x-ratelimit-limit-tokens": "18000",
          "x-ratelimit-remaining-requests": "14370", "x-ratelimit-remaining-tokens": "17997",
          "x-ratelimit-reset-requests": "2m59.56s", "x-ratelimit-reset-tokens": "7.66s",
        ],
        windows: [(.requests, .day, 14_400, 14_370), (.tokens, .minute, 18_000, 17_997)],
        resets: [.milliseconds(179_560), .milliseconds(7660)])
    // https://docs.claude.com/en/api/rate-limits#response-headers
    case .anthropic:
      LimitSample(
        headers: [
          "anthropic-ratelimit-requests-limit": "50",
          "anthropic-ratelimit-requests-remaining": "0",
          "anthropic-ratelimit-requests-reset": "2026-01-27T12:00:30Z",
          "anthropic-ratelimit-input-tokens-limit": "30000",
          "anthropic-ratelimit-input-tokens-remaining": "29000",
          "anthropic-ratelimit-input-tokens-reset": "2026-01-27T12:01:00Z",
        ],
        windows: [(.requests, .minute, 50, 0), (.inputTokens, .minute, 30_000, 29_000)],
        resets: [.seconds(30), .seconds(60)])
    // https://docs.together.ai/docs/rate-limits
    case .together:
      LimitSample(
        headers: [
          "x-ratelimit-limit": "10", "x-ratelimit-remaining": "9", "x-ratelimit-reset": "1",
          "x-tokenlimit-limit": "3000", "x-tokenlimit-remaining": "2500",
        ],
        windows: [(.requests, .second, 10, 9), (.tokens, .second, 3000, 2500)],
        resets: [.seconds(1), nil])
    // https://inference-docs.cerebras.ai/support/rate-limits
    case .cerebras:
      LimitSample(
        headers: [
          "x-ratelimit-limit-requests-day": "1000000000",
          "x-ratelimit-remaining-requests-day": "999997455",
          "x-ratelimit-reset-requests-day": "33011.382867",
          "x-ratelimit-limit-tokens-minute": "60000",
          "x-ratelimit-remaining-tokens-minute": "58000",
          "x-ratelimit-reset-tokens-minute": "11.5",
        ],
        windows: [
          (.requests, .day, 1_000_000_000, 999_997_455), (.tokens, .minute, 60_000, 58_000),
        ],
        resets: [.milliseconds(33_011_382), .milliseconds(11_500)])
    // https://docs.sambanova.ai/docs/en/models/rate-limits
    case .sambaNova:
      LimitSample(
        headers: [
          "x-ratelimit-limit-requests": "240", "x-ratelimit-remaining-requests": "239",
          "x-ratelimit-reset-requests": "1769515230",
          "x-ratelimit-limit-requests-day": "48000",
          "x-ratelimit-remaining-requests-day": "47000",
        ],
        windows: [(.requests, .minute, 240, 239), (.requests, .day, 48_000, 47_000)],
        resets: [.seconds(30), nil])
    }
  }
}
