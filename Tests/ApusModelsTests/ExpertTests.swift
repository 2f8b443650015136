import ApusFiles
import Testing

@testable import ApusModels

/// Two of five experts against llama.cpp (Fixtures/experts/make.py).
struct ExpertTests {
  private static let tokens: [Int32] = (0..<32).map { (index: Int) -> Int32 in
    let token = index * 11 + index * index / 2
    return Int32(token % 32)
  }

  private func error(
    oneByOne: Bool = false, _ mutate: (inout Transformer) -> Void = { _ in }
  ) throws -> Double {
    var model = try Transformer(GGUF(mapping: Fixtures.path("experts/experts.gguf")))
    mutate(&model)
    return try nmse(
      logits(model, Self.tokens, oneByOne: oneByOne),
      SharedFiles.floats(Fixtures.path("experts/experts.f32")))
  }

  @Test func equalsTheReference() throws {
    #expect(try error() <= 1e-9)
    #expect(try error(oneByOne: true) <= 1e-9)
  }

  @Test(arguments: [1, 3, 5])
  func notWithAnotherNumberOfExperts(_ count: Int) throws {
    #expect(try error { $0.parameters.expertUsedCount = count } > 1e-4)
  }

  @Test func oneTokenTouchesItsExpertsAlone() throws {
    let model = try Transformer(GGUF(mapping: Fixtures.path("experts/experts.gguf")))
    let square = 32 * 32 * 4
    // Output, attention, router, and two experts of three matrices.
    #expect(model.weightByteCountPerToken == square + 4 * square + 5 * 32 * 4 + 2 * 3 * square)
  }
}
