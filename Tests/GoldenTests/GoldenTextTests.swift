import ApusCore
import ApusEngine
import ApusModels
import ApusText
import Testing

/// Trained models continue golden prompts greedily, word for word as exact arithmetic does.
@Suite(.enabled(if: SharedFiles.hasModels, "../shared/models is absent"))
struct GoldenTextTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let model: String
    let file: String
    var testDescription: String { "\(model)/\(file)" }
    var path: String { SharedFiles.path("models/\(model)/\(file)") }
  }

  static let exact = [
    Case(model: "stories260K", file: "stories260K-f32.gguf"),
    Case(model: "stories260K", file: "stories260K-f16.gguf"),
    Case(model: "stories260K", file: "hf"),
    Case(model: "stories3M", file: "stories3M-f32.gguf"),
    Case(model: "stories3M", file: "stories3M-f16.gguf"),
    Case(model: "stories3M", file: "hf"),
  ]
  static let quantised = [
    Case(model: "stories260K", file: "stories260K-q8_0.gguf"),
    Case(model: "stories3M", file: "stories3M-q8_0.gguf"),
  ]
  static let gpt2 = [
    Case(model: "slm4096-gpt2", file: "slm4096-f32.gguf"),
    Case(model: "slm4096-gpt2", file: "slm4096-f16.gguf"),
    Case(model: "slm4096-gpt2", file: "hf"),
  ]

  private func continuation(
    _ model: LocalModel, _ prompt: String, tokens: Int
  ) async throws -> String {
    try await model.respond(
      Request(
        .text(prompt), options: GenerationOptions(temperature: 0, maxTokens: tokens))
    ).text
  }

  // features B11, B12
  @Test(arguments: exact)
  func storiesToTheirEnd(_ testCase: Case) async throws {
    let golden = try #require(GoldenReference.all(of: testCase.model).first)
    let model = try await LocalModel(testCase.path)
    let prompt = "Once upon a time"
    #expect(try model.tokenizer().encode(prompt) == golden.promptTokens)
    let text = try await continuation(model, prompt, tokens: golden.tokens.count)
    #expect(text == golden.text)
  }

  @Test(arguments: quantised)
  func quantisedStoriesForEightyCharacters(_ testCase: Case) async throws {
    let golden = try #require(GoldenReference.all(of: testCase.model).first)
    let model = try await LocalModel(testCase.path)
    let text = try await continuation(model, "Once upon a time", tokens: 60)
    #expect(text.prefix(80) == golden.text.prefix(80))
  }

  @Test(arguments: gpt2)
  func questionsAndAnswers(_ testCase: Case) async throws {
    let model = try await LocalModel(testCase.path)
    for golden in try GoldenReference.all(of: testCase.model) {
      let prompt = try #require(golden.prompt)
      #expect(try model.tokenizer().encode(prompt) == golden.promptTokens)
      let text = try await continuation(model, prompt, tokens: golden.tokens.count)
      #expect(text == golden.text)
    }
  }

  @Test(arguments: [exact[0], exact[2], exact[3], gpt2[2]])
  func logitsOfTheLastPromptToken(_ testCase: Case) async throws {
    let model = try await LocalModel(testCase.path)
    for golden in try GoldenReference.all(of: testCase.model) {
      for oneByOne in [false, true] {
        let logits = try await model.logits(golden.promptTokens, oneByOne: oneByOne)
        let last = logits.suffix(golden.lastPromptLogits.count)
        #expect(golden.lastPromptLogits.count == model.transformer.parameters.vocabularySize)
        for (found, expected) in zip(last, golden.lastPromptLogits) {
          #expect(abs(found - expected) <= 1e-4, "\(found) for \(expected)")
        }
      }
    }
  }
}
