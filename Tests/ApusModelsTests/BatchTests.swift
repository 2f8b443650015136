import ApusBlocks
import ApusFiles
import ApusKernels
import Testing

@testable import ApusModels

/// Several sequences in one step give the bits that each gives in steps of its own.
@Suite struct BatchTests {
  /// Prompts of different lengths, so that the sequences are at different positions.
  private static let prompts: [[Int32]] = [
    [1, 17, 42, 99, 3, 64, 120, 7, 7, 8], [5], [101, 2, 31], [77, 126, 90, 12, 13, 14, 66],
    [33, 88], [111, 20, 46, 59, 71, 84, 97, 110, 9, 10, 11], [64, 3], [1, 2, 3, 4, 5, 6, 7, 8],
    [50, 51],
  ]
  private static let steps = 4

  /// Logits of each sequence after each step: `steps` times [vocabulary].
  private static func run(
    _ model: Transformer, _ prompts: [[Int32]], table: KernelTable, exact: Bool
  ) throws -> [[[Float]]] {
    let caches = prompts.map { _ in model.makeCache(capacity: 32) }
    let scratch = model.makeScratch(tokenCapacity: 16, logitCapacity: prompts.count)
    let vocabulary = model.parameters.vocabularySize
    return try WorkerPool(threadCount: 2).runSync { workers throws -> [[[Float]]] in
      let compute = Compute(workers: workers, table: table, exactActivations: exact)
      for (cache, prompt) in zip(caches, prompts) {
        try model.forward(
          prompt[...], cache: cache, scratch: scratch, compute: compute, logitCount: 0)
      }
      var result = [[[Float]]](repeating: [], count: prompts.count)
      for step in 0..<steps {
        let tokens = prompts.map { $0[0] + Int32(step) }
        try model.forward(tokens, caches: caches, scratch: scratch, compute: compute)
        for index in prompts.indices {
          let row = scratch.logits.buffer[index * vocabulary..<(index + 1) * vocabulary]
          result[index].append(Array(row))
        }
      }
      return result
    }
  }

  private func check(_ model: Transformer, exact: Bool) throws {
    for table in KernelTable.available {
      let alone = try Self.prompts.map {
        try Self.run(model, [$0], table: table, exact: exact)[0]
      }
      for count in [2, 3, 4, 5, Self.prompts.count] {
        let together = try Self.run(
          model, Array(Self.prompts.prefix(count)), table: table, exact: exact)
        #expect(together == Array(alone.prefix(count)), "\(count) sequences, \(table.name)")
      }
    }
  }

  /// The logits after the last of 50 tokens, read in steps that end at `ends`.
  private static func logits(
    _ model: Transformer, ends: [Int], table: KernelTable, exact: Bool
  ) throws -> [Float] {
    let cache = model.makeCache(capacity: 64)
    let scratch = model.makeScratch(tokenCapacity: 64, logitCapacity: 1)
    let prompt = (0..<50).map { Int32(($0 * 37 + 11) % 120 + 1) }
    return try WorkerPool(threadCount: 2).runSync { workers throws -> [Float] in
      let compute = Compute(
        workers: workers, table: table, matmulMode: .simd, exactActivations: exact)
      var begin = 0
      for end in ends {
        try model.forward(
          prompt[begin..<end], cache: cache, scratch: scratch, compute: compute,
          logitCount: end == prompt.count ? 1 : 0)
        begin = end
      }
      return Array(scratch.logits.buffer[..<model.parameters.vocabularySize])
    }
  }

  private func checkCuts(_ model: Transformer, exact: Bool) throws {
    for table in KernelTable.available {
      let whole = try Self.logits(model, ends: [50], table: table, exact: exact)
      for ends in [[49, 50], [1, 50], [7, 12, 14, 40, 50], Array(1...50)] {
        let cut = try Self.logits(model, ends: ends, table: table, exact: exact)
        let agree = cut == whole
        #expect(agree, "steps to \(ends), \(table.name)")
      }
    }
  }

  @Test(
    .enabled(if: SharedFiles.hasArchitectures, "../shared/conformance is absent"),
    arguments: ["llama-dense", "llama-moe", "qwen3-dense", "gpt2-dense", "gemma2-dense"])
  func everyFamily(_ name: String) throws {
    try check(ConformanceTests.model(name), exact: true)
    try check(ConformanceTests.model(name), exact: false)
    try checkCuts(ConformanceTests.model(name), exact: true)
    try checkCuts(ConformanceTests.model(name), exact: false)
  }

  @Test func quantisedWeights() throws {
    let gguf = try GGUF(mapping: Fixtures.path("default-model/apus-demo-q8_0.gguf"))
    try check(Transformer(gguf), exact: false)
    try checkCuts(Transformer(gguf), exact: false)
  }

  @Test(
    .enabled(if: SharedFiles.hasModels, "../shared/models is absent"),
    arguments: ["q4_k_m", "q8_0", "f16"])
  func realFiles(_ format: String) throws {
    let path = SharedFiles.path("models/stories3M/stories3M-\(format).gguf")
    try check(Transformer(GGUF(mapping: path)), exact: false)
    try checkCuts(Transformer(GGUF(mapping: path)), exact: false)
  }
}
