import ApusCore
import ApusRemote
import Testing

@testable import ApusRouter

/// Retries, keys, breakers: over models that a test scripts, with a clock that a test moves.
@Suite struct ReliabilityTests {
  private let clock = ManualTiming()
  private let log = LogLines()

  private func router(_ tiers: [Tier], isHedging: Bool = false) throws -> Router {
    try Router(tiers: tiers, options: RouterOptions(isHedging: isHedging), timing: clock.timing) {
      log.write($0)
    }
  }

  /// A tier of one model behind several keys.
  private func tier(_ name: String, number: Int = 0, _ keys: [ScriptedTier]) -> Tier {
    Tier(
      targets: keys.map {
        Target(
          endpoint: Endpoint(provider: name, key: APIKey($0.name), model: "m"), model: $0)
      }, name: name, number: number, timeouts: TierTimeouts(total: .seconds(90)))
  }

  private func failure(_ status: Int, retryAfter: Duration? = nil) -> ScriptedTier.Behaviour {
    let failure = RemoteFailure(status: status, message: "no", retryAfter: retryAfter)
    let codes: [Int: ApusError.Code] = [
      400: .invalidRequest, 401: .authentication, 402: .authentication, 404: .modelNotFound,
      429: .rateLimited, 500: .upstream, 503: .upstream,
    ]
    return .fail(ApusError(codes[status] ?? .upstream, "no", cause: failure))
  }

  // MARK: Retries

  // features E1
  @Test func theLastTierIsTriedThreeTimes() async throws {
    let first = ScriptedTier("one", failure(500))
    let last = ScriptedTier("two", .script([failure(503), failure(500), .answer(["x"])]))
    let router = try router([Tier(first), Tier(last)])
    #expect(try await router.respond(to: "Hi").text == "x")
    #expect(first.asked == 1)
    #expect(last.asked == 3)
    #expect(clock.sleeps == [.milliseconds(500), .seconds(1)])
  }

  // features E1
  @Test func afterTwoRetriesItIsGivenUp() async throws {
    let last = ScriptedTier("two", failure(500))
    let router = try router([Tier(last)])
    await #expect(throws: ApusError.self) { try await router.respond(to: "Hi") }
    #expect(last.asked == 3)
  }

  // features E1
  @Test(arguments: [400, 401, 402, 404])
  func whatCannotHelpIsNotTried(status: Int) async throws {
    let last = ScriptedTier("one", failure(status))
    let router = try router([Tier(last)])
    await #expect(throws: ApusError.self) { try await router.respond(to: "Hi") }
    #expect(last.asked == 1)
    #expect(clock.sleeps == [])
  }

  // features E1
  @Test func aSilentRouteIsNeverTriedAgain() async throws {
    let last = ScriptedTier("one", .hang)
    let router = try router([Tier(last, timeout: .milliseconds(40))])
    await #expect(throws: ApusError.self) { try await router.respond(to: "Hi") }
    #expect(last.asked == 1)
  }

  // features E1
  @Test func aRetryKeepsToTheDeadline() async throws {
    let last = ScriptedTier("one", failure(503, retryAfter: .seconds(60)))
    let router = try router([Tier(last)])
    // Before the wait is over. A machine that has much to do may come to it too late: then again.
    for _ in 0..<10 where last.asked == 0 {
      let request = Request(.text("Hi"), deadline: .now + .seconds(55))
      await #expect(throws: ApusError.self) { try await router.respond(request) }
    }
    #expect(last.asked == 1)
    #expect(clock.sleeps == [])
  }

  @Test func aUpstreamsWishIsHeardOnTheLastTier() async throws {
    let last = ScriptedTier(
      "one", .script([failure(503, retryAfter: .seconds(4)), .answer(["x"])]))
    #expect(try await router([Tier(last)]).respond(to: "Hi").text == "x")
    #expect(clock.sleeps == [.seconds(4)])
  }

