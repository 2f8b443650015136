#if Remote
  import ApusCore
  import ApusRouter
  import FakeProvider
  import Testing

  /// The acceptance tests of the fallback, over real HTTP on loopback.
  @Suite struct FallbackTests {
    private func answer(_ environment: [String: String], _ log: LogLines) async throws -> String {
      let configuration = RouterConfiguration(environment: environment)
      let router = try configuration.router(
        local: { _ in throw ApusError(.fileNotFound, "no local model here") },
        log: { log.write($0) })
      return try await router.respond(to: "Hello").text
    }

    private func environment(_ providers: [FakeProvider]) -> [String: String] {
      var environment = [
        "CUSTOM_LLM_BASE_URL": providers[0].url, "CUSTOM_LLM_MODEL": "one",
        "CUSTOM_LLM_API_KEY": "key", "TIER2_TYPE": "space", "TIER2_BASE_URL": providers[1].url,
        "TIER2_MODEL": "two", "TIER2_API_KEY": "optional", "TIER3_TYPE": "groq",
        "TIER3_BASE_URL": providers[2].url, "TIER3_MODEL": "three", "GROQ_API_KEY": "gsk_key",
        "TIER4_TYPE": "serverless", "TIER4_BASE_URL": providers[3].url, "TIER4_MODEL": "four",
        "HF_TOKEN": "hf_key",
      ]
      for number in 1...4 { environment["TIER\(number)_ENABLED"] = "true" }
      return environment
    }

    private func providers() throws -> [FakeProvider] {
      try (1...4).map { try FakeProvider(.stream(["tier \($0)"])) }
    }

    // features A15
    @Test func normalOperation() async throws {
      let log = LogLines()
      let providers = try providers()
      #expect(try await answer(environment(providers), log) == "tier 1")
      #expect(
        log.withoutTimes == [
          "→ Trying: Tier 1: custom server (one)", "✓ Success: Tier 1: custom server (one) (…)",
        ])
      #expect(providers.map(\.requests.count) == [1, 0, 0, 0])
    }

    // features A16
    @Test func aSlowFirstTierIsLeftForTheSecond() async throws {
      let log = LogLines()
      var providers = try providers()
      providers[0] = try FakeProvider(.silence)
      var environment = environment(providers)
      environment["TIER1_TIMEOUT"] = "500"
      #expect(try await answer(environment, log) == "tier 2")
      #expect(
        log.withoutTimes == [
          "→ Trying: Tier 1: custom server (one)", "✗ Failed: Tier 1 (timeout after 500ms)",
          "→ Trying: Tier 2: Hugging Face Space (two)",
          "✓ Success: Tier 2: Hugging Face Space (two) (…)",
        ])
      #expect(try #require(providers[1].requests.first).head.contains("Authorization") == false)
    }

    // features A17
    @Test func withTheFirstTwoSwitchedOffGroqAnswers() async throws {
      let log = LogLines()
      let providers = try providers()
      var environment = environment(providers)
      environment["TIER1_ENABLED"] = "false"
      environment["TIER2_ENABLED"] = "false"
      #expect(try await answer(environment, log) == "tier 3")
      #expect(log.lines.first == "→ Trying: Tier 3: Groq (three)")
      #expect(
        try #require(providers[2].requests.first).head.contains("Authorization: Bearer gsk_key"))
    }

    // features A18
    @Test func theLastTierAlone() async throws {
      let log = LogLines()
      let providers = try providers()
      var environment = environment(providers)
      for number in 1...3 { environment["TIER\(number)_ENABLED"] = "false" }
      #expect(try await answer(environment, log) == "tier 4")
      #expect(
        try #require(providers[3].requests.first).head.contains("Authorization: Bearer hf_key"))
    }

    // features A19
    @Test func whenNoneAnswersAllReasonsAreTold() async throws {
      let log = LogLines()
      let providers = [
        try FakeProvider(.respond(500, body: #"{"error":{"message":"broken"}}"#)),
        try FakeProvider(.reset),
        try FakeProvider(.respond(401, body: #"{"error":{"message":"Invalid API Key"}}"#)),
        try FakeProvider(.respond(404, body: #"{"error":"no such model"}"#)),
      ]
      let environment = environment(providers)
      let error = try await #require(throws: ApusError.self) {
        try await answer(environment, log)
      }
      #expect(error.message.hasPrefix("All LLM tiers failed"))
      for part in [
        "Tier 1", "500 Internal Server Error", "Tier 2", "Tier 3", "401 Unauthorized", "gsk_",
        "Tier 4", "404 Not Found", "bigcode/starcoder",
      ] {
        #expect(error.message.contains(part))
      }
      #expect(log.lines.contains("✗ Failed: Tier 3 (401 Unauthorized)"))
      #expect(providers.map(\.requests.count) == [1, 1, 1, 1])
      #expect(!error.message.contains("gsk_key"))
    }

    // features A19
    @Test func switchedOffOrInvalidThereIsNone() async throws {
      let error = try await #require(throws: ApusError.self) {
        try await answer(["TIER1_ENABLED": "false", "TIER3_TYPE": "groq"], LogLines())
      }
      #expect(error.message.hasPrefix("All LLM tiers failed"))
    }
  }
#endif
