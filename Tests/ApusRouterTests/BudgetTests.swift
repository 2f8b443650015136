import ApusCore
import ApusJSON
import ApusRemote
import Testing

@testable import ApusRouter

@Suite struct BudgetTests {
  private let clock = ManualTiming()
  private let log = LogLines()
  private let price = ModelFacts.Price(input: 1_000_000, output: 2_000_000)

  private func paid(_ model: ScriptedTier) -> Tier {
    var tier = Tier(model)
    tier.pricing = .perToken(price)
    return tier
  }

  private func router(_ tiers: [Tier], _ options: RouterOptions) throws -> Router {
    try Router(tiers: tiers, options: options, timing: clock.timing) { log.write($0) }
  }

  private func request(_ caller: String = "", maxTokens: Int = 10) -> Request {
    var request = Request(.text("Hi"), options: GenerationOptions(maxTokens: maxTokens))
    request.route.caller = caller
    return request
  }

  // features A28
  @Test func aBudgetOfZeroBlocksEveryPaidTier() async throws {
    let paid = ScriptedTier("paid", .answer(["a"]))
    let unknown = ScriptedTier("unknown", .answer(["b"]))
    var second = Tier(unknown)
    second.pricing = .unknown
    let options = RouterOptions(budget: Budget(perDay: .zero))
    let tiers = [self.paid(paid), second, Tier(ScriptedTier("free", .answer(["c"])))]
    let router = try router(tiers, options)
    #expect(try await router.respond(request()).text == "c")
    #expect(paid.asked + unknown.asked == 0)
    #expect(
      log.lines.first
        == "· Passed over: Tier 1: paid (the budget is 0 and the tier may cost)")
  }

  // features H7
  @Test func itRefusesBeforeItSpends() async throws {
    let ledger = MemoryLedger()
    // A prompt of a token, at most ten tokens of an answer: 21 µ$ at most, 5 µ$ as it turns out.
    let options = RouterOptions(
      budget: Budget(perDay: PicoDollars(dollars: "0.00003")), ledger: ledger)
    let model = ScriptedTier("paid", .answer(["a", "b"]))
    let router = try router([paid(model), Tier(ScriptedTier("free", .answer(["c"])))], options)
    var answers: [String] = []
    for _ in 0..<6 { answers.append(try await router.respond(request()).text) }
    // 4 µ$ each (two tokens; the scripted usage has no prompt): 4, 8; 12 + 21 is more than 30.
    #expect(answers == ["ab", "ab", "ab", "c", "c", "c"])
    let day = 11
    #expect(ledger.spent(onDay: day, caller: nil) == PicoDollars(12_000_000))
    #expect(ledger.entries.filter { $0.tier == "paid" }.count == 3)
    #expect(ledger.entries.allSatisfy { $0.failure == nil && !$0.isEstimated })
  }

  /// A budget without a ledger of the caller's is counted all the same.
  @Test func theRouterCountsByItself() async throws {
    var options = RouterOptions()
    options.budget = Budget(perDay: PicoDollars(dollars: "0.000022"))
    let tiers = [
      paid(ScriptedTier("paid", .answer(["a"]))), Tier(ScriptedTier("free", .answer(["c"]))),
    ]
    let router = try router(tiers, options)
    #expect(try await router.respond(request()).text == "a")
    #expect(try await router.respond(request()).text == "c")
  }

  @Test func callersHaveTheirOwn() async throws {
    let options = RouterOptions(
      budget: Budget(perCallerAndDay: PicoDollars(dollars: "0.000022")))
    let tiers = [
      paid(ScriptedTier("paid", .answer(["a"]))), Tier(ScriptedTier("free", .answer(["c"]))),
    ]
    let router = try router(tiers, options)
    #expect(try await router.respond(request("x")).text == "a")
    #expect(try await router.respond(request("x")).text == "c")
    #expect(try await router.respond(request("y")).text == "a")
  }

  @Test func whatIsUnderWayIsSetAside() throws {
    let ledger = MemoryLedger()
    let keeper = BudgetKeeper(
      Budget(perDay: PicoDollars(100)), ledger: ledger, timing: clock.timing)
    #expect(keeper.reserve(PicoDollars(60), caller: "x", isPaid: true) == nil)
    #expect(keeper.reserve(PicoDollars(60), caller: "y", isPaid: true) != nil)
    keeper.release(PicoDollars(60), caller: "x", isPaid: true)
    #expect(keeper.reserve(PicoDollars(60), caller: "y", isPaid: true) == nil)
    #expect(keeper.reserve(.zero, caller: "y", isPaid: false) == nil)
  }

  // features H7
  @Test func theTraceKnowsTheCost() async throws {
    let router = try router([paid(ScriptedTier("paid", .answer(["a", "b"])))], RouterOptions())
    let routed = router.route(request())
    _ = try await Response(of: routed.events, model: "")
    #expect(routed.trace.cost == PicoDollars(4_000_000))
    #expect(routed.trace.json(text: "")["cost"]?["text"] == "$0.000004")
  }

  /// An answer that broke off may have been charged: its tokens are estimated. A refusal was not.
  @Test func failedAttemptsAreKeptApart() async throws {
    let ledger = MemoryLedger()
    let broken = ScriptedTier("one", .failAfter(["four", "more"], ApusError(.upstream, "gone")))
    let refused = ScriptedTier("zero", .fail(ApusError(.invalidRequest, "no")))
    let router = try router([paid(refused), paid(broken)], RouterOptions(ledger: ledger))
    await #expect(throws: ApusError.self) { try await router.respond(request()) }
    let entries = ledger.entries
    #expect(entries.map(\.failure) == ["invalid_request", "upstream"])
    #expect(entries.map(\.cost) == [.zero, PicoDollars(5_000_000)])
    #expect(entries.map(\.isEstimated) == [false, true])
    #expect(Set(entries.map(\.request)).count == 1)
    #expect(entries.map(\.attempt) == [0, 1])
  }

  @Test func aLedgerThatFailsIsToldAndRefusesToSpend() async throws {
    struct Broken: LedgerStore {
      struct Full: Error {}
      func append(_ entry: LedgerEntry) throws { throw Full() }
      func spent(onDay day: Int, caller: String?) throws -> PicoDollars { throw Full() }
    }
    let options = RouterOptions(budget: Budget(perDay: PicoDollars(dollars: "1")), ledger: Broken())
    let tiers = [
      paid(ScriptedTier("paid", .answer(["a"]))), Tier(ScriptedTier("free", .answer(["c"]))),
    ]
    let router = try router(tiers, options)
    #expect(try await router.respond(request()).text == "c")
    #expect(log.lines.contains { $0.contains("the ledger cannot be read") })
    #expect(log.lines.contains { $0.contains("ledger could not be written") })
  }
}
