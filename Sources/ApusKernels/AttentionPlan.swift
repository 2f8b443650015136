import ApusBlocks

/// How the attention of one sequence's tokens is cut into jobs.
struct AttentionPlan {
  let sequence: AttentionSequence
  let shape: AttentionShape
  let tokensPerJob: Int
  /// [tokens, heads, headSize] both.
  let queries: UnsafePointer<Float>
  let output: UnsafeMutablePointer<Float>
  /// Where its jobs begin among those of all sequences.
  let firstPart: Int
  /// Where its partial results begin, in floats.
  private let partialOffset: Int
  /// Query heads that share a key/value head.
  let group: Int
  /// Pieces of the context; more than 1 only for a single token.
  let chunkCount: Int

  /// Positions of a piece.
  static let chunkSize = 256

  init(
    _ sequence: AttentionSequence, shape: AttentionShape, tokensPerJob: Int,
    queries: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>, firstPart: Int,
    partialOffset: Int
  ) {
    self.sequence = sequence
    self.shape = shape
    self.tokensPerJob = max(1, tokensPerJob)
    self.queries = queries
    self.output = output
    self.firstPart = firstPart
    self.partialOffset = partialOffset
    group = shape.headCount / sequence.layout.kvHeadCount
    let seen = sequence.start + 1 - AttentionPlan.begin(sequence.start, shape)
    chunkCount =
      sequence.tokens == 1 ? (seen + AttentionPlan.chunkSize - 1) / AttentionPlan.chunkSize : 1
  }

  /// The first position to go over for a token at `position`: what it sees first, or a little
  /// earlier, where a block of keys begins.
  private static func begin(_ position: Int, _ shape: AttentionShape) -> Int {
    guard shape.window > 0 else { return 0 }
    return max(0, position - shape.window + 1) & ~(KeyBlock.positions - 1)
  }

  private var tokenBlockCount: Int { (sequence.tokens + tokensPerJob - 1) / tokensPerJob }
  var partCount: Int { sequence.layout.kvHeadCount * tokenBlockCount * chunkCount }

  // Partial results: (largest, sum) of [heads, chunks], then outputs of [heads, chunks, headSize],
  // where the heads of one job lie together: [kvHeads, chunks, group].
  var partialFloatCount: Int {
    chunkCount == 1 ? 0 : shape.headCount * chunkCount * (sequence.layout.headSize + 2)
  }

  private func slot(_ head: Int, _ chunk: Int) -> Int {
    (head / group * chunkCount + chunk) * group + head % group
  }

  func state(_ head: Int, _ chunk: Int, _ partials: UnsafePointer<Float>) -> UnsafePointer<Float> {
    partials + partialOffset + 2 * slot(head, chunk)
  }

  func partialOutput(
    _ head: Int, _ chunk: Int, _ partials: UnsafePointer<Float>
  ) -> UnsafePointer<Float> {
    partials + partialOffset + 2 * shape.headCount * chunkCount
      + slot(head, chunk) * sequence.layout.headSize
  }

  func job(
    _ part: Int, partials: UnsafeMutablePointer<Float>, scratch: UnsafeMutableRawPointer
  ) -> AttentionJob {
    let layout = sequence.layout
    let size = layout.headSize
    let stride = shape.headCount * size
    // The last tokens see the most: they come first, so that the end of the operation is even.
    let pieces = tokenBlockCount * chunkCount
    let kvHead = part % layout.kvHeadCount
    let piece = pieces - 1 - part / layout.kvHeadCount
    let block = piece / chunkCount
    let chunk = piece % chunkCount
    let first = block * tokensPerJob
    let count = min(tokensPerJob, sequence.tokens - first)
    let firstHead = kvHead * group
    let position = sequence.start + first
    var begin = AttentionPlan.begin(position, shape)
    var end = position + count
    var target = output + first * stride + firstHead * size
    var partial: UnsafeMutablePointer<Float>?
    if chunkCount > 1 {
      begin += chunk * AttentionPlan.chunkSize
      end = min(end, begin + AttentionPlan.chunkSize)
      target = UnsafeMutablePointer(mutating: partialOutput(firstHead, chunk, partials))
      partial = UnsafeMutablePointer(mutating: state(firstHead, chunk, partials))
    }
    return AttentionJob(
      queries: queries + first * stride + firstHead * size, queryTokenStride: stride,
      tokenCount: count, headCount: group, headSize: size, format: layout.format,
      keys: sequence.keys + layout.offset(head: kvHead, position: 0),
      values: sequence.values + layout.offset(head: kvHead, position: 0),
      positionByteCount: layout.positionByteCount, firstPosition: position, begin: begin, end: end,
      window: shape.window, scale: shape.scale, softcap: shape.softcap, output: target,
      outputTokenStride: stride, partial: partial, scratch: scratch)
  }
}
