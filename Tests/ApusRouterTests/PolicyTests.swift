import ApusCore
import ApusRemote
import Testing

@testable import ApusRouter

/// Each policy's order of tiers, and what goes before any policy.
@Suite struct PolicyTests {
  private func tier(
    _ name: String, _ number: Int, far: Bool = false, quality: Double? = nil,
    price: (input: Int, output: Int)? = nil, weight: Double = 1, load: ModelLoad? = nil
  ) -> Tier {
    let model: any LanguageModel =
      far
      ? FarTier(name, .answer([name]))
      : ScriptedTier(name, .answer([name]), load: load)
    var tier = Tier(model, name: name, number: number)
    tier.quality = quality
    tier.weight = weight
    tier.pricing =
      price.map { .perToken(ModelFacts.Price(input: $0.input, output: $0.output)) } ?? .free
    return tier
  }

  private func router(_ policy: RoutingPolicy, _ tiers: [Tier]) throws -> Router {
    var options = RouterOptions()
    options.policy = policy
    return try Router(tiers: tiers, options: options)
  }

  private func order(
    _ router: Router, _ request: Request = Request("Hi")
  ) -> [String] {
    router.choice(for: request).tiers.map(\.name)
  }

  /// A model that is expected to take so long for a token, with so many requests before it.
  private func load(answerTime: Double, running: Int = 0, context: Int = 4096) -> ModelLoad {
    ModelLoad(
      running: running, waiting: 0, slots: 1, promptTime: answerTime / 10, answerTime: answerTime,
      answerLength: 100, contextLength: context)
  }

  // features C1
  @Test func theBestGoesFirst() throws {
    let tiers = [
      tier("a", 1, quality: 0.4), tier("b", 2), tier("c", 3, quality: 0.9),
      tier("d", 4, quality: 0.9),
    ]
    #expect(order(try router(.quality, tiers)) == ["c", "d", "b", "a"])
  }

  // features C2
  @Test func theFastestGoesFirst() throws {
    let tiers = [
      tier("slow", 1, load: load(answerTime: 0.1)), tier("fast", 2, load: load(answerTime: 0.01)),
      tier("unknown", 3, far: true),
    ]
    // Whoever has not been measured yet is measured.
    #expect(order(try router(.speed, tiers)) == ["unknown", "fast", "slow"])
  }

  // features C2
  @Test func speedIsLearntFromAnswers() async throws {
    let tiers = [
      Tier(FarTier("late", .answerAfter(.milliseconds(200), ["x"])), name: "late", number: 1),
      Tier(FarTier("early", .answer(["x"])), name: "early", number: 2),
    ]
    let router = try router(.speed, tiers)
    #expect(try await router.respond(to: "Hi").model == "late")
    #expect(try await router.respond(to: "Hi").model == "early")
    #expect(try await router.respond(to: "Hi").model == "early")
    #expect(order(router) == ["early", "late"])
  }

  // features C2
  @Test func aBusyLocalModelGivesWay() throws {
    func names(running: Int) throws -> [String] {
      order(
        try router(
          .speed,
          [
            tier("local", 1, load: load(answerTime: 0.01, running: running)),
            tier("other", 2, load: load(answerTime: 0.02)),
          ]))
    }
    #expect(try names(running: 0) == ["local", "other"])
    #expect(try names(running: 5) == ["other", "local"])
  }

  // features C4
  @Test func theCheapestGoesFirst() throws {
    var unknown = tier("unknown", 1, far: true)
    unknown.pricing = .unknown
    let tiers = [
      unknown, tier("dear", 2, far: true, price: (10_000_000, 30_000_000)),
      tier("cheap", 3, far: true, price: (100_000, 200_000)), tier("free", 4),
    ]
    #expect(order(try router(.cost, tiers)) == ["free", "cheap", "dear", "unknown"])
  }

