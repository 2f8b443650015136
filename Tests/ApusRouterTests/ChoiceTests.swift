import ApusCore
import ApusJSON
import ApusRemote
import Testing

@testable import ApusRouter

/// What goes before a policy: what a request needs and asks for.
@Suite struct ChoiceTests {
  private func tier(_ name: String, _ number: Int) -> Tier {
    Tier(ScriptedTier(name, .answer([name])), name: name, number: number)
  }

  private func router(_ tiers: [Tier], _ options: RouterOptions = RouterOptions()) throws -> Router
  {
    try Router(tiers: tiers, options: options)
  }

  private func request(_ change: (inout RouteOptions) -> Void) -> Request {
    var request = Request("Hi")
    change(&request.route)
    return request
  }

  private func names(_ router: Router, _ request: Request) -> [String] {
    router.choice(for: request).tiers.map(\.name)
  }

  // features C20
  @Test func theModelThatIsAskedForGoesFirst() throws {
    let router = try router([tier("a", 1), tier("b", 2), tier("c", 3)])
    #expect(names(router, request { $0.model = "C" }) == ["c", "a", "b"])
    #expect(names(router, request { $0.model = "nobody" }) == ["a", "b", "c"])
  }

  // features C20, J7
  @Test func fallbacksAreAllThatIsAsked() async throws {
    let failing = ScriptedTier("gpt-4", .fail(ApusError(.upstream, "no")))
    let router = try router([
      tier("simple", 1), Tier(failing, name: "gpt-4", number: 2), tier("mistral", 3),
      tier("gpt-3.5", 4),
    ])
    let asked = request {
      $0.model = "gpt-4"
      $0.fallbacks = ["gpt-3.5", "mistral"]
    }
    #expect(names(router, asked) == ["gpt-4", "gpt-3.5", "mistral"])
    #expect(try await router.respond(asked).text == "gpt-3.5")
    let others = request { $0.fallbacks = ["mistral"] }
    #expect(names(router, others) == ["mistral"])
    let nobody = request { $0.fallbacks = ["x"] }
    let error = await #expect(throws: ApusError.self) { try await router.respond(nobody) }
    #expect(error?.message.contains("nor one of its fallbacks") == true)
  }

  // features C18
  @Test func aliasesStandForModels() throws {
    var options = RouterOptions()
    options.aliases = ["gpt-4": "big", "big": "b", "loop": "pool", "pool": "loop"]
    let groq = try Tier.groq(model: "openai/gpt-oss-120b", key: "gsk_abcdefghijklmnopqrst")
    let router = try router([tier("a", 1), tier("b", 2), groq], options)
    #expect(names(router, request { $0.model = "GPT-4" }) == ["b", "a", groq.name])
    #expect(names(router, request { $0.model = "loop" }) == ["a", "b", groq.name])
    // The provider's own list of names that are gone.
    #expect(names(router, request { $0.model = "mixtral-8x7b-32768" }).first == groq.name)
  }

  // features D20
  @Test func whatIsRequiredLeavesTheOthersOut() throws {
    var plain = tier("plain", 1)
    plain.features = [.streaming]
    var seeing = tier("seeing", 2)
    seeing.features = [.streaming, .vision, .tools]
    let router = try router([plain, seeing, tier("unknown", 3)])
    #expect(names(router, request { $0.requires = [.vision] }) == ["seeing", "unknown"])
    let choice = router.choice(for: request { $0.requires = [.vision, .audio] })
    #expect(choice.tiers.map(\.name) == ["unknown"])
    #expect(choice.leftOut.map(\.reason) == ["cannot do audio, vision", "cannot do audio"])
    // Tools in a request are told to whoever there is, but first to those that know them.
    let tools = Request(.messages([.user("Hi")]), tools: [["name": "f"]])
    #expect(names(router, tools) == ["seeing", "unknown", "plain"])
  }

  // features D20
  @Test func aShortContextIsLeftOut() throws {
    var short = tier("short", 1)
    short.contextLength = 100
    var options = RouterOptions()
    let long = Request(String(repeating: "word ", count: 400))
    #expect(names(try router([short, tier("long", 2)]), long) == ["long"])
    // Counted exactly it fits.
    options.countTokens = { _, _ in 90 }
    #expect(names(try router([short, tier("long", 2)], options), long) == ["short", "long"])
    let limited = Request("Hi", options: GenerationOptions(maxTokens: 99))
    #expect(names(try router([short, tier("long", 2)], options), limited) == ["long"])
  }

