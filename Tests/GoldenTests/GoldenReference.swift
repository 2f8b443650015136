import ApusJSON
import Foundation

/// One prompt of a golden-ref.json: what exact arithmetic makes of it.
struct GoldenReference: Sendable {
  let prompt: String?
  let promptTokens: [Int32]
  let tokens: [Int32]
  /// The continuation alone.
  let text: String
  let lastPromptLogits: [Float]

  /// The prompts of a model's folder under ../shared/models.
  static func all(of model: String) throws -> [GoldenReference] {
    let path = SharedFiles.path("models/\(model)/golden-ref.json")
    let json = try JSON(parsing: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
    return (json.array ?? [json]).map { entry in
      func integers(_ key: String) -> [Int32] {
        entry[key]?.array?.compactMap { $0.integer.map { Int32($0) } } ?? []
      }
      return GoldenReference(
        prompt: entry["prompt"]?.string, promptTokens: integers("prompt_ids"),
        tokens: integers("generated_ids"), text: entry["text"]?.string ?? "",
        lastPromptLogits: entry["last_prompt_logits"]?.array?
          .compactMap { $0.double.map { Float($0) } } ?? [])
    }
  }
}
