public import ApusBlocks
public import ApusFiles
public import ApusKernels

/// A model that is ready to compute: its declaration, its numbers, and its weights where the file
/// has them mapped.
public struct Transformer: Sendable {
  public internal(set) var architecture: Architecture
  public internal(set) var parameters: Hyperparameters
  var weights: ModelWeights
  /// Radians per position: [rotaryDimensions / 2]; `nil` without rotation.
  var frequencies: [Float]?
  var pairing: RotaryPairing

  /// - Throws: `ModelError` for an unknown family, a hyperparameter that is missing or out of
  ///   range, a tensor that is missing or misshapen.
  public init(_ gguf: GGUF) throws(ModelError) {
    guard let name = gguf.metadata["general.architecture"]?.string else {
      throw .missing(key: "general.architecture")
    }
    let architecture = try Architecture.named(name)
    try self.init(
      architecture, try Hyperparameters(gguf, architecture: architecture),
      TensorSource(gguf, architecture: architecture))
  }

  init(
    _ architecture: Architecture, _ parameters: Hyperparameters, _ source: TensorSource
  ) throws(ModelError) {
    self.architecture = architecture
    self.parameters = parameters
    weights = try ModelWeights(source, architecture: architecture, parameters: parameters)
    pairing = .halves
    if case .rotary(let gguf, let huggingFace) = architecture.positions {
      let found = source.container == .gguf ? gguf : huggingFace
      pairing = found == .interleaved ? .interleaved : .halves
      frequencies = RoPE.frequencies(parameters, factors: weights.ropeFactors)
    }
  }

  /// Room for the keys and values of one sequence.
  public func makeCache(capacity: Int, format: CacheFormat = .f16) -> KVCache {
    KVCache(parameters, capacity: capacity, format: format)
  }

  /// Working memory for steps of at most `tokenCapacity` tokens of which `logitCapacity` give
  /// logits.
  public func makeScratch(tokenCapacity: Int, logitCapacity: Int = 1) -> Scratch {
    Scratch(parameters, tokenCapacity: tokenCapacity, logitCapacity: logitCapacity)
  }

  /// Reads `tokens` after what the cache holds, and computes logits for the last `logitCount`.
  ///
  /// The cache is longer by the tokens afterwards, unless the step was cancelled: then it is as it
  /// was.
  /// - Parameters:
  ///   - tokens: ids below `vocabularySize`, no more than the scratch memory and the cache take.
  ///   - logitCount: rows of `scratch.logits` [logitCount, vocabulary] to fill.
  public func forward(
    _ tokens: ArraySlice<Int32>, cache: KVCache, scratch: Scratch, compute: Compute,
    logitCount: Int = 1
  ) throws(CancellationError) {
    try run(
      tokens, [StepSequence(cache: cache, tokens: tokens.count)], scratch, compute,
      logitCount: logitCount)
  }

  /// Reads one token of each of several sequences, and computes logits for each: row `i` of
  /// `scratch.logits` [sequences, vocabulary] is that of sequence `i`.
  ///
  /// What a sequence gives has the same bits as in a step of its own.
  /// - Parameters:
  ///   - tokens: ids below `vocabularySize`, one for each cache.
  ///   - caches: each another one, with room for a token more.
  public func forward(
    _ tokens: [Int32], caches: [KVCache], scratch: Scratch, compute: Compute
  ) throws(CancellationError) {
    precondition(tokens.count == caches.count)
    var compute = compute
    compute.tokensAreIndependent = true
    try run(
      tokens[...], caches.map { StepSequence(cache: $0, tokens: 1) }, scratch, compute,
      logitCount: tokens.count)
  }

