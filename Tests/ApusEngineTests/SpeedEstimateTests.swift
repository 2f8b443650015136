import ApusCore
import Testing

@testable import ApusEngine

struct SpeedEstimateTests {
  @Test func beforeAnyMeasurementOnlyTheHopelessIsRefused() {
    let estimate = SpeedEstimate(weightBytes: 700_000_000)
    let seconds = estimate.seconds(promptTokens: 20, maxTokens: 2048)
    #expect(seconds > 0.05 && seconds < 1)
  }

  @Test func measurementsReplaceTheGuess() {
    var estimate = SpeedEstimate(weightBytes: 1)
    estimate.observe(promptTokens: 100, in: 1)
    estimate.observe(answerTokens: 50, in: 5)
    // 200 tokens at 10 ms, then a usual answer of 50 at 100 ms.
    #expect(abs(estimate.seconds(promptTokens: 200, maxTokens: 2048) - 7) < 1e-9)
    #expect(abs(estimate.seconds(promptTokens: 200, maxTokens: 10) - 3) < 1e-9)
  }

  @Test func tooFewTokensSayNothing() {
    var estimate = SpeedEstimate(weightBytes: 1)
    let before = estimate.seconds(promptTokens: 100, maxTokens: 100)
    estimate.observe(promptTokens: 2, in: 10)
    estimate.observe(answerTokens: 1, in: 10)
    #expect(estimate.seconds(promptTokens: 100, maxTokens: 100) == before)
  }
}

struct MemoryNeedTests {
  // features I11
  @Test func refusesWithBothFigures() {
    let need = MemoryNeed(weights: 700 << 20, cache: 200 << 20, scratch: 100 << 20)
    #expect(throws: Never.self) { try need.check(available: 1000 << 20, path: "m.gguf") }
    let error = #expect(throws: ApusError.self) {
      try need.check(available: 999 << 20, path: "m.gguf")
    }
    #expect(error?.code == .notEnoughMemory)
    #expect(error?.message.contains("1000 MiB") == true)
    #expect(error?.message.contains("999 MiB") == true)
  }
}