  @Test func nothingIsTriedAgainAfterTheFirstToken() async throws {
    let last = ScriptedTier("one", .failAfter(["Hel"], ApusError(.upstream, "gone")))
    let router = try router([Tier(last)])
    let error = try await #require(throws: ApusError.self) { try await router.respond(to: "Hi") }
    #expect(error.code == .streamInterrupted)
    #expect(last.asked == 1)
  }

  // MARK: Keys

  // features C16
  @Test func keysTakeTurns() async throws {
    let keys = [ScriptedTier("a", .answer(["a"])), ScriptedTier("b", .answer(["b"]))]
    let router = try router([tier("groq", keys)])
    for _ in 0..<6 { _ = try await router.respond(to: "Hi") }
    #expect(keys.map(\.asked) == [3, 3])
  }

  // features E1, A22
  @Test func aRefusedKeyIsDead() async throws {
    let keys = [ScriptedTier("a", failure(401)), ScriptedTier("b", .answer(["b"]))]
    let router = try router([tier("groq", keys)])
    for _ in 0..<6 { #expect(try await router.respond(to: "Hi").text == "b") }
    #expect(keys[0].asked == 1)
    clock.advance(.seconds(100_000))
    for _ in 0..<2 { _ = try await router.respond(to: "Hi") }
    #expect(keys[0].asked == 1)
  }

  // features E1, A22
  @Test func withoutAnyKeyLeftTheTierIsPassedOver() async throws {
    let keys = [ScriptedTier("a", failure(401)), ScriptedTier("b", failure(402))]
    let second = ScriptedTier("two", .answer(["x"]))
    let router = try router([tier("groq", number: 3, keys), Tier(second, number: 4)])
    #expect(try await router.respond(to: "Hi").text == "x")
    #expect(try await router.respond(to: "Hi").text == "x")
    #expect(keys.map(\.asked) == [1, 1])
    #expect(log.lines.contains("✗ Failed: Tier 3 (401 Unauthorized)"))
    #expect(log.lines.contains { $0.hasPrefix("· Passed over: Tier 3: groq (key refused: 40") })
  }

  // features E1
  @Test func aLimitedKeyRests() async throws {
    let limited = ScriptedTier(
      "a", .script([failure(429, retryAfter: .seconds(7)), .answer(["a"])]))
    let router = try router([tier("groq", [limited]), Tier(ScriptedTier("two", .answer(["x"])))])
    #expect(try await router.respond(to: "Hi").text == "x")
    clock.advance(.seconds(6))
    #expect(try await router.respond(to: "Hi").text == "x")
    #expect(limited.asked == 1)
    clock.advance(.seconds(1))
    #expect(try await router.respond(to: "Hi").text == "a")
  }

  // features E1
  @Test(arguments: [(nil, 30), (Duration.seconds(999_999), 60), (.zero, 0)])
  func aRestIsBounded(retryAfter: Duration?, seconds: Int) async throws {
    let limited = ScriptedTier(
      "a", .script([failure(429, retryAfter: retryAfter), .answer(["a"])]))
    let router = try router([tier("groq", [limited]), Tier(ScriptedTier("two", .answer(["x"])))])
    _ = try await router.respond(to: "Hi")
    if seconds > 0 {
      clock.advance(.seconds(seconds) - .milliseconds(1))
      #expect(try await router.respond(to: "Hi").text == "x")
    }
    clock.advance(.milliseconds(1))
    #expect(try await router.respond(to: "Hi").text == "a")
  }

  // features E1
  @Test func theLastTierWaitsForItsKeyWhereTheDeadlineAllows() async throws {
    let limited = ScriptedTier(
      "a", .script([failure(429, retryAfter: .seconds(3)), .answer(["a"])]))
    let router = try router([tier("groq", [limited])])
    let patient = Request(.text("Hi"), deadline: .now + .seconds(600))
    #expect(try await router.respond(patient).text == "a")
    #expect(clock.sleeps == [.seconds(3)])
    let hopeless = ScriptedTier("b", failure(429, retryAfter: .seconds(50)))
    let other = try self.router([tier("other", [hopeless])])
    for _ in 0..<10 where hopeless.asked == 0 {
      let hasty = Request(.text("Hi"), deadline: .now + .seconds(45))
      await #expect(throws: ApusError.self) { try await other.respond(hasty) }
    }
    #expect(hopeless.asked == 1)
  }

  // features A23
  @Test func aMissingModelStaysMissing() async throws {
    let gone = ScriptedTier("a", failure(404))
    let router = try router([tier("hf", [gone]), Tier(ScriptedTier("two", .answer(["x"])))])
    for _ in 0..<3 { #expect(try await router.respond(to: "Hi").text == "x") }
    #expect(gone.asked == 1)
  }

  // MARK: Breakers

  // features E2, C5
  @Test func aRouteThatFailsIsPassedOverAndProbed() async throws {
    let broken = ScriptedTier(
      "one", .script(Array(repeating: failure(500), count: 5) + [.answer(["back"])]))
    let router = try router([Tier(broken), Tier(ScriptedTier("two", .answer(["x"])))])
    for _ in 0..<8 { #expect(try await router.respond(to: "Hi").text == "x") }
    #expect(broken.asked == 5)
    #expect(log.lines.contains("· Passed over: Tier 1: one (breaker open for 30 s)"))
    clock.advance(.seconds(30))
    #expect(try await router.respond(to: "Hi").text == "back")
    #expect(try await router.respond(to: "Hi").text == "back")
  }

  // features E2
  @Test func requestsThatAreRefusedSayNothingOfTheRoute() async throws {
    let strict = ScriptedTier(
      "one", .script(Array(repeating: failure(400), count: 9) + [.answer(["x"])]))
    let router = try router([Tier(strict), Tier(ScriptedTier("two", .answer(["y"])))])
    for _ in 0..<9 { #expect(try await router.respond(to: "Hi").text == "y") }
    #expect(try await router.respond(to: "Hi").text == "x")
  }

  // features E2
  @Test func whereAllAreOpenTheOneThatFailedLongestAgoIsAsked() async throws {
    let first = ScriptedTier("one", .fail(ApusError(.fileDamaged, "damaged")))
    let second = ScriptedTier(
      "two",
      .script(
        Array(repeating: .fail(ApusError(.fileDamaged, "damaged")), count: 6) + [.answer(["x"])]))
    let router = try router([Tier(first), Tier(second)])
    for _ in 0..<5 {
      await #expect(throws: ApusError.self) { try await router.respond(to: "Hi") }
      clock.advance(.seconds(1))
    }
    #expect([first.asked, second.asked] == [5, 5])
    // The first failed a moment before the second.
    await #expect(throws: ApusError.self) { try await router.respond(to: "Hi") }
    #expect([first.asked, second.asked] == [6, 5])
    clock.advance(.seconds(1))
    await #expect(throws: ApusError.self) { try await router.respond(to: "Hi") }
    #expect([first.asked, second.asked] == [6, 6])
  }

  // MARK: Timeouts

  // features A11
  @Test func aTierMustBeginInTime() async throws {
    let slow = ScriptedTier("slow", .hang)
    var tier = Tier(slow, timeout: .seconds(60))
    tier.timeouts.firstToken = .milliseconds(30)
    let router = try router([tier, Tier(ScriptedTier("two", .answer(["x"])))])
    #expect(try await router.respond(to: "Hi").text == "x")
    #expect(log.lines.contains("✗ Failed: Tier 1 (timeout after 30ms without a token)"))
  }

  // features A11
  @Test func aStreamMayNotFallSilent() async throws {
    let silent = ScriptedTier("silent", .hangAfter(["Hello"]))
    var tier = Tier(silent, timeout: .seconds(60))
    tier.timeouts.idle = .milliseconds(500)
    let router = try router([tier, Tier(ScriptedTier("two", .answer(["x"])))])
    let error = try await #require(throws: ApusError.self) { try await router.respond(to: "Hi") }
    #expect(error.code == .streamInterrupted)
    #expect(error.partialText == "Hello")
    #expect(error.message.contains("silent for 500ms"))
  }
}
