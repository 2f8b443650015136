import ApusCore
import ApusEngine
import ApusFiles
import ApusText
import Foundation
import Testing

/// Every reason for which a local model does not answer, as a router needs to tell them apart.
@Suite(.enabled(if: SharedFiles.hasModels, "../shared/models is absent"))
struct FailureTests {
  private func load(
    _ path: String, _ options: LoadOptions = LoadOptions()
  ) async -> ApusError? {
    await #expect(throws: ApusError.self) { try await LocalModel(path, options: options) }
  }

  private func answer(
    _ model: LocalModel, _ prompt: String = "Once upon a time", tokens: Int = 20,
    deadline: ContinuousClock.Instant? = nil
  ) async throws -> Response {
    try await model.respond(
      Request(
        .text(prompt), options: GenerationOptions(temperature: 0, maxTokens: tokens),
        deadline: deadline))
  }

  // features E9
  @Test func missing() async {
    let error = await load("/nowhere/model.gguf")
    #expect(error?.code == .fileNotFound)
    #expect(error?.message.contains("/nowhere/model.gguf") == true)
  }

  @Test func damaged() async throws {
    let half = try TemporaryCopy(of: SharedFiles.stories) { $0 = $0.prefix($0.count / 2) }
    #expect(await load(half.path)?.code == .fileDamaged)
    let text = try TemporaryCopy(of: SharedFiles.stories) { $0 = Data("GGUFno".utf8) }
    #expect(await load(text.path)?.code == .fileDamaged)
  }

  /// Unsigned 32-bit integers in the metadata, changed.
  @Test(arguments: [
    ("llama.attention.head_count", UInt32(0)), ("llama.block_count", 1 << 31),
    ("llama.vocab_size", 513), ("llama.attention.head_count_kv", 3),
    ("llama.rope.dimension_count", 7), ("llama.context_length", 0),
    ("llama.feed_forward_length", 4_000_000_000),
  ])
  func hyperparameterOutOfRange(_ key: String, _ value: UInt32) async throws {
    let copy = try TemporaryCopy(of: SharedFiles.stories) { data in
      if let range = data.range(of: Data(key.utf8)) {
        let bytes = withUnsafeBytes(of: value.littleEndian) { Data($0) }
        data.replaceSubrange(range.upperBound + 4..<range.upperBound + 8, with: bytes)
      }
    }
    let error = await load(copy.path)
    #expect(error?.code == .fileDamaged)
    #expect(error?.message.contains(copy.path) == true)
  }

  @Test func misshapenTensor() async throws {
    let copy = try TemporaryCopy(of: SharedFiles.stories) { data in
      let key = Data("llama.feed_forward_length".utf8)
      if let range = data.range(of: key) { data[range.upperBound + 4] = 171 }
    }
    let error = await load(copy.path)
    #expect(error?.code == .fileDamaged)
    #expect(error?.message.contains("ffn_gate.weight") == true)
    #expect(error?.message.contains("[171, 64]") == true)
  }

  @Test func unknownArchitecture() async throws {
    let copy = try TemporaryCopy(of: SharedFiles.stories) { data in
      let key = Data("general.architecture".utf8)
      if let range = data.range(of: key) {
        // Type (4 bytes), length (8), then the five letters of "llama".
        data.replaceSubrange(
          range.upperBound + 12..<range.upperBound + 17, with: Data("drama".utf8))
      }
    }
    let error = await load(copy.path)
    #expect(error?.code == .unsupportedModel)
    #expect(error?.message.contains("drama") == true)
  }

  @Test func benchmarksTooBigForMemory() async throws {
    let model = try await LocalModel(SharedFiles.stories)
    let error = await #expect(throws: ApusError.self) {
      try await Benchmark(promptTokens: 1 << 24, generatedTokens: 1, sequences: 1024).run(model)
    }
    #expect(error?.code == .notEnoughMemory)
  }

  @Test func tooBigForMemory() async {
    let error = await load(SharedFiles.stories, LoadOptions(memoryLimit: 1 << 20))
    #expect(error?.code == .notEnoughMemory)
    #expect(error?.message.contains("1024 KiB") == true)
  }

  @Test func promptLongerThanTheContext() async throws {
    let model = try await LocalModel(
      SharedFiles.stories, options: LoadOptions(contextLength: 32))
    let prompt = String(repeating: "Once upon a time ", count: 20)
    let error = await #expect(throws: ApusError.self) { try await answer(model, prompt) }
    #expect(error?.code == .contextOverflow)
    #expect(error?.message.contains("32") == true)
    let count = try model.tokenizer().encode(prompt).count
    #expect(error?.message.contains("\(count) tokens") == true)
  }

  @Test func aFullContextEndsTheAnswer() async throws {
    let model = try await LocalModel(
      SharedFiles.stories, options: LoadOptions(contextLength: 32))
    let response = try await answer(model, tokens: 100)
    #expect(response.finishReason == .length)
    #expect(response.usage.totalTokens == 32)
  }

  @Test func busyPastItsQueue() async throws {
    let model = try await LocalModel(
      SharedFiles.stories, options: LoadOptions(queueLimit: 1))
    let results = await withTaskGroup(of: ApusError.Code?.self) { group in
      for _ in 0..<8 {
        group.addTask {
          do {
            _ = try await answer(model, tokens: 100)
            return nil
          } catch {
            return (error as? ApusError)?.code
          }
        }
      }
      return await group.reduce(into: [ApusError.Code?]()) { $0.append($1) }
    }
    #expect(results.contains(.busy))
    #expect(results.contains(nil))
    #expect(results.allSatisfy { $0 == nil || $0 == .busy })
  }

  @Test func deadlineShorterThanItsEstimate() async throws {
    let model = try await LocalModel(SharedFiles.stories)
    let passed = await #expect(throws: ApusError.self) {
      try await answer(model, deadline: .now - .seconds(1))
    }
    #expect(passed?.code == .deadlineTooShort)
    // Measured: 300 tokens of this model take more than 1 ms anywhere.
    _ = try await answer(model, tokens: 300)
    let short = await #expect(throws: ApusError.self) {
      try await answer(model, tokens: 300, deadline: .now + .milliseconds(1))
    }
    #expect(short?.code == .deadlineTooShort)
    _ = try await answer(model, deadline: .now + .seconds(600))
  }

  @Test func notANumberInTheLogits() async throws {
    let gguf = try GGUF(mapping: SharedFiles.stories)
    let norm = try #require(gguf.tensors["output_norm.weight"])
    let copy = try TemporaryCopy(of: SharedFiles.stories) { data in
      let nan = withUnsafeBytes(of: Float.nan.bitPattern.littleEndian) { Data($0) }
      data.replaceSubrange(norm.offset..<norm.offset + 4, with: nan)
    }
    let model = try await LocalModel(copy.path)
    let error = await #expect(throws: ApusError.self) { try await answer(model) }
    #expect(error?.code == .notANumber)
  }

  @Test func truncatedUnderTheMap() async throws {
    let copy = try TemporaryCopy(of: SharedFiles.stories)
    let model = try await LocalModel(copy.path)
    _ = try await answer(model)
    #expect(truncate(copy.path, 4096) == 0)
    let error = await #expect(throws: ApusError.self) { try await answer(model) }
    #expect(error?.code == .fileTruncated)
  }
}
