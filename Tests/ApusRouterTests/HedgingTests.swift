import ApusCore
import Testing

@testable import ApusRouter

@Suite struct HedgingTests {
  /// Twenty quick answers, so that it is known what is slow, and the budget allows one.
  private func warm(_ router: Router) async throws {
    for _ in 0..<20 { _ = try await router.respond(to: "Hi") }
  }

  private func quickThen(_ last: ScriptedTier.Behaviour) -> ScriptedTier {
    ScriptedTier("one", .script(Array(repeating: .answer(["quick"]), count: 20) + [last]))
  }

  // features E1
  @Test func aSlowBeginningIsOvertaken() async throws {
    let first = quickThen(.answerAfter(.seconds(30), ["late"]))
    let second = ScriptedTier("two", .answer(["x", "y"]))
    let router = try Router(
      tiers: [Tier(first), Tier(second)], options: RouterOptions(isHedging: true))
    try await warm(router)
    #expect(second.asked == 0)
    let routed = router.route(Request("Hi"))
    #expect(try await Response(of: routed.events, model: "").text == "xy")
    #expect(first.cancelled == 1)
    #expect(second.asked == 1)
    #expect(routed.trace.tierName == "two")
    #expect(Set(routed.trace.attempts.map(\.outcome)) == [.success, .overtaken])
  }

  // features E1
  @Test func oneRequestInTwentyNoMore() {
    let budget = HedgeBudget()
    for _ in 0..<19 { budget.countRequest() }
    #expect(!budget.take())
    budget.countRequest()
    #expect(budget.take())
    for _ in 0..<19 { budget.countRequest() }
    #expect(!budget.take())
    budget.countRequest()
    #expect(budget.take())
  }

  @Test func theFirstMayStillWin() async throws {
    let second = ScriptedTier("two", .hang)
    let first = quickThen(.answerWhen({ second.asked > 0 }, ["late"]))
    let router = try Router(
      tiers: [Tier(first), Tier(second)], options: RouterOptions(isHedging: true))
    try await warm(router)
    #expect(try await router.respond(to: "Hi").text == "late")
    #expect(second.asked == 1)
    #expect(second.cancelled == 1)
  }

  @Test func theLocalTierGoesFirst() async throws {
    let first = quickThen(.hang)
    let local = ScriptedTier("local", .answer(["local"]))
    let remote = try Tier.openAICompatible("http://127.0.0.1:9/v1", model: "m")
    let router = try Router(
      tiers: [Tier(first), remote, Tier(local)], options: RouterOptions(isHedging: true))
    try await warm(router)
    #expect(try await router.respond(to: "Hi").text == "local")
  }

  @Test func whereBothFailTheNextIsAsked() async throws {
    let failure = ScriptedTier.Behaviour.fail(ApusError(.upstream, "no"))
    let first = quickThen(.script([.hang]))
    let second = ScriptedTier("two", failure)
    let third = ScriptedTier("three", .answer(["z"]))
    let tiers = [Tier(first, timeout: .milliseconds(200)), Tier(second), Tier(third)]
    let router = try Router(tiers: tiers, options: RouterOptions(isHedging: true))
    try await warm(router)
    #expect(try await router.respond(to: "Hi").text == "z")
    // Asked beside the first, not once more after it.
    #expect(second.asked == 1)
  }

  @Test func withoutTheOptionNobodyHedges() async throws {
    let first = quickThen(.answerAfter(.milliseconds(100), ["late"]))
    let second = ScriptedTier("two", .answer(["x"]))
    let router = try Router(tiers: [Tier(first), Tier(second)])
    try await warm(router)
    #expect(try await router.respond(to: "Hi").text == "late")
    #expect(second.asked == 0)
  }

  // features E1
  @Test func aRequestCanAskForIt() async throws {
    let first = quickThen(.answerAfter(.seconds(30), ["late"]))
    let router = try Router(tiers: [Tier(first), Tier(ScriptedTier("two", .answer(["x"])))])
    try await warm(router)
    var request = Request("Hi")
    request.route.allowsHedging = true
    #expect(try await router.respond(request).text == "x")
  }
}
