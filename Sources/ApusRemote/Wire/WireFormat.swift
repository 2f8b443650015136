public import ApusCore
import ApusJSON

/// The formats that providers speak, by the names that their rows give them.
public enum WireFormat: String, Sendable, Hashable, CaseIterable {
  /// Chat completions, and text completions where the provider has them.
  case openAI = "openai"
  /// OpenAI's Responses.
  case responses
  /// Anthropic's Messages.
  case anthropic
  /// `generateContent` of Gemini and Vertex.
  case gemini
  /// Cohere's chat, version 2.
  case cohere
  /// Ollama's own API.
  case ollama
  /// Converse of Amazon Bedrock.
  case bedrock
  /// Replicate's predictions.
  case replicate

  var wire: any Wire {
    switch self {
    case .openAI: OpenAIWire()
    case .responses: ResponsesWire()
    case .anthropic: AnthropicWire()
    case .gemini: GeminiWire()
    case .cohere: CohereWire()
    case .ollama: OllamaWire()
    case .bedrock: BedrockWire()
    case .replicate: ReplicateWire()
    }
  }
}

extension WireFormat {
  /// Where an upstream lists its models, under the base address; `nil` where formats have no such
  /// list, or one that says nothing of the models that may be asked.
  var modelsPath: String? {
    switch self {
    case .openAI, .responses, .anthropic, .gemini, .cohere: "/models"
    case .ollama: "/api/tags"
    case .bedrock, .replicate: nil
    }
  }
  /// What a recorded response says: its body, in pieces as they came, read as a live one is.
  /// - Returns: The events up to an error, without the last one where the answer has no end.
  public func events(inResponse pieces: [[UInt8]], contentType: String) -> [Event] {
    var reader = wire.reader()
    var events: [Event] = []
    do {
      if let framing = Framing(contentType: contentType, isAlwaysLines: self == .ollama) {
        var frames = FrameParser(framing)
        for piece in pieces {
          for frame in try frames.append(piece) where !reader.answer.isDone {
            defer { events += reader.answer.takeEvents() }
            try reader.read(frame)
          }
        }
        for frame in frames.finish() where !reader.answer.isDone { try reader.read(frame) }
      } else {
        try reader.read(whole: try JSON(parsing: pieces.flatMap(\.self)))
      }
      events += reader.answer.takeEvents()
      events.append(try reader.answer.finish(rawValue))
    } catch {
      events += reader.answer.takeEvents()
    }
    return events
  }
}