  @Test func whatCannotBeDoneInTimeComesLast() throws {
    let busy = ScriptedTier(
      "busy", .answer(["x"]),
      load: ModelLoad(
        running: 3, waiting: 0, slots: 1, promptTime: 0.01, answerTime: 0.1, answerLength: 100,
        contextLength: 4096))
    let router = try router([Tier(busy, name: "busy", number: 1), tier("b", 2)])
    var request = Request("Hi")
    #expect(names(router, request) == ["busy", "b"])
    request.deadline = .now + .seconds(5)
    #expect(names(router, request) == ["b", "busy"])
    request.deadline = .now + .seconds(60)
    #expect(names(router, request) == ["busy", "b"])
  }

  // features C8
  @Test(arguments: [
    (TaskClass.code, "Write a Python function that reverses a linked list"),
    (.code, "Why does this crash?\n```swift\nlet x = a[3]\n```"),
    (.code, "Fix the bug in this SQL query: SELECT * FROM users WHERE"),
    (.question, "What is the capital of France?"),
    (.question, "How many moons does Jupiter have?"),
    (.question, "Who wrote War and Peace?"),
    (.creative, "Write a short story about a lighthouse keeper"),
    (.creative, "Compose a haiku on autumn rain"),
    (.creative, "Invent a slogan for a bakery"),
    (.analysis, "Compare the pros and cons of nuclear and solar power"),
    (.analysis, "Summarize the following report: sales rose by 3%"),
    (.analysis, "Evaluate the risks in these findings"),
    (.general, "Hello there"),
    (.general, "Thanks, that will be all for today."),
    (.general, "Translate good morning into Italian"),
  ])
  func tasksAreTold(_ task: TaskClass, _ prompt: String) {
    #expect(TaskClassifier.task(of: Request(prompt)) == task)
  }

  // features C8
  @Test func tiersForATaskGoFirst() throws {
    var coder = tier("coder", 3)
    coder.tasks = [.code]
    var poet = tier("poet", 1)
    poet.tasks = [.creative]
    let router = try router([poet, tier("all", 2), coder])
    #expect(names(router, Request("Refactor this Swift code")) == ["coder", "all", "poet"])
    #expect(names(router, Request("Write a poem")) == ["poet", "all", "coder"])
    #expect(names(router, request { $0.task = .code }) == ["coder", "all", "poet"])
  }

  // features C10
  @Test func aConversationStaysWhereItWas() async throws {
    let clock = ManualTiming()
    var options = RouterOptions()
    options.policy = .roundRobin
    options.affinity = .seconds(60)
    let router = try Router(
      tiers: [tier("a", 1), tier("b", 2)], options: options, timing: clock.timing)
    func ask(_ turns: [Message]) async throws -> String {
      try await router.respond(Request(.messages(turns))).text
    }
    #expect(try await ask([.user("one")]) == "a")
    #expect(try await ask([.user("two")]) == "b")
    #expect(try await ask([.user("two"), .assistant("b"), .user("more")]) == "b")
    #expect(try await ask([.user("one"), .assistant("a"), .user("more")]) == "a")
    clock.advance(.seconds(61))
    #expect(try await ask([.user("one"), .assistant("a"), .user("more")]) == "a")
    #expect(try await ask([.user("new")]) == "b")
  }

  // features C19
  @Test func explanationsNameEveryTier() async throws {
    var plain = tier("plain", 1)
    plain.features = []
    var options = RouterOptions()
    options.policy = .cost
    options.isExplaining = true
    let log = LogLines()
    let router = try Router(tiers: [plain, tier("b", 2)], options: options) { log.write($0) }
    let asked = request {
      $0.requires = [.json]
      $0.model = "b"
    }
    let routed = router.route(asked)
    _ = try await Response(of: routed.events, model: "")
    let expected = [
      "Policy: cost", "  1. Tier 2: b: the model that is asked for, costs nothing",
      "  –  Tier 1: plain: cannot do json",
    ]
    #expect(routed.trace.choice?.explanation == expected)
    #expect(Array(log.lines.prefix(3)) == expected)
    #expect(routed.trace.json(text: "")["choice"]?[0] == "Policy: cost")
    #expect(routed.trace.attempts.first?.outcome == .passedOver("cannot do json"))
  }

  @Test func aPrivatePromptStaysHere() async throws {
    let far = FarTier("far", .answer(["far"]))
    let here = ScriptedTier("here", .answer(["here"]))
    let both = try router([Tier(far, number: 1), Tier(here, number: 2)])
    #expect(try await both.respond(Request("Hi")).text == "far")
    #expect(try await both.respond(PrivateRequest("Hi")).text == "here")
    #expect(far.scripted.asked == 1)
    let router = try router([Tier(far, number: 1)])
    let error = await #expect(throws: ApusError.self) {
      try await router.respond(PrivateRequest("Hi"))
    }
    #expect(error?.code == .allTiersFailed)
    #expect(error?.message.contains("stays on this machine") == true)
    #expect(far.scripted.asked == 1)
  }
}
