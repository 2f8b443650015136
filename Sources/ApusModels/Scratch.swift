public import ApusBlocks

/// The working memory of a forward pass over at most `tokenCapacity` tokens.
public final class Scratch: @unchecked Sendable {
  // Sendable because a step has it to itself, and steps run one after the other.

  public let tokenCapacity: Int
  /// Rows of logits that fit.
  public let logitCapacity: Int

  let residual: AlignedBuffer<Float>  // [tokens, width]
  let normed: AlignedBuffer<Float>  // [tokens, width]
  let branch: AlignedBuffer<Float>  // [tokens, width]
  let query: AlignedBuffer<Float>  // [tokens, heads, headSize]
  let key: AlignedBuffer<Float>  // [tokens, kvHeads, headSize]
  let value: AlignedBuffer<Float>  // [tokens, kvHeads, headSize]
  let attended: AlignedBuffer<Float>  // [tokens, heads, headSize]
  let gate: AlignedBuffer<Float>  // [tokens, feedForward]
  let up: AlignedBuffer<Float>  // [tokens, feedForward]
  let experts: ExpertScratch?
  /// What the last step computed.
  public let logits: AlignedBuffer<Float>  // [logitCapacity, vocabulary]

  init(_ parameters: Hyperparameters, tokenCapacity: Int, logitCapacity: Int) {
    self.tokenCapacity = tokenCapacity
    self.logitCapacity = logitCapacity
    func buffer(_ width: Int) -> AlignedBuffer<Float> {
      AlignedBuffer(count: tokenCapacity * width)
    }
    residual = buffer(parameters.embeddingLength)
    normed = buffer(parameters.embeddingLength)
    branch = buffer(parameters.embeddingLength)
    query = buffer(parameters.queryLength)
    key = buffer(parameters.kvLength)
    value = buffer(parameters.kvLength)
    attended = buffer(parameters.queryLength)
    gate = buffer(parameters.feedForwardLength)
    up = buffer(parameters.feedForwardLength)
    experts =
      parameters.expertCount > 0 ? ExpertScratch(parameters, tokens: tokenCapacity) : nil
    logits = AlignedBuffer(count: logitCapacity * parameters.vocabularySize)
  }

  /// Bytes of such memory; `nil` where that is beyond `Int`.
  public static func byteCount(
    _ parameters: Hyperparameters, tokenCapacity: Int, logitCapacity: Int
  ) -> Int? {
    let widths =
      6 * parameters.embeddingLength + 2 * parameters.queryLength + 2 * parameters.kvLength
      + 2 * parameters.feedForwardLength + parameters.expertCount
    let (working, first) = (4 * widths).multipliedReportingOverflow(by: tokenCapacity)
    let (logits, second) = (4 * parameters.vocabularySize).multipliedReportingOverflow(
      by: logitCapacity)
    let (sum, third) = working.addingReportingOverflow(logits)
    return first || second || third ? nil : sum
  }
}

/// What the mixture of experts needs beyond that.
struct ExpertScratch: Sendable {
  let scores: AlignedBuffer<Float>  // [tokens, experts]
  let gathered: AlignedBuffer<Float>  // [tokens, width]: the tokens of one expert
  let produced: AlignedBuffer<Float>  // [tokens, width]: what it makes of them
  let halves: AlignedBuffer<UInt16>  // [tokens, width]

  init(_ parameters: Hyperparameters, tokens: Int) {
    scores = AlignedBuffer(count: tokens * parameters.expertCount)
    gathered = AlignedBuffer(count: tokens * parameters.embeddingLength)
    produced = AlignedBuffer(count: tokens * parameters.embeddingLength)
    halves = AlignedBuffer(count: tokens * parameters.embeddingLength)
  }
}