  private func run(
    _ tokens: ArraySlice<Int32>, _ sequences: [StepSequence], _ scratch: Scratch,
    _ compute: Compute, logitCount: Int
  ) throws(CancellationError) {
    precondition(!tokens.isEmpty && tokens.count <= scratch.tokenCapacity)
    precondition(logitCount <= min(tokens.count, scratch.logitCapacity))
    var positions: [Int] = []
    for sequence in sequences {
      let start = sequence.cache.count
      precondition(start + sequence.tokens <= sequence.cache.capacity)
      positions += start..<start + sequence.tokens
    }
    let pass = ForwardPass(
      parameters: parameters, architecture: architecture, compute: compute, scratch: scratch,
      sequences: sequences, tokens: tokens.count)
    embed(tokens, positions, pass)
    let angles = frequencies.map {
      RotaryTable(positions: positions, frequencies: $0, magnitude: parameters.ropeMagnitude)
    }
    for (index, layer) in weights.layers.enumerated() {
      try compute.workers.checkCancellation()
      // Of the last layer's results only those that become logits are wanted.
      let isLast = index == weights.layers.count - 1
      block(
        pass, layer, index, parameters.isRotated(layer: index) ? angles : nil,
        rows: isLast ? logitCount : tokens.count)
    }
    for sequence in sequences { sequence.cache.advance(by: sequence.tokens) }
    if logitCount > 0 { output(pass, rows: logitCount) }
  }

  /// The token embeddings [tokens, width], with positions where those are learned.
  private func embed(_ tokens: ArraySlice<Int32>, _ positions: [Int], _ pass: ForwardPass) {
    let width = parameters.embeddingLength
    let residual = pass.scratch.residual.base  // [tokens, width]
    for (index, token) in tokens.enumerated() {
      pass.compute.row(weights.tokenEmbedding, Int(token), into: residual + index * width)
    }
    if parameters.embeddingScale != 1 {
      pass.compute.scale(residual, by: parameters.embeddingScale, count: tokens.count * width)
    }
    if let learned = weights.positionEmbedding {
      let embedded = pass.scratch.branch.base  // [tokens, width]
      for (index, position) in positions.enumerated() {
        pass.compute.row(learned, position, into: embedded + index * width)
      }
      pass.accumulate(embedded, rows: tokens.count, into: residual)
    }
  }

  /// One layer: attention, then feed-forward, each added to the residual stream; the last `rows`
  /// tokens of it.
  private func block(
    _ pass: ForwardPass, _ layer: LayerWeights, _ index: Int, _ angles: RotaryTable?, rows: Int
  ) {
    let skipped = (pass.tokens - rows) * parameters.embeddingLength
    let normed = pass.scratch.normed.base  // [tokens, width]
    let branch = pass.scratch.branch.base  // [rows, width]

    pass.norm(pass.scratch.residual.base, layer.attentionNorm, rows: pass.tokens, into: normed)
    pass.attention(
      normed, layer, layer: index, angles: angles, pairing: pairing, rows: rows, into: branch)
    guard rows > 0 else { return }
    let residual = pass.scratch.residual.base + skipped  // [rows, width]
    if let norm = layer.postAttentionNorm { pass.norm(branch, norm, rows: rows, into: branch) }
    pass.accumulate(branch, rows: rows, into: residual)

    var input = normed + skipped  // [rows, width]
    // Parallel layers feed the network from the norm that attention read.
    if let norm = layer.feedForwardNorm {
      input = normed
      pass.norm(residual, norm, rows: rows, into: input)
    }
    pass.feedForward(input, layer.feedForward, rows: rows, into: branch)
    if let norm = layer.postFeedForwardNorm { pass.norm(branch, norm, rows: rows, into: branch) }
    pass.accumulate(branch, rows: rows, into: residual)
  }

  /// The logits of the last `rows` tokens.
  private func output(_ pass: ForwardPass, rows: Int) {
    let width = parameters.embeddingLength
    let normed = pass.scratch.normed.base  // [rows, width]
    let logits = pass.scratch.logits.base  // [rows, vocabulary]
    let last = pass.scratch.residual.base + (pass.tokens - rows) * width
    pass.norm(last, weights.outputNorm, rows: rows, into: normed)
    pass.linear([(weights.output, logits)], normed, rows: rows)
    if parameters.logitSoftcap > 0 {
      pass.compute.softcap(
        logits, cap: parameters.logitSoftcap, count: rows * parameters.vocabularySize)
    }
  }
}
