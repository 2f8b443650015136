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
