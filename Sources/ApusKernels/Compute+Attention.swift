public import ApusBlocks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How keys, or values, of one layer and one sequence lie in memory: [kvHeads, capacity, headSize],
/// so that a head's positions follow each other.
public struct CacheLayout: Sendable, Hashable {
  public var format: CacheFormat
  public var kvHeadCount: Int
  /// Positions that there is room for.
  public var capacity: Int
  public var headSize: Int

  public init(format: CacheFormat, kvHeadCount: Int, capacity: Int, headSize: Int) {
    self.format = format
    self.kvHeadCount = kvHeadCount
    self.capacity = capacity
    self.headSize = headSize
  }

  /// Bytes of the keys, or of the values.
  public var byteCount: Int { kvHeadCount * capacity * headSize * format.byteCount }

  /// Where (head, position) begins.
  public func offset(head: Int, position: Int) -> Int {
    (head * capacity + position) * headSize * format.byteCount
  }
}

/// What the attention of a layer is like.
public struct AttentionShape: Sendable, Hashable {
  /// Query heads; a multiple of the cache's key/value heads.
  public var headCount: Int
  /// Usually 1/√headSize.
  public var scale: Float
  /// `cap * tanh(score / cap)`; 0: none.
  public var softcap: Float
  /// A token sees this many positions, itself included; 0: all before it.
  public var window: Int

  public init(headCount: Int, scale: Float, softcap: Float = 0, window: Int = 0) {
    self.headCount = headCount
    self.scale = scale
    self.softcap = softcap
    self.window = window
  }
}

extension Compute {
  /// Writes keys (or values) of consecutive positions into a cache.
  /// - Parameter x: [tokens, kvHeads, headSize]
  /// - Parameter start: position of the first token; `start + tokens <= capacity`.
  public func store(
    _ x: UnsafePointer<Float>, tokens: Int, start: Int, into cache: UnsafeMutableRawPointer,
    layout: CacheLayout
  ) {
    precondition(start >= 0 && start + tokens <= layout.capacity, "position outside of the cache")
    let size = layout.headSize
    overRows(tokens, width: layout.kvHeadCount * size) { range in
      for token in range {
        for head in 0..<layout.kvHeadCount {
          let source = x + (token * layout.kvHeadCount + head) * size
          let target = cache + layout.offset(head: head, position: start + token)
          switch layout.format {
          case .f16:
            table.vector.encodeHalf(source, target.assumingMemoryBound(to: UInt16.self), size)
          case .f32:
            target.copyMemory(from: source, byteCount: size * 4)
          }
        }
      }
    }
  }

  /// Causal attention of consecutive tokens of one sequence over its cache, which holds their own
  /// keys and values already.
  ///
  /// The context is cut into pieces of 512 positions when heads and tokens alone do not make enough
  /// parts for it; where it is cut depends on the context alone.
  /// - Parameter queries: [tokens, heads, headSize]
  /// - Parameter start: position of the first token.
  /// - Parameter out: [tokens, heads, headSize]; not `queries`.
  public func attention(
    _ queries: UnsafePointer<Float>, tokens: Int, start: Int, keys: UnsafeRawPointer,
    values: UnsafeRawPointer, layout: CacheLayout, shape: AttentionShape,
    into out: UnsafeMutablePointer<Float>
  ) {
    guard tokens > 0, layout.kvHeadCount > 0 else { return }
    precondition(start >= 0 && start + tokens <= layout.capacity, "position outside of the cache")
    let plan = AttentionPlan(
      tokens: tokens, start: start, layout: layout, shape: shape,
      tokensPerJob: table.attention.tokensPerJob)
    let scratch = workers.scratch.pieces(
      byteCount: table.attention.scratchByteCount(
        min(tokens, plan.tokensPerJob), plan.group, layout.headSize))
    let partials = workers.scratch
      .sharedPiece(byteCount: plan.partialFloatCount * 4)
      .assumingMemoryBound(to: Float.self)
    workers.parallel(plan.partCount) { part, worker in
      let job = plan.job(
        part, queries: queries, keys: keys, values: values, out: out, partials: partials,
        scratch: scratch[worker])
      table.attention.run(job)
    }
    if plan.chunkCount > 1 { merge(plan, partials, into: out) }
  }