  // features C3
  @Test func balanceWeighsQualitySpeedAndCost() throws {
    let good = tier(
      "good", 1, quality: 1, price: (1_000_000, 1_000_000), load: load(answerTime: 0.01))
    let slow = tier("slow", 2, quality: 0.5, load: load(answerTime: 1))
    let all = tier("all", 3, quality: 0.9, load: load(answerTime: 0.02))
    #expect(order(try router(.balanced, [good, slow, all])) == ["good", "all", "slow"])
    var dear = good
    dear.pricing = .unknown
    dear.quality = 0.6
    #expect(order(try router(.balanced, [dear, slow, all])).first == "all")
  }

  // features C5
  @Test func whatFailsComesLater() async throws {
    let failing = ScriptedTier(
      "failing",
      .script(
        [.fail(ApusError(.upstream, "no")), .answer(["x"]), .answer(["x"]), .answer(["x"])]))
    let tiers = [Tier(failing, name: "failing", number: 1), tier("steady", 2)]
    let router = try router(.healthAware, tiers)
    for _ in 0..<4 { _ = try await router.respond(to: "Hi") }
    #expect(order(router) == ["failing", "steady"])
    _ = try await router.respond(to: "Hi")
    // One fault among five answers.
    #expect(order(router) == ["steady", "failing"])
  }

  // features C6
  @Test func eachHasItsTurn() async throws {
    let router = try router(.roundRobin, [tier("a", 1), tier("b", 2), tier("c", 3)])
    var counts: [String: Int] = [:]
    for _ in 0..<31 { counts[try await router.respond(to: "Hi").model, default: 0] += 1 }
    #expect(counts == ["a": 11, "b": 10, "c": 10])
  }

  // features C9
  @Test func sharesAreKept() throws {
    let router = try router(
      .weighted, [tier("a", 1, weight: 5), tier("b", 2, weight: 1), tier("c", 3, weight: 2)])
    let firsts = (0..<80).map { _ in order(router)[0] }
    #expect(firsts.count { $0 == "a" } == 50)
    #expect(firsts.count { $0 == "b" } == 10)
    #expect(firsts.count { $0 == "c" } == 20)
    // In turns, not in blocks.
    #expect(Set(firsts.prefix(8)) == ["a", "b", "c"])
  }

  // features C9
  @Test func theLeastLoadedGoesFirst() throws {
    let router = try router(
      .leastLoaded,
      [
        tier("a", 1, load: load(answerTime: 0.1, running: 2)),
        tier("b", 2, load: load(answerTime: 0.1, running: 1)),
        tier("c", 3, weight: 4, load: load(answerTime: 0.1, running: 3)),
      ])
    #expect(order(router) == ["c", "b", "a"])
  }

  // features A33
  @Test func thisMachineGoesFirst() throws {
    let far = try Tier.groq(model: "m", key: "gsk_abcdefghijklmnopqrst")
    let own = try Tier.openAICompatible("http://127.0.0.1:9/v1", model: "own")
    let router = try router(.localFirst, [far, own, tier("here", 3)])
    #expect(router.choice(for: Request("Hi")).tiers.map(\.distance) == [0, 1, 2])
  }

  // features C7
  @Test func productionPrefersWhatWorks() async throws {
    let failing = FarTier("best", .fail(ApusError(.upstream, "no")))
    let policy = RoutingPolicy.production(
      RoutingPolicy.Production(
        modelPreference: ["best", "second"], errorTolerance: 0.1, performanceOptimized: true))
    let router = try router(
      policy,
      [
        tier("slow", 1, load: load(answerTime: 1)), tier("fast", 2, load: load(answerTime: 0.01)),
        Tier(failing, name: "best", number: 3), tier("second", 4),
      ])
    #expect(order(router) == ["best", "second", "fast", "slow"])
    for _ in 0..<5 { _ = try await router.respond(to: "Hi") }
    #expect(order(router) == ["second", "fast", "slow", "best"])
  }

  // features C7
  @Test func everyPolicyHasAName() throws {
    for name in RoutingPolicy.names {
      #expect(RoutingPolicy(named: name.uppercased())?.name == name)
    }
    #expect(RoutingPolicy(named: "quality_optimized") == .quality)
    #expect(RoutingPolicy(named: "speed-priority") == .speed)
    #expect(RoutingPolicy(named: "whatever") == nil)
  }
}
