#if Remote
  import ApusCore
  import ApusRemote
  import FakeProvider
  import Testing

  @testable import ApusRouter

  /// Limits over real HTTP: what is refused here never reaches the provider.
  @Suite struct LimitTests {
    private let clock = ManualTiming()
    private let log = LogLines()

    private func router(_ provider: FakeProvider, keys: [APIKey]) throws -> Router {
      let groq = try #require(Provider.named("groq"))
      let tier = try Tier(
        groq, url: provider.url, model: "openai/gpt-oss-120b", keys: keys, name: "Groq")
      let local = Tier(ScriptedTier("local", .answer(["local"])))
      return try Router(tiers: [tier, local], timing: clock.timing) { log.write($0) }
    }

    // features A30, G15
    @Test func theThirtyFirstRequestOfAMinuteGoesElsewhere() async throws {
      let provider = try FakeProvider(.streamAndStay(["groq"]))
      let router = try router(provider, keys: ["gsk_a"])
      for _ in 0..<30 { #expect(try await router.respond(to: "Hi").text == "groq") }
      #expect(try await router.respond(to: "Hi").text == "local")
      #expect(provider.requests.count == 30)
      #expect(
        log.lines.contains(
          "· Passed over: Tier 1: Groq (limit of 30 requests a minute: free in 60 s)"))
      clock.advance(.seconds(60))
      #expect(try await router.respond(to: "Hi").text == "groq")
    }

    // features C16, G15
    @Test func eachKeyHasItsOwn() async throws {
      let provider = try FakeProvider(.streamAndStay(["groq"]))
      let router = try router(provider, keys: ["gsk_a", "gsk_b"])
      for _ in 0..<60 { #expect(try await router.respond(to: "Hi").text == "groq") }
      #expect(try await router.respond(to: "Hi").text == "local")
      let ofA = provider.requests.count { $0.head.contains("gsk_a") }
      #expect(ofA == 30)
    }

    // features A29
    @Test func headersAreBelieved() async throws {
      let provider = try FakeProvider(
        .respond(
          200,
          headers: [
            "x-ratelimit-limit-requests": "14400", "x-ratelimit-remaining-requests": "1",
            "x-ratelimit-reset-requests": "20s",
          ],
          body: #"{"choices":[{"message":{"content":"groq"},"finish_reason":"stop"}]}"#))
      let router = try router(provider, keys: ["gsk_a"])
      #expect(try await router.respond(to: "Hi").text == "groq")
      #expect(try await router.respond(to: "Hi").text == "groq")
      // The second answer says once more that one is left.
      #expect(try await router.respond(to: "Hi").text == "groq")
      #expect(provider.requests.count == 3)
    }

    // features A29
    @Test func whatIsSpentIsNotAskedFor() async throws {
      let provider = try FakeProvider(
        .respond(
          200,
          headers: [
            "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "7.5s",
          ],
          body: #"{"choices":[{"message":{"content":"groq"},"finish_reason":"stop"}]}"#))
      let router = try router(provider, keys: ["gsk_a"])
      #expect(try await router.respond(to: "Hi").text == "groq")
      #expect(try await router.respond(to: "Hi").text == "local")
      clock.advance(.seconds(8))
      #expect(try await router.respond(to: "Hi").text == "groq")
    }

    // features H7
    @Test func theUsageOfTheAnswerIsCharged() async throws {
      let provider = try FakeProvider(.stream(["groq"]))
      let router = try router(provider, keys: ["gsk_a"])
      let routed = router.route(Request("Hi"))
      _ = try await Response(of: routed.events, model: "")
      let price = try #require(
        Provider.named("groq")?.facts(of: "openai/gpt-oss-120b")?.price)
      // The fake's usage: 3 tokens of prompt, 2 of answer.
      #expect(routed.trace.cost == PicoDollars(3 * price.input + 2 * price.output))
      #expect(!routed.trace.isCostEstimated)
    }
  }
#endif
