import ApusBlocks
import ApusFiles
import ApusKernels
import ApusModels
import Testing

/// Trained models continue golden prompts token for token as exact arithmetic does: the models
/// alone, without tokenizer or sampler.
@Suite(.enabled(if: SharedFiles.hasModels, "../shared/models is absent"))
struct GoldenTokenTests {
  @Test(arguments: [
    ("stories260K", "stories260K-f32.gguf"), ("stories260K", "stories260K-f16.gguf"),
    ("stories3M", "stories3M-f32.gguf"), ("stories3M", "stories3M-f16.gguf"),
    ("slm4096-gpt2", "slm4096-f32.gguf"), ("slm4096-gpt2", "slm4096-f16.gguf"),
  ])
  func fromGGUF(_ model: String, _ file: String) throws {
    try check(
      Transformer(GGUF(mapping: SharedFiles.path("models/\(model)/\(file)"))), model)
  }

  @Test(arguments: ["stories260K", "stories3M", "slm4096-gpt2"])
  func fromFolders(_ model: String) throws {
    try check(
      Transformer(ModelDirectory(SharedFiles.path("models/\(model)/hf"))), model)
  }

  private func check(_ model: Transformer, _ name: String) throws {
    for golden in try GoldenReference.all(of: name) {
      let found = try greedy(model, golden.promptTokens, count: golden.tokens.count)
      #expect(found == golden.tokens)
    }
  }

  private func greedy(_ model: Transformer, _ prompt: [Int32], count: Int) throws -> [Int32] {
    let cache = model.makeCache(capacity: prompt.count + count)
    let scratch = model.makeScratch(tokenCapacity: prompt.count)
    let pool = WorkerPool()
    var next = prompt[...]
    var tokens: [Int32] = []
    while tokens.count < count {
      try pool.runSync { workers throws in
        try model.forward(
          next, cache: cache, scratch: scratch, compute: Compute(workers: workers))
      }
      let best = (0..<model.parameters.vocabularySize).max {
        scratch.logits[$0] < scratch.logits[$1]
      }
      let token = Int32(try #require(best))
      tokens.append(token)
      next = [token]
    }
    return tokens
  }
}
