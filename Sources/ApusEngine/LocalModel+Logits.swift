import ApusBlocks
import ApusCore
import ApusFiles
import ApusKernels
import ApusModels

extension LocalModel {
  /// The logits after each of `tokens`: [tokens, vocabulary], flat.
  ///
  /// Keys and values are kept in F32, and what is stored in F32, F16 or BF16 is computed exactly.
  /// - Parameter oneByOne: a step for each token, as in generation; otherwise batches.
  /// - Throws: `ApusError.Code.invalidRequest` for a token outside of the vocabulary, `contextOverflow`,
  ///   `notEnoughMemory`; `CancellationError`.
  public func logits(_ tokens: [Int32], oneByOne: Bool = false) async throws -> [Float] {
    let vocabulary = transformer.parameters.vocabularySize
    for token in tokens where token < 0 || token >= vocabulary {
      throw ApusError(
        .invalidRequest, "token \(token) is outside of the vocabulary of \(vocabulary)")
    }
    guard !tokens.isEmpty else { return [] }
    let limit = transformer.parameters.contextLength
    guard tokens.count <= max(limit, contextLength) else {
      throw ApusError(
        .contextOverflow, "\(tokens.count) tokens, but \(name) reads at most \(limit)")
    }
    try checkMemory(caches: 1, capacity: tokens.count, format: .f32, logits: tokens.count)
    let cache = transformer.makeCache(capacity: tokens.count, format: .f32)
    let batch = oneByOne ? 1 : min(scratch.tokenCapacity, tokens.count, 64)
    let scratch = transformer.makeScratch(tokenCapacity: batch, logitCapacity: batch)
    var result: [Float] = []
    result.reserveCapacity(tokens.count * vocabulary)
    for start in stride(from: 0, to: tokens.count, by: batch) {
      let part = tokens[start..<min(start + batch, tokens.count)]
      result += try await pool.run { [self] workers in
        try transformer.forward(
          part, cache: cache, scratch: scratch,
          compute: Compute(workers: workers, matmulMode: options.matmul),
          logitCount: part.count)
        return Array(scratch.logits.buffer.prefix(part.count * vocabulary))
      }
      do { try file.checkIntact() } catch { throw ApusError(error) }
    }
    return result
  }

  /// Whether caches and rows of logits beyond those of the model itself fit.
  /// - Throws: `ApusError.Code.notEnoughMemory`.
  func checkMemory(
    caches: Int, capacity: Int, format: CacheFormat, logits: Int
  ) throws(ApusError) {
    let parameters = transformer.parameters
    let cache = KVCache.byteCount(parameters, capacity: capacity, format: format) ?? .max
    let (all, overflow) = cache.multipliedReportingOverflow(by: caches)
    let huge = Int.max / 4
    let (rows, overflows) = (4 * parameters.vocabularySize).multipliedReportingOverflow(by: logits)
    try MemoryNeed(
      weights: 0, cache: overflow ? huge : min(all, huge),
      scratch: overflows ? huge : min(rows, huge)
    ).check(available: options.memoryLimit ?? MemoryLimit.available, path: path)
  }
}
