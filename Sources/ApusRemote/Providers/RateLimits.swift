import ApusJSON

/// What a provider lets through, as its response says it.
public struct RateLimits: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable {
    case requests
    case tokens
    case inputTokens = "input-tokens"
    case outputTokens = "output-tokens"
  }

  public enum Span: String, Sendable, Hashable {
    case second
    case minute
    case hour
    case day
    case month

    /// A month is 30 days.
    public var duration: Duration {
      switch self {
      case .second: .seconds(1)
      case .minute: .seconds(60)
      case .hour: .seconds(3600)
      case .day: .seconds(86_400)
      case .month: .seconds(30 * 86_400)
      }
    }
  }

  /// A limit that the provider's documentation states.
  public struct Rule: Sendable, Hashable {
    public var kind: Kind
    public var limit: Int
    public var span: Span
    /// Whom it holds for, where not for all ("free", "trial keys").
    public var plan: String?

    init(json: JSON) throws(ProviderError) {
      guard let limit = json["limit"]?.integer, limit >= 0,
        let kind = json["of"]?.string.flatMap(Kind.init),
        let span = json["per"]?.string.flatMap(Span.init)
      else { throw ProviderError("a limit has limit, of and per") }
      self.kind = kind
      self.limit = limit
      self.span = span
      plan = json["plan"]?.string
    }
  }

  public struct Window: Sendable, Hashable {
    public var kind: Kind
    public var span: Span
    public var limit: Int?
    public var remaining: Int?
    /// Until it is whole again.
    public var resetAfter: Duration?
  }

  /// In the order of the style's headers; only what the response says.
  public var windows: [Window]

  /// The window of requests, or of tokens, of which the least is left.
  public var requests: Window? { tightest(.requests) }
  public var tokens: Window? { tightest(.tokens) }

  private func tightest(_ kind: Kind) -> Window? {
    windows.filter { $0.kind == kind }.min { share($0) < share($1) }
  }

  private func share(_ window: Window) -> Double {
    guard let remaining = window.remaining else { return 2 }
    guard let limit = window.limit, limit > 0 else { return remaining > 0 ? 1 : 0 }
    return Double(remaining) / Double(limit)
  }

  /// How long to wait where a window is empty; the longest where several are.
  public var exhaustedFor: Duration? {
    windows.filter { $0.remaining == 0 }.compactMap(\.resetAfter).max()
  }
}

extension RateLimits {
  /// Whose headers they are.
  public enum Style: String, Sendable, Hashable, CaseIterable {
    case none
    /// `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, by the minute.
    case openAI = "openai"
    /// The same, requests by the day.
    case groq
    /// `anthropic-ratelimit-…`.
    case anthropic
    /// `x-ratelimit-…` without a kind, and `x-tokenlimit-…`.
    case together
    /// `x-ratelimit-…-{requests-day,tokens-minute}`.
    case cerebras
    /// OpenAI's by the minute, and `…-requests-day`.
    case sambaNova = "sambanova"

    /// Kind and span of each window, and its headers with `*` for limit, remaining or reset.
    fileprivate var windows: [(Kind, Span, String)] {
      switch self {
      case .none: []
      case .openAI:
        [
          (.requests, .minute, "x-ratelimit-*-requests"),
          (.tokens, .minute, "x-ratelimit-*-tokens"),
        ]
      case .groq:
        [(.requests, .day, "x-ratelimit-*-requests"), (.tokens, .minute, "x-ratelimit-*-tokens")]
      case .anthropic:
        [
          (.requests, .minute, "anthropic-ratelimit-requests-*"),
          (.tokens, .minute, "anthropic-ratelimit-tokens-*"),
          (.inputTokens, .minute, "anthropic-ratelimit-input-tokens-*"),
          (.outputTokens, .minute, "anthropic-ratelimit-output-tokens-*"),
        ]
      case .together:
        [(.requests, .second, "x-ratelimit-*"), (.tokens, .second, "x-tokenlimit-*")]
      case .cerebras:
        [
          (.requests, .day, "x-ratelimit-*-requests-day"),
          (.tokens, .minute, "x-ratelimit-*-tokens-minute"),
        ]
      case .sambaNova:
        [
          (.requests, .minute, "x-ratelimit-*-requests"),
          (.requests, .day, "x-ratelimit-*-requests-day"),
        ]
      }
    }
  }

  /// - Parameter now: Seconds since 1970.
  init(_ head: HTTPHead, style: Style, now: Double) {
    windows = style.windows.compactMap { kind, span, pattern in
      func value(_ word: String) -> String? { head[pattern.replacing("*", with: word)] }
      // Azure writes -1 for what it does not know.
      func count(_ word: String) -> Int? {
        guard let number = value(word).flatMap(Double.init), number >= 0, number < 1e15 else {
          return nil
        }
        return Int(number)
      }
      let window = Window(
        kind: kind, span: span, limit: count("limit"), remaining: count("remaining"),
        resetAfter: value("reset").flatMap { ResetTime.duration($0, now: now) })
      let isEmpty = window.limit == nil && window.remaining == nil && window.resetAfter == nil
      return isEmpty ? nil : window
    }
  }
}

/// When a window is whole again, in all the ways in which upstreams say it.
enum ResetTime {
  /// `12ms`, `6m0s`, `1.5s`; seconds; seconds or milliseconds since 1970; a time of RFC 3339.
  static func duration(_ text: String, now: Double) -> Duration? {
    guard let seconds = seconds(text, now: now), seconds.isFinite else { return nil }
    return .milliseconds(Int64(min(max(0, seconds), 31_536_000) * 1000))
  }

  private static func seconds(_ text: String, now: Double) -> Double? {
    if let number = Double(text) {
      guard number.isFinite, number >= 0 else { return nil }
      if number > 1e11 { return number / 1000 - now }
      return number > 1e9 ? number - now : number
    }
    if text.contains("T") { return InternetTime.secondsSince1970(text).map { $0 - now } }
    return units(text)
  }

  private static func units(_ text: String) -> Double? {
    var total = 0.0
    var rest = text[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      rest = rest.dropFirst(digits.count)
      let unit = rest.prefix { !$0.isNumber && $0 != "." }
      rest = rest.dropFirst(unit.count)
      let scales = [
        "d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9,
      ]
      guard let number = Double(digits), let scale = scales[String(unit)] else { return nil }
      total += number * scale
    }
    return text.isEmpty ? nil : total
  }
}
