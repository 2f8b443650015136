import ApusCore
import ApusJSON
import ApusRemote
import Testing

@testable import ApusRouter

@Suite struct QuotaTests {
  private let start = ContinuousClock.now

  private func rules(_ text: String) throws -> [RateLimits.Rule] {
    let row = """
      {"type": "test", "title": "Test", "url": "https://test.example/v1", "limits": \(text)}
      """
    return try Provider(json: JSON(parsing: row)).limits
  }

  private func reserve(
    _ quota: inout Quota, tokens: Int = 0, at seconds: Double, wall: Double = 0
  ) -> Result<Quota.Reservation, Quota.Refusal> {
    do {
      return .success(
        try quota.reserve(tokens: tokens, at: start + .seconds(seconds), wall: wall))
    } catch {
      return .failure(error)
    }
  }

  private func isRefused(
    _ quota: Quota, tokens: Int = 0, at seconds: Double, wall: Double = 0
  ) -> Bool {
    var quota = quota
    guard case .failure = reserve(&quota, tokens: tokens, at: seconds, wall: wall) else {
      return false
    }
    return true
  }

  // features G4, A30
  @Test func aMinuteSlides() throws {
    var quota = Quota(rules: try rules(#"[{"of": "requests", "limit": 30, "per": "minute"}]"#))
    for request in 0..<30 {
      guard case .success = reserve(&quota, at: Double(request)) else {
        Issue.record("request \(request) refused")
        return
      }
    }
    let refusal = reserve(&quota, at: 30)
    #expect(
      refusal == .failure(Quota.Refusal(rule: "30 requests a minute", until: .seconds(30))))
    // Exact at the boundary: the first counts until a minute has passed, and not a moment longer.
    #expect(isRefused(quota, at: 59.999))
    #expect(!isRefused(quota, at: 60))
    _ = reserve(&quota, at: 60)
    #expect(isRefused(quota, at: 60.999))
    #expect(!isRefused(quota, at: 61))
  }

  // features A30
  @Test func aDayIsTheCalendars() throws {
    var quota = Quota(rules: try rules(#"[{"of": "requests", "limit": 2, "per": "day"}]"#))
    let midnight = 86_400.0 * 20_778
    _ = reserve(&quota, at: 0, wall: midnight - 7200)
    _ = reserve(&quota, at: 1, wall: midnight - 7199)
    #expect(
      reserve(&quota, at: 2, wall: midnight - 60)
        == .failure(Quota.Refusal(rule: "2 requests a day", until: .seconds(60))))
    #expect(!isRefused(quota, at: 62, wall: midnight))
  }

  // features G15
  @Test func tokensAreSettled() throws {
    var quota = Quota(rules: try rules(#"[{"of": "tokens", "limit": 1000, "per": "minute"}]"#))
    guard case .success(let first) = reserve(&quota, tokens: 900, at: 0) else {
      Issue.record("refused")
      return
    }
    #expect(isRefused(quota, tokens: 200, at: 1))
    quota.settle(first, prompt: 60, completion: 40, estimate: 900)
    #expect(!isRefused(quota, tokens: 900, at: 1))
    #expect(isRefused(quota, tokens: 901, at: 1))
    // What no window can hold may begin an empty one, or it would never be asked.
    #expect(!isRefused(quota, tokens: 5000, at: 60))
  }

  @Test func allWindowsOrNone() throws {
    var quota = Quota(
      rules: try rules(
        """
        [{"of": "requests", "limit": 2, "per": "minute"},
        {"of": "tokens", "limit": 100, "per": "minute"}]
        """))
    _ = reserve(&quota, tokens: 90, at: 0)
    // Refused for its tokens: it has taken no request either.
    #expect(isRefused(quota, tokens: 20, at: 1))
    _ = reserve(&quota, tokens: 20, at: 1)
    guard case .success = reserve(&quota, tokens: 10, at: 2) else {
      Issue.record("refused")
      return
    }
    #expect(isRefused(quota, tokens: 0, at: 3))
  }

  // features A29
  @Test func theProvidersWordGoesFirst() throws {
    var quota = Quota(rules: try rules(#"[{"of": "requests", "limit": 30, "per": "minute"}]"#))
    _ = reserve(&quota, at: 0)
    let provider = try Provider(
      json: JSON(
        parsing: """
          {"type": "t", "title": "T", "url": "https://t.example/v1", "limitHeaders": "openai"}
          """))
    func said(_ remaining: String, _ reset: String) -> RateLimits {
      provider.rateLimits(
        in: HTTPHead(
          status: 200,
          headers: [
            ("x-ratelimit-limit-requests", "60"), ("x-ratelimit-remaining-requests", remaining),
            ("x-ratelimit-reset-requests", reset),
          ]))
    }
    quota.reconcile(said("1", "10s"), at: start)
    #expect(!isRefused(quota, at: 1))
    _ = reserve(&quota, at: 1)
    #expect(
      reserve(&quota, at: 2)
        == .failure(Quota.Refusal(rule: "60 requests a minute", until: .seconds(8))))
    #expect(!isRefused(quota, at: 10))
  }
}

@Suite struct CostTests {
  // features H7
  @Test func dollarsAreExact() {
    #expect(PicoDollars(dollars: "0.25")?.rawValue == 250_000_000_000)
    #expect(PicoDollars(dollars: "3") == PicoDollars(3 * PicoDollars.perDollar))
    #expect(PicoDollars(dollars: ".000000000001") == PicoDollars(1))
    for text in ["", ".", "-1", "1e3", "0.0000000000001", "99999999999", "1,5", "$1"] {
      #expect(PicoDollars(dollars: text) == nil)
    }
    #expect(PicoDollars(420_000_000).description == "$0.00042")
    #expect(PicoDollars(2_500_000_000_000).description == "$2.50")
    #expect(PicoDollars(-1).description == "-$0.000000000001")
    #expect(PicoDollars(.max) + PicoDollars(1) == PicoDollars(.max))
    #expect(PicoDollars(.max) * 2 == PicoDollars(.max))
  }

  // features H7, D21
  @Test func everyTokenIsCountedOnce() {
    let price = ModelFacts.Price(
      input: 100, output: 1000, cachedInput: 10, cacheWrite: 125, reasoning: 2000,
      audioInput: 500, audioOutput: 5000)
    var usage = Usage(promptTokens: 1000, completionTokens: 100)
    #expect(Pricing.perToken(price).cost(of: usage) == PicoDollars(200_000))
    usage.cachedTokens = 600
    usage.cacheWriteTokens = 100
    usage.audioPromptTokens = 50
    usage.reasoningTokens = 30
    usage.audioCompletionTokens = 20
    // 600·10 + 100·125 + 50·500 + 250·100 + 30·2000 + 20·5000 + 50·1000
    #expect(Pricing.perToken(price).cost(of: usage) == PicoDollars(278_500))
    // What a provider claims beyond the whole is not charged.
    usage.cachedTokens = 5000
    usage.reasoningTokens = Int.max
    #expect(Pricing.perToken(price).cost(of: usage) == PicoDollars(10_000 + 200_000))
    usage.promptTokens = -5
    #expect(Pricing.perToken(price).cost(of: usage) == PicoDollars(200_000))
    #expect(Pricing.free.cost(of: usage) == .zero)
    #expect(Pricing.unknown.cost(of: usage) == nil)
  }

  @Test func withoutSpecialPricesTheCommonOnesHold() {
    let price = ModelFacts.Price(input: 100, output: 1000)
    var usage = Usage(promptTokens: 10, completionTokens: 10)
    usage.cachedTokens = 5
    usage.reasoningTokens = 5
    #expect(Pricing.perToken(price).cost(of: usage) == PicoDollars(11_000))
  }

  // features H7
  @Test func anEntryCountsOnce() {
    let ledger = MemoryLedger()
    var entry = LedgerEntry(
      request: "a", attempt: 0, time: 86_400 * 10 + 5, caller: "x", tier: "t", provider: "p",
      model: "m", usage: Usage(), cost: PicoDollars(7), isEstimated: false)
    ledger.append(entry)
    ledger.append(entry)
    entry.attempt = 1
    entry.caller = "y"
    ledger.append(entry)
    #expect(ledger.spent(onDay: 10, caller: nil) == PicoDollars(14))
    #expect(ledger.spent(onDay: 10, caller: "x") == PicoDollars(7))
    #expect(ledger.spent(onDay: 11, caller: nil) == .zero)
    #expect(ledger.entries.count == 2)
    // Old sums are forgotten.
    entry.attempt = 2
    entry.time += 86_400 * 31
    ledger.append(entry)
    #expect(ledger.spent(onDay: 10, caller: nil) == .zero)
    #expect(ledger.spent(onDay: 41, caller: nil) == PicoDollars(7))
  }
}
