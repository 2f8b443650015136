import ApusCore
import ApusJSON
import ApusRouter
import Testing

@Suite struct RouterTests {
  private func router(_ tiers: [Tier], _ log: LogLines = LogLines()) throws -> Router {
    try Router(tiers: tiers) { log.write($0) }
  }

  // features A1
  @Test func theFirstSuccessWins() async throws {
    let first = ScriptedTier("one", .answer(["a", "b"]))
    let second = ScriptedTier("two", .answer(["c"]))
    let routed = try router([Tier(first), Tier(second)]).route(Request("Hi"))
    var text = ""
    for try await event in routed.events { text += event.text }
    #expect(text == "ab")
    #expect(second.asked == 0)
    #expect(routed.trace.tierName == "one")
    #expect(routed.trace.attempts.map(\.outcome) == [.success])
    let json = routed.trace.json(text: text)
    #expect(json["tier"] == 1)
    #expect(json["attempts"]?[0]?["outcome"] == "success")
    #expect(json["attempts"]?[0]?["ms"]?.integer != nil)
  }

  // features A14
  @Test func theLogSaysWhatHappened() async throws {
    let log = LogLines()
    let failing = ScriptedTier("one", .fail(ApusError(.busy, "the queue is full")))
    let router = try router([Tier(failing), Tier(ScriptedTier("two", .answer(["x"])))], log)
    _ = try await router.respond(to: "Hi")
    #expect(
      log.withoutTimes == [
        "→ Trying: Tier 1: one", "✗ Failed: Tier 1 (the queue is full)", "→ Trying: Tier 2: two",
        "✓ Success: Tier 2: two (…)",
      ])
    let last = try #require(log.lines.last)
    let pattern = last.split(separator: "(").last ?? ""
    #expect(pattern.contains("ms, total: ") && pattern.hasSuffix("ms)"))
  }

  // features A11
  @Test func aTimeoutIsAFailure() async throws {
    let log = LogLines()
    let slow = ScriptedTier("slow", .hang)
    let tiers = [
      Tier(slow, timeout: .milliseconds(60)), Tier(ScriptedTier("two", .answer(["x"]))),
    ]
    #expect(try await router(tiers, log).respond(to: "Hi").text == "x")
    #expect(log.lines.contains("✗ Failed: Tier 1 (timeout after 60ms)"))
    #expect(slow.cancelled == 1)
  }

  // features A19
  @Test func whenAllFailEveryReasonIsTold() async throws {
    let tiers = [
      Tier(ScriptedTier("one", .fail(ApusError(.fileNotFound, "model.gguf: no such file")))),
      Tier(ScriptedTier("two", .hang), timeout: .milliseconds(30)),
    ]
    let error = try await #require(throws: ApusError.self) {
      try await router(tiers).respond(to: "Hi")
    }
    #expect(error.code == .allTiersFailed)
    #expect(
      error.message == "All LLM tiers failed: Tier 1: one (model.gguf: no such file); "
        + "Tier 2: two (timeout after 30ms)")
  }

  // features E9
  @Test func theRouterWorksOnAfterAFailure() async throws {
    let failing = ScriptedTier("one", .fail(ApusError(.fileDamaged, "damaged")))
    let router = try router([Tier(failing), Tier(ScriptedTier("two", .answer(["x"])))])
    for _ in 0..<3 { #expect(try await router.respond(to: "Hi").text == "x") }
    #expect(failing.asked == 3)
  }

  @Test func afterTheFirstTokenThereIsNoOtherTier() async throws {
    let broken = ScriptedTier(
      "one", .failAfter(["Hel", "lo"], ApusError(.upstream, "gone")))
    let second = ScriptedTier("two", .answer(["x"]))
    let stream = try router([Tier(broken), Tier(second)]).stream(Request("Hi"))
    var text = ""
    let error = try await #require(throws: ApusError.self) {
      for try await event in stream { text += event.text }
    }
    #expect(error.code == .streamInterrupted)
    #expect(error.partialText == "Hello")
    #expect(text == "Hello")
    #expect(second.asked == 0)
  }

  @Test func eachAttemptGetsWhatIsLeftOfTheDeadline() async throws {
    let slow = ScriptedTier("slow", .hang)
    let second = ScriptedTier("two", .answer(["x"]))
    let deadline = ContinuousClock.now + .seconds(1000)
    let tiers = [Tier(slow, timeout: .milliseconds(40)), Tier(second, timeout: .seconds(5000))]
    let request = Request(.text("Hi"), deadline: deadline)
    #expect(try await router(tiers).respond(request).text == "x")
    // The first is held to its own timeout, the second to the caller's deadline.
    #expect(try #require(slow.lastDeadline) < deadline - .seconds(1))
    #expect(try #require(second.lastDeadline) <= deadline + .seconds(1))
    #expect(try #require(second.lastDeadline) > deadline - .seconds(1))
  }

  @Test func afterTheDeadlineNobodyIsAsked() async throws {
    let first = ScriptedTier("one", .answer(["x"]))
    let request = Request(.text("Hi"), deadline: .now - .seconds(1))
    let error = try await #require(throws: ApusError.self) {
      try await router([Tier(first), Tier(ScriptedTier("two", .hang))]).respond(request)
    }
    #expect(error.code == .allTiersFailed)
    #expect(error.message.contains("Tier 1") && error.message.contains("Tier 2"))
    #expect(first.asked == 0)
  }

  @Test func cancellingEndsTheAttempt() async throws {
    let slow = ScriptedTier("slow", .hang)
    let second = ScriptedTier("two", .answer(["x"]))
    let router = try router([Tier(slow), Tier(second)])
    let task = Task { try await router.respond(to: "Hi") }
    while slow.asked == 0 { try await Task.sleep(for: .milliseconds(2)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    for _ in 0..<400 where slow.cancelled == 0 { try await Task.sleep(for: .milliseconds(5)) }
    #expect(slow.cancelled == 1)
    #expect(second.asked == 0)
  }

  @Test func tiersThatAreSwitchedOffAreLeftOut() async throws {
    let off = ScriptedTier("off", .answer(["a"]))
    let tiers = [Tier(off, isEnabled: false), Tier(ScriptedTier("on", .answer(["b"])))]
    let router = try router(tiers)
    #expect(try await router.respond(to: "Hi").text == "b")
    #expect(router.tiers.map(\.number) == [2])
    #expect(throws: ApusError.self) { try self.router([Tier(off, isEnabled: false)]) }
  }
}

extension RouterTests {
  @Test func theAnswerNamesTheModelThatGaveIt() async throws {
    let failing = ScriptedTier("one", .fail(ApusError(.busy, "full")))
    let router = try Router(tiers: [Tier(failing), Tier(ScriptedTier("two", .answer(["x"])))])
    #expect(try await router.respond(Request("Hi")).model == "two")
    let model: any LanguageModel = router
    #expect(try await model.respond(to: "Hi").model == "two")
  }

  @Test func aTierThatStopsByItselfHasFailed() async throws {
    struct Quitter: LanguageModel {
      var name: String { "quitter" }
      func stream(_ request: Request) -> EventStream { EventStream(throwing: CancellationError()) }
    }
    let router = try Router(tiers: [Tier(Quitter()), Tier(ScriptedTier("two", .answer(["x"])))])
    #expect(try await router.respond(to: "Hi").text == "x")
  }

  @Test func theCauseHoldsTheAttempts() async throws {
    let damaged = ScriptedTier("one", .fail(ApusError(.fileDamaged, "damaged")))
    let router = try Router(tiers: [Tier(damaged)])
    let error = try await #require(throws: ApusError.self) { try await router.respond(to: "Hi") }
    guard case .allTiersFailed(let attempts)? = error.cause as? RouterError else {
      Issue.record("\(String(describing: error.cause))")
      return
    }
    #expect(attempts.map(\.outcome) == [.failure("damaged")])
  }
}
