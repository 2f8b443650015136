import ApusCore
import ApusRouter
import Testing

@testable import Apus

@Suite struct LLMTests {
  // features J6, J7
  @Test func everyArgumentIsHonoured() {
    let request = LLM.request("Hi", "big", 0, 500, ["small"])
    #expect(request.prompt == .messages([.user("Hi")]))
    #expect(request.options == GenerationOptions(temperature: 0, maxTokens: 500))
    #expect(request.route.model == "big" && request.route.fallbacks == ["small"])
  }

  @Test(.enabled(if: ProcessEnvironment.variables.keys.allSatisfy { !$0.hasPrefix("TIER") }))
  func withoutTiersItIsToldWhatToSet() async throws {
    let error = await #expect(throws: ApusError.self) { try await LLM.quick("Hi") }
    #expect(error?.message.contains("TIER1_TYPE=local") == true)
  }
}
