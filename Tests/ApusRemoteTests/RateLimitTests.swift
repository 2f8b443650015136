import Testing

@testable import ApusRemote

@Suite struct RateLimitTests {
  private func head(_ headers: [String: String]) -> HTTPHead {
    HTTPHead(status: 200, headers: headers.map { ($0.key, $0.value) })
  }

  // features D21
  @Test(arguments: RateLimits.Style.allCases)
  func everyStyleIsRead(style: RateLimits.Style) {
    let sample = LimitSample.of(style)
    let limits = RateLimits(head(sample.headers), style: style, now: LimitSample.now)
    #expect(limits.windows.map(\.resetAfter) == sample.resets)
    #expect(limits.windows.map(\.remaining) == sample.windows.map(\.remaining))
  }

  // features D16
  @Test func groqCountsRequestsByTheDay() {
    let sample = LimitSample.of(.groq)
    let limits = RateLimits(head(sample.headers), style: .groq, now: 0)
    #expect(limits.requests?.span == .day)
    #expect(limits.tokens?.span == .minute)
  }

  // features D2
  @Test func azuresMinusOneIsUnknown() {
    let limits = RateLimits(
      head(["x-ratelimit-remaining-requests": "-1", "x-ratelimit-remaining-tokens": "5"]),
      style: .openAI, now: 0)
    #expect(limits.windows.map(\.kind) == [.tokens])
  }

  @Test func anEmptyWindowSaysHowLongToWait() {
    let sample = LimitSample.of(.anthropic)
    let limits = RateLimits(head(sample.headers), style: .anthropic, now: LimitSample.now)
    #expect(limits.exhaustedFor == .seconds(30))
  }

  @Test(arguments: [
    ("12ms", 12), ("6m0s", 360_000), ("1.5s", 1500), ("1h2m3s", 3_723_000), ("7", 7000),
    ("0.25", 250), ("1769515230", 30_000), ("1769515230000", 30_000), ("1d", 86_400_000),
    ("2026-01-27T12:00:30Z", 30_000), ("2026-01-27T13:00:30.5+01:00", 30_500),
    ("2026-01-27T11:00:00Z", 0), ("1e300", 31_536_000_000),
  ])
  func resetsHaveManyForms(text: String, milliseconds: Int64) {
    #expect(ResetTime.duration(text, now: LimitSample.now) == .milliseconds(milliseconds))
  }

  @Test(arguments: ["", "soon", "-5", "5x", "m", "nan", "2026-99-27T12:00:30Z", "T", "1.2.3s"])
  func nonsenseIsNothing(text: String) {
    #expect(ResetTime.duration(text, now: LimitSample.now) == nil)
  }
}
