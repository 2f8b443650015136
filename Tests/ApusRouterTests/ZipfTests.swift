import ApusCore
import Foundation
import Testing

@testable import ApusRouter

/// Requests as they are in life: few are frequent, many are rare.
@Suite struct ZipfTests {
  // features F3
  @Test func nineOfTenComeFromMemory() async throws {
    let model = ScriptedTier("a", .answer(["An answer of a few words, ", "in two pieces."]))
    // Room for about 160 of the 200 answers.
    let bytes = 97_000
    let cache = ResponseCache(bytes: bytes, isStandard: true)
    var options = RouterOptions()
    options.cache = cache
    let router = try Router(tiers: [Tier(model)], options: options)
    var ranks = Zipf(count: 200, exponent: 1.1, seed: 7)
    let count = 5000
    for _ in 0..<count {
      _ = try await router.respond(to: "Question \(ranks.next())")
      #expect(cache.statistics.byteCount <= bytes)
    }
    let statistics = cache.statistics
    #expect(statistics.fromTiers == model.asked)
    #expect(statistics.hitRate >= 0.9, "\(statistics)")
    // The bound was reached: some had to go.
    #expect(statistics.answerCount < 200 && statistics.byteCount > bytes / 2, "\(statistics)")
  }
}

/// Ranks from 1, the probability of each proportional to 1 / rank^exponent.
struct Zipf {
  private let sums: [Double]
  private var state: UInt64

  init(count: Int, exponent: Double, seed: UInt64) {
    var sum = 0.0
    sums = (1...count).map { rank in
      sum += pow(Double(rank), -exponent)
      return sum
    }
    state = seed
  }

  mutating func next() -> Int {
    // SplitMix64.
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    let wanted = Double((bits ^ (bits >> 31)) >> 11) / Double(1 << 53) * (sums.last ?? 0)
    var (low, high) = (0, sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if sums[middle] < wanted { low = middle + 1 } else { high = middle }
    }
    return low + 1
  }
}
