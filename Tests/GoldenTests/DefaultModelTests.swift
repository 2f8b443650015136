import ApusCore
import ApusEngine
import ApusJSON
import ApusText
import Foundation
import Testing

/// The model that the repository brings along answers twelve conversations as the script that
/// trained it computed them (scripts/train-default-model/export.py).
struct DefaultModelTests {
  private struct Conversation {
    let messages: [Message]
    let prompt: String
    let promptTokens: [Int32]
    let text: String
    let tokenCount: Int
    let lastPromptLogits: [Float]
  }

  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/default-model")

  private static func path(_ file: String) -> String {
    folder.appendingPathComponent(file).path
  }

  private static func conversations() throws -> [Conversation] {
    let json = try JSON(
      parsing: [UInt8](Data(contentsOf: folder.appendingPathComponent("golden.json"))))
    return (json.array ?? []).map { entry in
      func integers(_ key: String) -> [Int32] {
        entry[key]?.array?.compactMap { $0.integer.map { Int32($0) } } ?? []
      }
      let messages = (entry["messages"]?.array ?? []).map { message in
        Message(
          Message.Role(rawValue: message["role"]?.string ?? ""),
          message["content"]?.string ?? "")
      }
      return Conversation(
        messages: messages, prompt: entry["prompt_text"]?.string ?? "",
        promptTokens: integers("prompt_ids"), text: entry["text"]?.string ?? "",
        tokenCount: integers("ids").count,
        lastPromptLogits: entry["last_prompt_logits"]?.array?
          .compactMap { $0.double.map { Float($0) } } ?? [])
    }
  }

  // features B11, B12, B25
  @Test(arguments: ["apus-demo-f16.gguf", "hf"])
  func answersAsTrained(_ file: String) async throws {
    let model = try await LocalModel(Self.path(file))
    let conversations = try Self.conversations()
    #expect(conversations.count == 12)
    for conversation in conversations {
      #expect(try model.prompt(for: conversation.messages) == conversation.prompt)
      let request = Request(
        .messages(conversation.messages),
        options: GenerationOptions(temperature: 0, maxTokens: conversation.tokenCount + 8))
      let answer = try await model.respond(request)
      #expect(answer.text == conversation.text)
      #expect(answer.usage.promptTokens == conversation.promptTokens.count)
    }
  }

  @Test(arguments: ["apus-demo-f16.gguf", "hf"])
  func logitsAsTrained(_ file: String) async throws {
    let model = try await LocalModel(Self.path(file))
    for conversation in try Self.conversations() {
      let tokens = try model.tokenizer().encode(conversation.prompt)
      #expect(tokens == conversation.promptTokens)
      let last = try await model.logits(tokens).suffix(conversation.lastPromptLogits.count)
      for (found, expected) in zip(last, conversation.lastPromptLogits) {
        #expect(abs(found - expected) <= 1e-4, "\(found) for \(expected)")
      }
    }
  }

  @Test func quantisedItAnswersTheSame() async throws {
    let model = try await LocalModel(Self.path("apus-demo-q8_0.gguf"))
    for conversation in try Self.conversations() {
      let request = Request(
        .messages(conversation.messages),
        options: GenerationOptions(temperature: 0, maxTokens: conversation.tokenCount + 8))
      #expect(try await model.respond(request).text == conversation.text)
    }
  }
}
