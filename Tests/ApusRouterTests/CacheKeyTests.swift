import ApusCore
import ApusJSON
import Testing

@testable import ApusRouter

@Suite struct CacheKeyTests {
  private func key(_ request: Request, _ tiers: [String] = ["a"]) -> CacheKey {
    CacheKey(request, tiers: tiers)
  }

  /// Each differs from the plain request in one thing that can change the answer.
  private var requests: [Request] {
    func made(_ change: (inout Request) -> Void) -> Request {
      var request = Request("Hi")
      change(&request)
      return request
    }
    func message(_ message: Message) -> Request { Request(.messages([message])) }
    return [
      made { _ in },
      Request(.text("Hi")),
      Request("Hi "),
      Request("hi"),
      message(.system("Hi")),
      message(Message(.user, "Hi", extra: ["name": "x"])),
      message(Message(.user, "Hi", extra: ["name": "y"])),
      message(Message(.user, "Hi", extra: ["nam": "ex"])),
      Request(.messages([.user("H"), .user("i")])),
      Request(.messages([])),
      // The same letter, written in two ways: not the same tokens.
      Request("\u{E9}"), Request("e\u{301}"),
      made { $0.options.temperature = 0 }, made { $0.options.temperature = 0.7 },
      made { $0.options.topK = 0 }, made { $0.options.topK = 40 },
      made { $0.options.topP = 0.95 }, made { $0.options.minP = 0.95 },
      made { $0.options.repeatPenalty = 0.95 }, made { $0.options.presencePenalty = 0.95 },
      made { $0.options.frequencyPenalty = 0.95 },
      made { $0.options.maxTokens = 40 }, made { $0.options.seed = 40 },
      made { $0.options.seed = 0 },
      made { $0.options.stop = ["a"] }, made { $0.options.stop = ["a", "b"] },
      made { $0.options.stop = ["ab"] }, made { $0.options.stop = [""] },
      made { $0.tools = [["a": 1]] }, made { $0.tools = [["a": 1.5]] },
      made { $0.tools = [["a": 1], ["a": 1]] },
      made { $0.answerSoFar = "" }, made { $0.answerSoFar = "x" },
      made { $0.route.caller = "x" }, made { $0.route.continuation = .local },
      made { $0.route.model = "x" }, made { $0.route.fallbacks = ["x"] },
      made { $0.route.fallbacks = ["x", "y"] }, made { $0.route.fallbacks = ["y", "x"] },
      made { $0.route.requires = [.tools] }, made { $0.route.requires = [.tools, .vision] },
      made { $0.route.task = .code }, made { $0.route.task = .question },
    ]
  }

  // features F2, F6
  @Test func whateverChangesTheAnswerChangesTheKey() {
    let keys = requests.map { key($0) }
    for (number, one) in keys.enumerated() {
      for other in keys[(number + 1)...] where one == other {
        Issue.record("\(requests[number]) has the key of another")
      }
    }
    #expect(Set(keys).count == requests.count)
    #expect(Set(requests.map { key($0) }) == Set(keys))
  }

  // features F2
  @Test func theTiersBelongToIt() {
    let request = Request("Hi")
    let lists = [["a"], ["b"], ["a", "b"], ["b", "a"], ["ab"], [], [""], ["a", ""]]
    #expect(Set(lists.map { key(request, $0) }).count == lists.count)
  }

  @Test func whatDoesNotChangeItDoesNot() {
    var request = Request("Hi")
    let plain = key(request)
    request.deadline = .now
    request.route.allowsHedging = true
    request.route.cache = .use(timeToLive: .seconds(5))
    #expect(key(request) == plain)
  }

  /// Fails where something is added to a request: then the key must hold it, or here must stand
  /// why not.
  @Test func nothingOfARequestIsForgotten() {
    func members(_ value: Any) -> Set<String> {
      Set(Mirror(reflecting: value).children.compactMap(\.label))
    }
    // The deadline says how long one waits, not for what.
    #expect(
      members(Request("Hi")) == [
        "prompt", "options", "tools", "deadline", "answerSoFar", "route",
      ])
    // Hedging decides who is asked first among equals.
    #expect(
      members(RouteOptions()) == [
        "continuation", "allowsHedging", "caller", "model", "fallbacks", "requires", "task",
        "cache",
      ])
    #expect(members(Message.user("Hi")) == ["role", "content", "extra"])
    #expect(
      members(GenerationOptions()) == [
        "temperature", "topK", "topP", "minP", "repeatPenalty", "presencePenalty",
        "frequencyPenalty", "maxTokens", "stop", "seed",
      ])
  }
}

@Suite struct AnswerEncodingTests {
  private var usage: Usage {
    var usage = Usage(promptTokens: 1, completionTokens: 300)
    usage.cachedTokens = 1 << 40
    usage.cacheWriteTokens = 4
    usage.reasoningTokens = -5
    usage.audioPromptTokens = 6
    usage.audioCompletionTokens = .max
    return usage
  }
  private var events: [Event] {
    [
      .reasoning("Hm"), .text("Grüße "), .text(""), .text("🐦"),
      .toolCall(ToolCallDelta(index: 0, id: "c", name: "f", arguments: "{")),
      .toolCall(ToolCallDelta(index: 1, id: "", arguments: "}")),
      .finished(.toolCalls, usage),
    ]
  }

  // features F6
  @Test func eventsComeOutAsTheyWentIn() {
    #expect(AnswerEncoding.decode(AnswerEncoding.encode(events)) == events)
    // Progress and times are of that one answer.
    var timed = usage
    timed.prefillTime = .seconds(1)
    let answer: [Event] = [.prefill(done: 1, total: 2), .text("x"), .finished(.stop, timed)]
    #expect(
      AnswerEncoding.decode(AnswerEncoding.encode(answer)) == [.text("x"), .finished(.stop, usage)])
  }

  @Test func whatIsDamagedIsNoAnswer() {
    let bytes = AnswerEncoding.encode(events)
    for count in 0..<bytes.count { #expect(AnswerEncoding.decode(Array(bytes[..<count])) == nil) }
    #expect(AnswerEncoding.decode(bytes + [0]) == nil)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      var changed = bytes
      for _ in 0..<3 {
        changed[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255)
      }
      // No trap, whatever stands there.
      _ = AnswerEncoding.decode(changed)
    }
    #expect(AnswerEncoding.decode([1, 1] + Array(repeating: 0xFF, count: 20)) == nil)
  }
}
