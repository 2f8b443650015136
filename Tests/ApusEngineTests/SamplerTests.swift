import ApusCore
import Foundation
import Testing

@testable import ApusEngine

struct SamplerTests {
  private func options(_ change: (inout GenerationOptions) -> Void) throws -> SamplingOptions {
    var options = GenerationOptions(
      temperature: 1, topK: 0, topP: 1, minP: 0, seed: 7)
    change(&options)
    return try SamplingOptions(options)
  }

  private func draw(
    _ sampler: inout Sampler, _ logits: [Float]
  ) -> Int32? {
    var logits = logits
    var span = logits.mutableSpan
    return sampler.next(&span)
  }

  /// How often each token is drawn in 20000 draws.
  private func shares(
    _ logits: [Float], _ change: (inout GenerationOptions) -> Void
  ) throws -> [Double] {
    var sampler = Sampler(try options(change), prompt: [])
    var counts = [Double](repeating: 0, count: logits.count)
    for _ in 0..<20000 {
      let token = try #require(draw(&sampler, logits))
      counts[Int(token)] += 1
    }
    return counts.map { $0 / 20000 }
  }

  /// ln of these probabilities.
  private let logits: [Float] = [0.5, 0.2, 0.15, 0.1, 0.05].map { logOf($0) }

  private static func expectClose(_ found: [Double], _ expected: [Double]) {
    for (share, wanted) in zip(found, expected) {
      #expect(abs(share - wanted) < 0.015, "\(found) for \(expected)")
    }
  }

  @Test func greedyTakesTheFirstOfTheGreatest() throws {
    var sampler = Sampler(try options { $0.temperature = 0 }, prompt: [])
    #expect(draw(&sampler, [1, 3, 2, 3]) == 1)
  }

  @Test func drawsByProbability() throws {
    Self.expectClose(try shares(logits) { _ in }, [0.5, 0.2, 0.15, 0.1, 0.05])
  }

  @Test func temperatureSharpens() throws {
    // Squares, made to sum to 1.
    Self.expectClose(
      try shares(logits) { $0.temperature = 0.5 }, [0.769, 0.123, 0.069, 0.031, 0.008])
  }

  @Test func topKKeepsTheMostProbable() throws {
    Self.expectClose(try shares(logits) { $0.topK = 2 }, [0.714, 0.286, 0, 0, 0])
  }

  @Test func topPKeepsTheSmallestSetThatReachesIt() throws {
    Self.expectClose(try shares(logits) { $0.topP = 0.6 }, [0.714, 0.286, 0, 0, 0])
    Self.expectClose(try shares(logits) { $0.topP = 0 }, [1, 0, 0, 0, 0])
  }

  @Test func topPCountsWhatTopKLeft() throws {
    // Of [0.714, 0.286] the first alone reaches 0.7.
    Self.expectClose(
      try shares(logits) {
        $0.topK = 2
        $0.topP = 0.7
      }, [1, 0, 0, 0, 0])
  }

  @Test func minPIsRelativeToTheMostProbable() throws {
    Self.expectClose(try shares(logits) { $0.minP = 0.25 }, [0.588, 0.235, 0.176, 0, 0])
  }

  @Test func topPSeesTokensThatMinPRemoves() throws {
    // 0.85 of everything, min-p's victims included, takes three; the third falls to min-p.
    Self.expectClose(
      try shares(logits) {
        $0.topP = 0.84
        $0.minP = 0.35
      }, [0.714, 0.286, 0, 0, 0])
  }

  @Test func largeVocabulariesAgreeWithSmallTopK() throws {
    let large = (0..<50_000).map { Float(($0 &* 7919) % 50_000) / 5000 }
    var all = Sampler(try options { $0.topK = 40 }, prompt: [])
    let best = Set(large.indices.sorted { large[$0] > large[$1] }.prefix(40).map { Int32($0) })
    for _ in 0..<200 {
      let token = try #require(draw(&all, large))
      #expect(best.contains(token))
    }
  }

  @Test func repetitionPenaltyDividesOrMultiplies() throws {
    let penalised = try options {
      $0.temperature = 0
      $0.repeatPenalty = 2
    }
    var sampler = Sampler(penalised, prompt: [0])
    #expect(draw(&sampler, [3, 2, -1]) == 1)
    var negative = Sampler(penalised, prompt: [0])
    #expect(draw(&negative, [-1, -1.5, -9]) == 1)
  }

  @Test func presenceAndFrequencyCountWhatWasGenerated() throws {
    let presence = try options {
      $0.temperature = 0
      $0.presencePenalty = 1
    }
    var sampler = Sampler(presence, prompt: [0, 0, 0])
    #expect(draw(&sampler, [2, 1.5, 0]) == 0)
    #expect(draw(&sampler, [2, 1.5, 0]) == 1)
    #expect(draw(&sampler, [2, 1.5, 0]) == 0)

    let frequency = try options {
      $0.temperature = 0
      $0.frequencyPenalty = 0.4
    }
    var counting = Sampler(frequency, prompt: [])
    #expect(draw(&counting, [2, 1.5, 0]) == 0)
    #expect(draw(&counting, [2, 1.5, 0]) == 0)
    #expect(draw(&counting, [2, 1.5, 0]) == 1)
  }

  @Test func sameSeedSameTokens() throws {
    func run(_ seed: UInt64) throws -> [Int32] {
      var sampler = Sampler(try options { $0.seed = seed }, prompt: [])
      return (0..<50).compactMap { _ in draw(&sampler, logits) }
    }
    #expect(try run(1) == run(1))
    #expect(try run(1) != run(2))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func refusesWhatIsNotFinite(_ value: Float) throws {
    var sampler = Sampler(try options { _ in }, prompt: [])
    #expect(draw(&sampler, [1, value, 2]) == nil)
    #expect(draw(&sampler, [1, 0, 2]) != nil)
  }

  @Test func refusesOptionsOutOfRange() {
    for change: (inout GenerationOptions) -> Void in [
      { $0.temperature = -1 }, { $0.temperature = .nan }, { $0.topP = 1.5 }, { $0.minP = -0.1 },
      { $0.topK = -1 }, { $0.repeatPenalty = 0 }, { $0.presencePenalty = .infinity },
    ] {
      let error = #expect(throws: ApusError.self) { try options(change) }
      #expect(error?.code == .invalidRequest)
    }
  }

  // features A12
  @Test func defaultsApplyOnlyWhereNothingIsSaid() throws {
    #expect(try SamplingOptions(GenerationOptions()).temperature == 0.7)
    #expect(try SamplingOptions(GenerationOptions(temperature: 0)).temperature == 0)
  }
}

/// The first numbers of xoshiro256** after SplitMix64 of 0 (computed with the authors' C code).
struct RandomSourceTests {
  @Test func knownNumbers() {
    var source = RandomSource(seed: 0)
    #expect(source.next() == 0x99EC_5F36_CB75_F2B4)
    #expect(source.next() == 0xBF6E_1F78_4956_452A)
  }

  @Test func unitIsBelowOne() {
    var source = RandomSource(seed: 3)
    for _ in 0..<1000 {
      let value = source.unit()
      #expect(value >= 0 && value < 1)
    }
  }
}

private func logOf(_ value: Float) -> Float { Foundation.log(value) }
