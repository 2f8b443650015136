import ApusCore
import ApusEngine
import Testing

/// The same prompt, options and seed give the same text, whatever the machine does beside it.
@Suite(.enabled(if: SharedFiles.hasModels, "../shared/models is absent"))
struct DeterminismTests {
  private static let path = SharedFiles.path("models/stories3M/stories3M-q4_k_m.gguf")

  private func request(_ seed: UInt64, tokens: Int = 60) -> Request {
    Request(
      .text("Once upon a time"),
      options: GenerationOptions(temperature: 0.9, maxTokens: tokens, seed: seed))
  }

  @Test func threadCountsGiveTheSameText() async throws {
    var texts: Set<String> = []
    for threads in [1, 2, 3, 4] {
      let model = try await LocalModel(Self.path, options: LoadOptions(threads: threads))
      texts.insert(try await model.respond(request(5)).text)
    }
    #expect(texts.count == 1)
  }

  @Test func seedsGiveDifferentTexts() async throws {
    let model = try await LocalModel(Self.path)
    let first = try await model.respond(request(5)).text
    #expect(try await model.respond(request(5)).text == first)
    #expect(try await model.respond(request(6)).text != first)
  }

  /// 64 at once, in one slot and in four; half of them the same request.
  @Test(arguments: [1, 4])
  func manyAtOnceGiveTheSameTextAsOne(_ slots: Int) async throws {
    let model = try await LocalModel(Self.path, options: LoadOptions(slots: slots))
    var alone: [String] = []
    for seed in 0..<4 { alone.append(try await model.respond(request(UInt64(seed))).text) }
    let texts = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for index in 0..<64 {
        group.addTask {
          (index, try await model.respond(request(UInt64(index % 4))).text)
        }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    #expect(texts.count == 64)
    for (index, text) in texts { #expect(text == alone[index % 4]) }
  }

  /// A chat's earlier turns are kept; that must not show in the text.
  @Test(arguments: [
    "stories3M-q4_k_m.gguf", "stories3M-q8_0.gguf", "stories3M-f16.gguf", "stories3M-f32.gguf",
  ])
  func whatWasAskedBeforeDoesNotMatter(_ file: String) async throws {
    let path = SharedFiles.path("models/stories3M/\(file)")
    let start = String(repeating: "Once upon a time there was a dog. ", count: 12)
    let prompts = ["", "He ran.", "He ran. She ran too.", "He ran. It"].map { start + $0 }
    func ask(_ model: LocalModel, _ prompt: String) async throws -> String {
      try await model.respond(
        Request(.text(prompt), options: GenerationOptions(temperature: 0, maxTokens: 40))
      ).text
    }
    let shared = try await LocalModel(path)
    for prompt in prompts {
      let fresh = try await LocalModel(path)
      let answer = try await ask(shared, prompt)
      #expect(try await ask(fresh, prompt) == answer)
      // The next turn goes on where the answer ended.
      let next = prompt + answer + " Then"
      #expect(try await ask(shared, next) == ask(LocalModel(path), next))
    }
  }
}
