/// What a model can do, beyond answering text with text. Open: providers have more.
public struct ModelFeature: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
  public var rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { self.rawValue = value }

  public static let streaming: ModelFeature = "streaming"
  public static let tools: ModelFeature = "tools"
  /// Answers that keep to a JSON Schema, or are JSON at least.
  public static let json: ModelFeature = "json"
  /// Pictures in prompts.
  public static let vision: ModelFeature = "vision"
  public static let audio: ModelFeature = "audio"
  public static let reasoning: ModelFeature = "reasoning"
  public static let embeddings: ModelFeature = "embeddings"
  public static let rerank: ModelFeature = "rerank"
  /// Search of the web, with citations.
  public static let search: ModelFeature = "search"
  public static let batch: ModelFeature = "batch"
  public static let promptCache: ModelFeature = "prompt-cache"
}
