/// Tokens counted and times taken by one answer.
public struct Usage: Sendable, Hashable {
  /// All tokens of the prompt, those out of a cache included (some providers count these apart;
  /// their figures are added up).
  public var promptTokens: Int
  /// All tokens of the answer, reasoning included.
  public var completionTokens: Int
  /// Of the prompt: read from the provider's cache, and written to it.
  public var cachedTokens = 0
  public var cacheWriteTokens = 0
  /// Of the answer: thought, not shown.
  public var reasoningTokens = 0
  /// Of the prompt and of the answer: sound.
  public var audioPromptTokens = 0
  public var audioCompletionTokens = 0
  /// Time spent on the prompt until the first token, and from there to the end; known of local
  /// models only.
  public var prefillTime: Duration?
  public var decodeTime: Duration?

  public init(
    promptTokens: Int = 0, completionTokens: Int = 0, prefillTime: Duration? = nil,
    decodeTime: Duration? = nil
  ) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.prefillTime = prefillTime
    self.decodeTime = decodeTime
  }

  public var totalTokens: Int { promptTokens + completionTokens }
}
