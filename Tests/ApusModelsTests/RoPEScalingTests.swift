import ApusFiles
import Foundation
import Testing

@testable import ApusModels

/// Scaled frequencies against llama.cpp, on models made for it (Fixtures/rope-scaling/make.py).
struct RoPEScalingTests {
  private static let vocabulary = 32
  private static let tokens: [Int32] = (0..<250).map { (index: Int) -> Int32 in
    let token = index * 7 + index * index / 3
    return Int32(token % 32)
  }

  private func model(_ name: String) throws -> Transformer {
    try Transformer(GGUF(mapping: Fixtures.path("rope-scaling/\(name).gguf")))
  }

  private func error(_ model: Transformer, _ name: String) throws -> Double {
    let all = try logits(model, Self.tokens)
    // The fixture keeps every tenth row.
    var kept: [Float] = []
    for row in stride(from: 9, to: 250, by: 10) {
      kept += all[row * Self.vocabulary..<(row + 1) * Self.vocabulary]
    }
    return try nmse(kept, SharedFiles.floats(Fixtures.path("rope-scaling/\(name).f32")))
  }

  @Test(arguments: ["llama3", "linear", "yarn"])
  func equalsTheReference(_ name: String) throws {
    let found = try error(model(name), name)
    #expect(found <= 1e-8, "NMSE \(found)")
  }

  @Test(arguments: ["llama3", "linear", "yarn"])
  func notWithoutScaling(_ name: String) throws {
    var model = try model(name)
    model.parameters.ropeScaling = .none
    model.parameters.ropeMagnitude = 1
    model.frequencies = RoPE.frequencies(model.parameters, factors: nil)
    #expect(try error(model, name) > 1e-5)
  }

  @Test func notWithoutTheMagnitudeOfYaRN() throws {
    var model = try model("yarn")
    model.parameters.ropeMagnitude = 1
    #expect(try error(model, "yarn") > 1e-5)
  }

  /// What config.json says of Llama 3.1 gives the factors that converters write into GGUF files.
  @Test func llama3FromConfigEqualsTheTensor() throws {
    let model = try model("llama3")
    var parameters = model.parameters
    parameters.ropeScaling = .llama3(
      factor: 8, lowFrequency: 1, highFrequency: 4, originalContext: 8192)
    let found = RoPE.frequencies(parameters, factors: nil)
    for (frequency, expected) in zip(found, try #require(model.frequencies)) {
      #expect(abs(frequency - expected) <= 1e-5 * expected)
    }
  }
}
