import ApusCore
import ApusKernels
import ApusModels

/// Tokens per second of a model, as llama-bench defines them: random tokens, one warm-up, then
/// `repetitions` runs of which mean and standard deviation are given. Filling the cache to `depth`
/// is not timed; the clock takes in prompt and generation. Several sequences read their prompts one
/// after the other and generate together, a token of each in a step, as llama-batched-bench does.
public struct Benchmark: Sendable, Hashable {
  /// Tokens read in batches.
  public var promptTokens: Int
  /// Tokens generated one by one.
  public var generatedTokens: Int
  /// Tokens in the cache beforehand.
  public var depth: Int
  public var repetitions: Int
  /// Sequences that are generated at once.
  public var sequences: Int

  public init(
    promptTokens: Int, generatedTokens: Int, depth: Int = 0, repetitions: Int = 5,
    sequences: Int = 1
  ) {
    self.promptTokens = promptTokens
    self.generatedTokens = generatedTokens
    self.depth = depth
    self.repetitions = repetitions
    self.sequences = sequences
  }

  public struct Result: Sendable, Hashable {
    public var benchmark: Benchmark
    public var threads: Int
    /// Tokens per second of each run, all sequences together.
    public var samples: [Double]

    public var average: Double { samples.reduce(0, +) / Double(max(samples.count, 1)) }
    public var standardDeviation: Double { Self.standardDeviation(samples) }

    /// Of the sample: divided by one less than the number of runs.
    public static func standardDeviation(_ samples: [Double]) -> Double {
      guard samples.count > 1 else { return 0 }
      let average = samples.reduce(0, +) / Double(samples.count)
      let squares = samples.reduce(0) { $0 + ($1 - average) * ($1 - average) }
      return (squares / Double(samples.count - 1)).squareRoot()
    }
  }

  /// - Parameter progress: called after each run with how many are done.
  /// - Throws: `ApusError.Code.invalidRequest` where the figures make no sense;
  ///   `CancellationError`.
  public func run(
    _ model: LocalModel, progress: @Sendable (Int) -> Void = { _ in }
  ) async throws -> Result {
    let most = 1 << 24
    guard (0...most).contains(promptTokens), (0...most).contains(generatedTokens),
      (0...most).contains(depth), promptTokens + generatedTokens > 0,
      (1...1000).contains(repetitions), (1...1024).contains(sequences)
    else {
      throw ApusError(
        .invalidRequest,
        "bench: expected a prompt or tokens to generate, 1 to 1000 repetitions, 1 to 1024"
          + " sequences")
    }
    let capacity = depth + promptTokens + max(generatedTokens, 1)
    try model.checkMemory(
      caches: sequences, capacity: capacity, format: model.options.cacheType, logits: sequences)
    let scratch =
      sequences == 1
      ? model.scratch
      : model.transformer.makeScratch(
        tokenCapacity: max(model.scratch.tokenCapacity, sequences), logitCapacity: sequences)
    let caches = (0..<sequences).map { _ in
      model.transformer.makeCache(capacity: capacity, format: model.options.cacheType)
    }
    // Warm-up: pages of the weights, and the processor's clock.
    try await pass(
      model, scratch, caches, prompt: min(promptTokens, 512), generated: 1, depth: 0)
    var samples: [Double] = []
    for repetition in 0..<repetitions {
      let time = try await pass(
        model, scratch, caches, prompt: promptTokens, generated: generatedTokens, depth: depth)
      samples.append(Double(sequences * (promptTokens + generatedTokens)) / time.seconds)
      progress(repetition + 1)
    }
    return Result(benchmark: self, threads: model.threadCount, samples: samples)
  }

  @discardableResult
  private func pass(
    _ model: LocalModel, _ scratch: Scratch, _ caches: [KVCache], prompt: Int, generated: Int,
    depth: Int
  ) async throws -> Duration {
    for cache in caches { cache.truncate(to: 0) }
    let tokens = (0..<max(depth, prompt)).map { _ in randomToken(model) }
    for cache in caches {
      try await read(model, scratch, tokens.prefix(depth), cache)
    }
    let start = ContinuousClock.now
    for cache in caches {
      try await read(model, scratch, tokens.prefix(prompt), cache)
    }
    for _ in 0..<generated {
      let tokens = caches.map { _ in randomToken(model) }
      try await model.pool.run { workers in
        try model.transformer.forward(
          tokens, caches: caches, scratch: scratch,
          compute: Compute(workers: workers, matmulMode: model.options.matmul))
      }
    }
    return ContinuousClock.now - start
  }

  private func randomToken(_ model: LocalModel) -> Int32 {
    Int32.random(in: 0..<Int32(clamping: model.transformer.parameters.vocabularySize))
  }

  /// Reads tokens in batches, with logits for the last.
  private func read(
    _ model: LocalModel, _ scratch: Scratch, _ tokens: ArraySlice<Int32>, _ cache: KVCache
  ) async throws {
    var start = tokens.startIndex
    while start < tokens.endIndex {
      let end = min(start + scratch.tokenCapacity, tokens.endIndex)
      let part = tokens[start..<end]
      let count = end == tokens.endIndex ? 1 : 0
      try await model.pool.run { workers in
        try model.transformer.forward(
          part, cache: cache, scratch: scratch,
          compute: Compute(workers: workers, matmulMode: model.options.matmul),
          logitCount: count)
      }
      start = end
    }
  }
}
