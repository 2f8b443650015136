/// How an answer is sampled and when it ends. `nil` means that the caller did not say: the model
/// (or the remote tier) applies its default, so an explicit 0 stays 0.
public struct GenerationOptions: Sendable, Hashable {
  /// 0 is greedy. Default 0.7.
  public var temperature: Float?
  /// Keep the `topK` most probable tokens; 0 keeps all. Default 40.
  public var topK: Int?
  /// Keep the smallest set of tokens whose probability reaches `topP`. Default 0.95.
  public var topP: Float?
  /// Keep tokens at least `minP` times as probable as the most probable one. Default 0.05.
  public var minP: Float?
  /// Divides (positive) or multiplies (negative) the logits of recent tokens. Default 1 (off).
  public var repeatPenalty: Float?
  /// Subtracted from the logit of every token that has occurred. Default 0.
  public var presencePenalty: Float?
  /// Subtracted from the logit of a token once for each occurrence. Default 0.
  public var frequencyPenalty: Float?
  /// At most this many new tokens. Default 2048.
  public var maxTokens: Int?
  /// The answer ends before the first of these; they may straddle tokens.
  public var stop: [String]
  /// Same seed, same prompt, same text, whatever the thread count. Default: random.
  public var seed: UInt64?

  public init(
    temperature: Float? = nil, topK: Int? = nil, topP: Float? = nil, minP: Float? = nil,
    repeatPenalty: Float? = nil, presencePenalty: Float? = nil, frequencyPenalty: Float? = nil,
    maxTokens: Int? = nil, stop: [String] = [], seed: UInt64? = nil
  ) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repeatPenalty = repeatPenalty
    self.presencePenalty = presencePenalty
    self.frequencyPenalty = frequencyPenalty
    self.maxTokens = maxTokens
    self.stop = stop
    self.seed = seed
  }

  /// What applies where the caller says nothing (features A12).
  public static let defaultTemperature: Float = 0.7
  public static let defaultMaxTokens = 2048
}
