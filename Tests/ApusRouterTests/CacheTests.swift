import ApusCore
import ApusJSON
import ApusRemote
import Testing

@testable import ApusRouter

@Suite struct CacheTests {
  private let wall = WallTiming()
  private let log = LogLines()

  private func router(
    _ models: [any LanguageModel], _ cache: ResponseCache = ResponseCache(),
    _ options: RouterOptions = RouterOptions()
  ) throws -> Router {
    var options = options
    options.cache = cache
    return try Router(tiers: models.map { Tier($0) }, options: options, timing: wall.timing) {
      log.write($0)
    }
  }

  private func request(_ text: String = "Hi", _ policy: CachePolicy = .use()) -> Request {
    var request = Request(text)
    request.route.cache = policy
    return request
  }

  private func events(_ routed: RoutedAnswer) async throws -> [Event] {
    var events: [Event] = []
    for try await event in routed.events { events.append(event) }
    return events
  }

  // features F1, F6
  @Test func aStreamIsReplayedAsAStream() async throws {
    let model = StepModel()
    let ledger = MemoryLedger()
    var tier = Tier(model)
    tier.pricing = .perToken(ModelFacts.Price(input: 1000, output: 1000))
    var options = RouterOptions(ledger: ledger)
    options.cache = ResponseCache()
    let router = try Router(tiers: [tier], options: options, timing: wall.timing) {
      log.write($0)
    }
    let said: [Event] = [
      .reasoning("Hm"), .text("a"), .text("b"),
      .toolCall(ToolCallDelta(index: 0, id: "c", name: "f", arguments: "{}")),
      .finished(.toolCalls, Usage(promptTokens: 3, completionTokens: 4)),
    ]
    let first = router.route(request())
    try await model.isAsked()
    model.say(.prefill(done: 1, total: 2))
    for event in said { model.say(event) }
    #expect(try await events(first) == [.prefill(done: 1, total: 2)] + said)
    #expect(first.trace.origin == .tiers)

    let second = router.route(request())
    #expect(try await events(second) == said)
    #expect(model.asked == 1)
    #expect(second.trace.origin == .memory)
    #expect(second.trace.tierName == "step" && second.trace.modelName == "step")
    #expect(second.trace.json(text: "")["origin"] == "memory")
    // Nothing is charged.
    #expect(first.trace.cost == PicoDollars(7000) && second.trace.cost == .zero)
    #expect(second.trace.attempts.isEmpty && ledger.entries.count == 1)
    #expect(log.lines.last == "✓ Cached: Tier 1: step (memory)")
    #expect(try await router.respond(request()).model == "step")
  }

  // features F6
  @Test func onlyWhoeverAsksForItGetsIt() async throws {
    let model = ScriptedTier("a", .answer(["x"]))
    let cache = ResponseCache()
    let router = try router([model], cache)
    for _ in 0..<2 { _ = try await router.respond(to: "Hi") }
    for _ in 0..<2 { _ = try await router.respond(request("Hi", .none)) }
    #expect(model.asked == 4)
    for _ in 0..<2 { _ = try await router.respond(request()) }
    #expect(model.asked == 5)
    #expect(cache.statistics.fromTiers == 1 && cache.statistics.fromMemory == 1)
    // A cache for all serves those who say nothing, but not those who decline.
    let other = try self.router([model], ResponseCache(isStandard: true))
    for _ in 0..<2 { _ = try await other.respond(to: "Hi") }
    #expect(model.asked == 6)
    _ = try await other.respond(request("Hi", .none))
    #expect(model.asked == 7)
  }

  // features F6
  @Test func answersGrowOld() async throws {
    let model = ScriptedTier("a", .answer(["x"]))
    let router = try router([model], ResponseCache(timeToLive: .seconds(100)))
    _ = try await router.respond(request())
    wall.advance(99)
    _ = try await router.respond(request())
    #expect(model.asked == 1)
    // A younger one is wanted; it takes the older one's place.
    _ = try await router.respond(request("Hi", .use(timeToLive: .seconds(10))))
    #expect(model.asked == 2)
    wall.advance(9)
    _ = try await router.respond(request())
    #expect(model.asked == 2)
    wall.advance(1)
    _ = try await router.respond(request())
    #expect(model.asked == 3)
  }

  // features F2
  @Test func callersDoNotShare() async throws {
    let model = ScriptedTier("a", .answer(["x"]))
    let router = try router([model])
    for caller in ["x", "y", "x", "y", ""] {
      var request = request()
      request.route.caller = caller
      _ = try await router.respond(request)
    }
    #expect(model.asked == 3)
  }

  /// Two routers over one cache: what the tiers are belongs to the key.
  @Test func otherTiersAreAskedThemselves() async throws {
    let (a, b) = (ScriptedTier("a", .answer(["x"])), ScriptedTier("b", .answer(["y"])))
    let cache = ResponseCache()
    for _ in 0..<2 {
      #expect(try await router([a], cache).respond(request()).text == "x")
      #expect(try await router([b], cache).respond(request()).text == "y")
      #expect(try await router([b, a], cache).respond(request()).text == "y")
    }
    #expect(a.asked == 1 && b.asked == 2)
  }

  /// What was asked for this machine alone is not answered by others, kept or not.
  @Test func privateRequestsHaveTheirOwn() async throws {
    let afar = StepModel("afar")
    let here = ScriptedTier("here", .answer(["here"]))
    let router = try router([afar, here])
    let open = Task { try await router.respond(request()) }
    try await afar.isAsked()
    afar.say(.text("afar"))
    afar.finish()
    #expect(try await open.value.text == "afar")
    for _ in 0..<2 {
      #expect(try await router.respond(PrivateRequest(request())).text == "here")
    }
    #expect(here.asked == 1 && afar.asked == 1)
  }

