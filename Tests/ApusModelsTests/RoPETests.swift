import ApusJSON
import Testing

@testable import ApusModels

struct RoPETests {
  private func parameters(_ scaling: RoPEScaling, theta: Float = 10_000) -> Hyperparameters {
    Hyperparameters(
      vocabularySize: 1, contextLength: 2048, embeddingLength: 128, layerCount: 1,
      feedForwardLength: 1, headCount: 1, kvHeadCount: 1, headSize: 128, attentionScale: 1,
      normEpsilon: 1e-5, rotaryDimensions: 128, ropeTheta: theta, ropeScaling: scaling,
      activation: .silu)
  }

  @Test func frequenciesFall() {
    let found = RoPE.frequencies(parameters(.none), factors: nil)
    #expect(found.count == 64)
    #expect(found[0] == 1)
    #expect(abs(found[32] - 0.01) < 1e-8)
  }

  @Test func factorsDivide() {
    let factors = (0..<64).map { Float($0 + 1) }
    let plain = RoPE.frequencies(parameters(.none), factors: nil)
    let found = RoPE.frequencies(parameters(.none), factors: factors)
    for pair in 0..<64 { #expect(abs(found[pair] * factors[pair] - plain[pair]) < 1e-6) }
  }

  @Test func linearDividesAll() {
    let plain = RoPE.frequencies(parameters(.none), factors: nil)
    let found = RoPE.frequencies(parameters(.linear(factor: 4)), factors: nil)
    #expect(zip(found, plain).allSatisfy { abs(4 * $0 - $1) < 1e-7 })
  }

  /// Llama 3.1's own numbers: pairs 0 to 28 kept, from 39 divided by 8, between them blended.
  @Test func llama3KeepsHighFrequencies() {
    let scaling = RoPEScaling.llama3(
      factor: 8, lowFrequency: 1, highFrequency: 4, originalContext: 8192)
    let plain = RoPE.frequencies(parameters(.none, theta: 500_000), factors: nil)
    let found = RoPE.frequencies(parameters(scaling, theta: 500_000), factors: nil)
    let ratios = zip(plain, found).map { $0 / $1 }
    #expect(ratios[0...28].allSatisfy { abs($0 - 1) < 1e-5 })
    #expect(ratios[35...].allSatisfy { abs($0 - 8) < 1e-4 })
    #expect(ratios[29...34].allSatisfy { $0 > 1 && $0 < 8 })
    #expect(zip(ratios[28...], ratios[29...]).allSatisfy { $0 <= $1 + 1e-4 })
  }

  @Test func yarnInterpolatesLowFrequencies() {
    let scaling = RoPEScaling.yarn(factor: 4, originalContext: 2048, betaFast: 32, betaSlow: 1)
    let plain = RoPE.frequencies(parameters(.none), factors: nil)
    let found = RoPE.frequencies(parameters(scaling), factors: nil)
    let ratios = zip(plain, found).map { $0 / $1 }
    // 128 · ln(2048 / (32 · 2π)) / (2 ln 10000) = 16.1, and for one turn 40.2.
    #expect(ratios[0...16].allSatisfy { abs($0 - 1) < 1e-5 })
    #expect(ratios[17] > 1.0001)
    #expect(ratios[40] < 3.9999)
    #expect(ratios[41...].allSatisfy { abs($0 - 4) < 1e-4 })
  }
}