  /// Puts the pieces of the context together: each weighs `exp(its largest score - the largest)`.
  private func merge(
    _ plan: AttentionPlan, _ partials: UnsafePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    let size = plan.layout.headSize
    for head in 0..<plan.shape.headCount {
      let target = out + head * size
      target.update(repeating: 0, count: size)
      var largest = -Float.infinity
      for chunk in 0..<plan.chunkCount {
        largest = max(largest, plan.state(head, chunk, partials)[0])
      }
      var sum: Float = 0
      for chunk in 0..<plan.chunkCount {
        let state = plan.state(head, chunk, partials)
        guard state[1] > 0 else { continue }
        let weight = expf(state[0] - largest)
        sum += weight * state[1]
        table.vector.addScaled(plan.output(head, chunk, partials), weight, size, target)
      }
      if sum > 0 { table.vector.scale(target, 1 / sum, size) }
    }
  }
}

/// How the attention of a batch is cut into jobs.
private struct AttentionPlan {
  let tokens: Int
  let start: Int
  let layout: CacheLayout
  let shape: AttentionShape
  let tokensPerJob: Int
  /// Query heads that share a key/value head.
  let group: Int
  /// Pieces of the context; more than 1 only for a single token.
  let chunkCount: Int
  let begin: Int

  static let chunkSize = 512

  init(
    tokens: Int, start: Int, layout: CacheLayout, shape: AttentionShape, tokensPerJob: Int
  ) {
    self.tokens = tokens
    self.start = start
    self.layout = layout
    self.shape = shape
    self.tokensPerJob = max(1, tokensPerJob)
    group = shape.headCount / layout.kvHeadCount
    begin = shape.window > 0 ? max(0, start - shape.window + 1) : 0
    let seen = start + 1 - begin
    chunkCount = tokens == 1 ? (seen + AttentionPlan.chunkSize - 1) / AttentionPlan.chunkSize : 1
  }

  var tokenBlockCount: Int { (tokens + tokensPerJob - 1) / tokensPerJob }
  var partCount: Int { layout.kvHeadCount * tokenBlockCount * chunkCount }

  // Partial results: (largest, sum) of [heads, chunks], then outputs of [heads, chunks, headSize],
  // where the heads of one job lie together: [kvHeads, chunks, group].
  var partialFloatCount: Int {
    chunkCount == 1 ? 0 : shape.headCount * chunkCount * (layout.headSize + 2)
  }

  private func slot(_ head: Int, _ chunk: Int) -> Int {
    (head / group * chunkCount + chunk) * group + head % group
  }

  func state(_ head: Int, _ chunk: Int, _ partials: UnsafePointer<Float>) -> UnsafePointer<Float> {
    partials + 2 * slot(head, chunk)
  }

  func output(_ head: Int, _ chunk: Int, _ partials: UnsafePointer<Float>) -> UnsafePointer<Float> {
    partials + 2 * shape.headCount * chunkCount + slot(head, chunk) * layout.headSize
  }

  func job(
    _ part: Int, queries: UnsafePointer<Float>, keys: UnsafeRawPointer, values: UnsafeRawPointer,
    out: UnsafeMutablePointer<Float>, partials: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutableRawPointer
  ) -> AttentionJob {
    let size = layout.headSize
    let stride = shape.headCount * size
    // The last tokens see the most: they come first, so that the end of the operation is even.
    let pieces = tokenBlockCount * chunkCount
    let kvHead = part % layout.kvHeadCount
    let piece = pieces - 1 - part / layout.kvHeadCount
    let block = piece / chunkCount
    let chunk = piece % chunkCount
    let first = block * tokensPerJob
    let count = min(tokensPerJob, tokens - first)
    let firstHead = kvHead * group
    let position = start + first
    var begin = shape.window > 0 ? max(0, position - shape.window + 1) : 0
    var end = position + count
    var target = out + first * stride + firstHead * size
    var partial: UnsafeMutablePointer<Float>?
    if chunkCount > 1 {
      begin += chunk * AttentionPlan.chunkSize
      end = min(end, begin + AttentionPlan.chunkSize)
      target = UnsafeMutablePointer(mutating: output(firstHead, chunk, partials))
      partial = UnsafeMutablePointer(mutating: state(firstHead, chunk, partials))
    }
    return AttentionJob(
      queries: queries + first * stride + firstHead * size, queryTokenStride: stride,
      tokenCount: count, headCount: group, headSize: size, format: layout.format,
      keys: keys + layout.offset(head: kvHead, position: 0),
      values: values + layout.offset(head: kvHead, position: 0), positionStride: size,
      firstPosition: position, begin: begin, end: end, window: shape.window, scale: shape.scale,
      softcap: shape.softcap, output: target, outputTokenStride: stride, partial: partial,
      scratch: scratch)
  }
}
