import ApusCore
import ApusJSON
import Testing

@testable import ApusRouter

/// What becomes of an answer that breaks off after its first part.
@Suite struct RescueTests {
  private let broken = ApusError(.upstream, "gone")

  private func request(maxTokens: Int? = nil) -> Request {
    var request = Request("Hi", options: GenerationOptions(maxTokens: maxTokens))
    request.route.continuation = .local
    return request
  }

  // features E5
  @Test func aLocalModelContinues() async throws {
    let remote = ScriptedTier("remote", .failAfter(["Hel", "lo"], broken))
    let local = ScriptedTier("local", .answer([", ", "world"]))
    let router = try Router(tiers: [Tier(remote), Tier(local)])
    let routed = router.route(request(maxTokens: 100))
    let response = try await Response(of: routed.events, model: "")
    #expect(response.text == "Hello, world")
    #expect(response.finishReason == .stop)
    #expect(local.lastRequest?.answerSoFar == "Hello")
    #expect(local.lastRequest?.options.maxTokens == 98)
    #expect(
      routed.trace.seams == [RouteTrace.Seam(offset: 5, from: "remote", to: "local")])
    #expect(routed.trace.json(text: "")["seams"]?[0]?["offset"] == 5)
  }

  // features E5
  @Test func onlyWhereTheCallerAllowsIt() async throws {
    let remote = ScriptedTier("remote", .failAfter(["Hello"], broken))
    let local = ScriptedTier("local", .answer([", world"]))
    let router = try Router(tiers: [Tier(remote), Tier(local)])
    let error = try await #require(throws: ApusError.self) {
      try await router.respond(Request("Hi"))
    }
    #expect(error.code == .streamInterrupted)
    #expect(error.partialText == "Hello")
    #expect(local.asked == 0)
  }

  @Test func remoteTiersDoNotContinue() async throws {
    let remote = ScriptedTier("remote", .failAfter(["Hello"], broken))
    let other = try Tier.openAICompatible("http://127.0.0.1:9/v1", model: "m")
    let router = try Router(tiers: [Tier(remote), other])
    let error = try await #require(throws: ApusError.self) { try await router.respond(request()) }
    #expect(error.code == .streamInterrupted)
  }

  @Test func aBrokenContinuationCarriesAllThatCame() async throws {
    let remote = ScriptedTier("remote", .failAfter(["Hel"], broken))
    let local = ScriptedTier("local", .failAfter(["lo"], broken))
    let router = try Router(tiers: [Tier(remote), Tier(local)])
    let error = try await #require(throws: ApusError.self) { try await router.respond(request()) }
    #expect(error.code == .streamInterrupted)
    #expect(error.partialText == "Hello")
  }

  @Test func aLocalModelThatCannotLeavesTheError() async throws {
    let remote = ScriptedTier("remote", .failAfter(["Hel"], broken))
    let local = ScriptedTier("local", .fail(ApusError(.fileDamaged, "damaged")))
    let router = try Router(tiers: [Tier(remote), Tier(local)])
    let routed = router.route(request())
    let error = try await #require(throws: ApusError.self) {
      try await Response(of: routed.events, model: "")
    }
    #expect(error.partialText == "Hel")
    #expect(routed.trace.attempts.map(\.outcome) == [.failure("gone"), .failure("damaged")])
    #expect(routed.trace.seams == [])
  }

  @Test func halfACallOfAToolIsNotContinued() async throws {
    struct Caller: LanguageModel {
      var name: String { "caller" }
      func stream(_ request: Request) -> EventStream {
        EventStream { sink in
          sink.yield(.text("Wait"))
          sink.yield(.toolCall(ToolCallDelta(index: 0, id: "a", name: "weather")))
          throw ApusError(.upstream, "gone")
        }
      }
    }
    let local = ScriptedTier("local", .answer(["x"]))
    let router = try Router(tiers: [Tier(Caller()), Tier(local)])
    let error = try await #require(throws: ApusError.self) { try await router.respond(request()) }
    #expect(error.code == .streamInterrupted)
    #expect(local.asked == 0)
  }
}
