public import ApusCore
public import ApusEngine

/// A model on this machine, from a GGUF file or a Hugging Face folder.
///
/// ```swift
/// let model = try await Model("qwen2.5-0.5b-instruct-q4_k_m.gguf")
/// print(try await model.respond(to: "Hi").text)
/// for try await part in model.stream("Tell a story") { print(part.text, terminator: "") }
/// ```
public struct Model: FileBackedModel {
  /// The engine behind it: tokenizer, templates, logits.
  public let local: LocalModel

  /// - Parameter path: Of a `.gguf` file or of a folder; recognised by content.
  /// - Throws: `ApusError`: `fileNotFound`, `fileDamaged`, `unsupportedModel`, `notEnoughMemory`,
  ///   `invalidRequest` for options out of range.
  public init(_ path: String, options: LoadOptions = LoadOptions()) async throws(ApusError) {
    local = try await LocalModel(path, options: options)
  }

  public var name: String { local.name }

  public var identity: ModelIdentity? { local.identity }

  public var load: ModelLoad? { local.load }

  public func stream(_ request: Request) -> EventStream { local.stream(request) }
}
