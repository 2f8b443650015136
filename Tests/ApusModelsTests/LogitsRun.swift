import ApusBlocks
import ApusKernels

@testable import ApusModels

/// Logits of a model in exact arithmetic, all at once or token by token.
func logits(
  _ model: Transformer, _ tokens: [Int32], oneByOne: Bool = false, table: KernelTable = .best,
  cacheFormat: CacheFormat = .f32
) throws -> [Float] {
  let cache = model.makeCache(capacity: max(tokens.count, 1), format: cacheFormat)
  let scratch = model.makeScratch(tokenCapacity: tokens.count, logitCapacity: tokens.count)
  return try WorkerPool(threadCount: 2).runSync { workers throws -> [Float] in
    let compute = Compute(workers: workers, table: table, exactActivations: true)
    var result: [Float] = []
    let step = oneByOne ? 1 : tokens.count
    for start in stride(from: 0, to: tokens.count, by: step) {
      let part = tokens[start..<min(start + step, tokens.count)]
      try model.forward(
        part, cache: cache, scratch: scratch, compute: compute, logitCount: part.count)
      let count = part.count * model.parameters.vocabularySize
      result += Array(scratch.logits.buffer.prefix(count))
    }
    return result
  }
}

/// Σ(a−b)² / Σb²
func nmse(_ values: [Float], _ reference: [Float]) -> Double {
  guard values.count == reference.count, !values.isEmpty else { return .infinity }
  var error = 0.0
  var sum = 0.0
  for (value, expected) in zip(values, reference) {
    error += (Double(value) - Double(expected)) * (Double(value) - Double(expected))
    sum += Double(expected) * Double(expected)
  }
  return error / sum
}
