import ApusBlocks
import ApusFiles
import ApusKernels
import Testing

@testable import ApusModels

/// Every family against the logits that llama.cpp computes for a tiny model of it.
@Suite(.enabled(if: SharedFiles.hasArchitectures, "../shared/conformance is absent"))
struct ConformanceTests {
  static let tokens: [Int32] = [
    1, 17, 42, 99, 3, 64, 120, 7, 7, 8, 55, 101, 2, 31, 77, 126, 90, 12, 13, 14, 66, 5, 33, 88,
    111, 20, 46, 59, 71, 84, 97, 110,
  ]

  struct Case: CustomTestStringConvertible, Sendable {
    let name: String
    /// The reference takes GELU from a table of 16-bit floats.
    let limit: Double
    var testDescription: String { name }
  }

  static let cases = [
    Case(name: "llama-dense", limit: 1e-8), Case(name: "llama-moe", limit: 1e-8),
    Case(name: "qwen2-dense", limit: 1e-8), Case(name: "qwen3-dense", limit: 1e-8),
    Case(name: "smollm3-dense", limit: 1e-8), Case(name: "gpt2-dense", limit: 1e-6),
    Case(name: "phi2-dense", limit: 1e-6), Case(name: "gemma2-dense", limit: 1e-6),
  ]

  static func model(_ name: String) throws -> Transformer {
    let path = SharedFiles.path("conformance/architectures/\(name).gguf")
    return try Transformer(GGUF(mapping: path))
  }

  static func reference(_ name: String) throws -> [Float] {
    try SharedFiles.floats(SharedFiles.path("conformance/architectures/\(name).f32"))
  }

  // features B7, B8
  @Test(arguments: cases)
  func inOneBatch(_ testCase: Case) throws {
    let found = try logits(Self.model(testCase.name), Self.tokens)
    let error = try nmse(found, Self.reference(testCase.name))
    #expect(error <= testCase.limit, "NMSE \(error)")
  }

  @Test(arguments: cases)
  func oneTokenAtATime(_ testCase: Case) throws {
    let found = try logits(Self.model(testCase.name), Self.tokens, oneByOne: true)
    let error = try nmse(found, Self.reference(testCase.name))
    #expect(error <= testCase.limit, "NMSE \(error)")
  }

  @Test(arguments: cases)
  func throughPortableKernels(_ testCase: Case) throws {
    let found = try logits(Self.model(testCase.name), Self.tokens, table: .portable)
    let error = try nmse(found, Self.reference(testCase.name))
    #expect(error <= testCase.limit, "NMSE \(error)")
  }

  /// With 16-bit keys and values, as generation has them, the error is theirs alone.
  @Test func sixteenBitCache() throws {
    let found = try logits(
      Self.model("llama-dense"), Self.tokens, cacheFormat: .f16)
    let error = try nmse(found, Self.reference("llama-dense"))
    #expect(error > 1e-9 && error < 1e-5, "NMSE \(error)")
  }
}

/// The thresholds tell a wrong model from a right one: each of these must fail them.
@Suite(.enabled(if: SharedFiles.hasArchitectures, "../shared/conformance is absent"))
struct MutantTests {
  private func error(
    _ name: String, oneByOne: Bool = false, _ mutate: (inout Transformer) -> Void
  ) throws -> Double {
    var model = try ConformanceTests.model(name)
    mutate(&model)
    let found = try logits(model, ConformanceTests.tokens, oneByOne: oneByOne)
    return try nmse(found, ConformanceTests.reference(name))
  }

  @Test(arguments: [
    "llama-dense", "llama-moe", "qwen2-dense", "qwen3-dense", "smollm3-dense", "phi2-dense",
    "gemma2-dense",
  ])
  func withoutRotation(_ name: String) throws {
    #expect(try error(name) { $0.frequencies = nil } > 1e-4)
  }

  @Test(arguments: [
    "llama-dense", "llama-moe", "qwen2-dense", "qwen3-dense", "smollm3-dense", "phi2-dense",
    "gemma2-dense",
  ])
  func withTheOtherPairing(_ name: String) throws {
    let found = try error(name) {
      $0.pairing = $0.pairing == .halves ? .interleaved : .halves
    }
    #expect(found > 1e-4)
  }

  @Test(arguments: ConformanceTests.cases.map(\.name))
  func withUniformAttention(_ name: String) throws {
    #expect(try error(name) { $0.parameters.attentionScale = 0 } > 1e-4)
  }

  @Test(arguments: ConformanceTests.cases.map(\.name))
  func withoutTheBiasOfValues(_ name: String) throws {
    #expect(try error(name) { $0.weights.layers[0].value.bias = nil } > 1e-6)
  }

  @Test func withoutLearnedPositions() throws {
    #expect(try error("gpt2-dense") { $0.weights.positionEmbedding = nil } > 1e-4)
  }

  @Test func withoutFrequencyFactors() throws {
    let found = try error("llama-dense") {
      $0.frequencies = RoPE.frequencies($0.parameters, factors: nil)
    }
    #expect(found > 1e-4)
  }

  @Test func withoutQueryNorm() throws {
    #expect(try error("qwen3-dense") { $0.weights.layers[0].queryNorm = nil } > 1e-4)
  }

  @Test func withoutCaps() throws {
    #expect(try error("gemma2-dense") { $0.parameters.logitSoftcap = 0 } > 1e-5)
    #expect(try error("gemma2-dense") { $0.parameters.attentionSoftcap = 0 } > 1e-6)
  }

  @Test func withANarrowWindow() throws {
    #expect(try error("gemma2-dense") { $0.parameters.slidingWindow = 4 } > 1e-4)
  }

  @Test func withOneExpert() throws {
    #expect(try error("llama-moe") { $0.parameters.expertUsedCount = 1 } > 1e-4)
  }
}