  /// Which model a name means depends on the tiers' names and on the aliases.
  @Test func aNamedModelIsWhoeverIsCalledSo() async throws {
    let models = ["a", "b"].map { ScriptedTier($0, .answer([$0])) }
    let cache = ResponseCache()
    var request = request()
    request.route.model = "it"
    for name in ["a", "b", "a"] {
      var options = RouterOptions()
      options.aliases = ["it": name]
      #expect(try await router(models, cache, options).respond(request).text == name)
    }
    #expect(models.map(\.asked) == [1, 1])
  }

  // MARK: What is not kept

  @Test(arguments: [
    ScriptedTier.Behaviour.fail(ApusError(.busy, "full")),
    .failAfter(["x"], ApusError(.upstream, "gone")),
  ])
  func failuresAreNotKept(behaviour: ScriptedTier.Behaviour) async throws {
    let model = ScriptedTier("a", .script([behaviour, behaviour, behaviour, .answer(["y"])]))
    let cache = ResponseCache()
    let router = try router([model], cache)
    while model.asked < 3 {
      await #expect(throws: ApusError.self) { try await router.respond(request()) }
    }
    #expect(cache.statistics.answerCount == 0)
    #expect(try await router.respond(request()).text == "y")
  }

  @Test func whatEndedEarlyIsNotKept() async throws {
    func asks(_ reason: FinishReason, _ change: (inout Request) -> Void = { _ in }) async throws
      -> Int
    {
      let model = StepModel()
      let router = try router([model])
      var request = request()
      change(&request)
      for _ in 0..<2 {
        let before = model.asked
        let routed = router.route(request)
        async let all = events(routed)
        if before == 0 || reason != .stop {
          // The second may come from the cache, and never asks.
          for _ in 0..<200 where model.asked == before {
            try await Task.sleep(for: .milliseconds(1))
          }
        }
        model.say(.text("x"), .finished(reason, Usage()))
        _ = try await all
      }
      return model.asked
    }
    #expect(try await asks(.stop) == 1)
    #expect(try await asks(.contentFilter) == 2)
    #expect(try await asks("other") == 2)
    // A model's own limit is not an end; one that was asked for is.
    #expect(try await asks(.length) == 2)
    #expect(try await asks(.length) { $0.options.maxTokens = 1 } == 1)
  }

  @Test func whatWasPiecedTogetherIsNotKept() async throws {
    let broken = ScriptedTier("a", .failAfter(["One "], ApusError(.upstream, "gone")))
    let local = ScriptedTier("b", .answer(["y"]))
    let router = try router([broken, local])
    var request = request()
    request.route.continuation = .local
    for _ in 0..<2 { #expect(try await router.respond(request).text == "One y") }
    #expect(broken.asked == 2 && local.asked == 2)
  }

  /// A model file that changes while it answers: nobody knows whose answer it was.
  @Test func aModelThatChangesIsNotKept() async throws {
    final class Changing: FileBackedModel {
      let model = ScriptedTier("a", .answer(["x"]))
      let isKnown: Bool
      init(isKnown: Bool) { self.isKnown = isKnown }
      var name: String { "a" }
      var identity: ModelIdentity? {
        isKnown ? ModelIdentity(files: [], settings: "\(model.asked)") : nil
      }
      func stream(_ request: Request) -> EventStream { model.stream(request) }
    }
    for isKnown in [true, false] {
      let model = Changing(isKnown: isKnown)
      let cache = ResponseCache()
      let router = try router([model], cache)
      for _ in 0..<2 { _ = try await router.respond(request()) }
      #expect(model.model.asked == 2 && cache.statistics.answerCount == 0)
    }
  }

  // MARK: Behind memory

  // features F1
  @Test func whatMemoryForgotTheStoreHas() async throws {
    let model = ScriptedTier("a", .answer(["x", "y"]))
    let store = DictionaryStore()
    let cache = ResponseCache(store: store)
    let router = try router([model], cache)
    let first = try await events(router.route(request()))
    try await store.holds(1)
    cache.removeAll()
    let second = router.route(request())
    #expect(try await events(second) == first)
    #expect(second.trace.origin == .store && second.trace.tierName == "a")
    // It is in memory again.
    let third = router.route(request())
    #expect(try await events(third) == first)
    #expect(third.trace.origin == .memory)
    #expect(model.asked == 1)
    #expect(cache.statistics.fromStore == 1 && cache.statistics.fromMemory == 1)
    // Too old is too old, wherever it comes from.
    cache.removeAll()
    wall.advance(3600)
    _ = try await router.respond(request())
    #expect(model.asked == 2)
  }

  @Test func aDamagedStoreIsDoneWithout() async throws {
    struct Broken: CacheStore {
      func answer(for key: CacheKey) throws -> CachedAnswer? {
        throw ApusError(.fileDamaged, "damaged")
      }
      func keep(_ answer: CachedAnswer, for key: CacheKey) throws {
        throw ApusError(.fileDamaged, "damaged")
      }
    }
    struct Garbled: CacheStore {
      func answer(for key: CacheKey) -> CachedAnswer? {
        CachedAnswer(
          events: [7, 7, 7], tier: 1, tierName: "a", model: "a", time: 1_000_000,
          timeToLive: .seconds(100))
      }
      func keep(_ answer: CachedAnswer, for key: CacheKey) {}
    }
    for store in [Broken(), Garbled()] as [any CacheStore] {
      let model = ScriptedTier("a", .answer(["x"]))
      let router = try router([model], ResponseCache(store: store))
      #expect(try await router.respond(request()).text == "x")
      #expect(try await router.respond(request()).text == "x")
      #expect(model.asked == 1)
    }
    #expect(log.lines.contains("! The cache could not be read: damaged"))
  }
}
