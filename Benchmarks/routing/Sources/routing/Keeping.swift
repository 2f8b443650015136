import Apus
import ApusCore
import ApusRouter
import ApusStore
import Foundation

/// What is kept: answers for whoever asks again, entries of the ledger.
extension Main {
  /// Questions after Zipf's law: the probability of each is proportional to 1 / rank^1.1.
  static func replay(requests: Int, questions: Int) async throws {
    let bytes = 8 << 20
    let cache = ResponseCache(bytes: bytes, isStandard: true)
    var options = RouterOptions()
    options.cache = cache
    let router = try Router(tiers: [Tier(Talker())], options: options)
    var ranks = Zipf(count: questions, exponent: 1.1)
    var hits: [Double] = []
    let before = residentKilobytes()
    var largest = 0
    for _ in 0..<requests {
      let routed = router.route(Request("Question \(ranks.next())"))
      let time = try await microseconds { _ = try await Response(of: routed.events, model: "") }
      if routed.trace.origin == .memory { hits.append(time) }
      largest = max(largest, cache.statistics.byteCount)
    }
    let share = (cache.statistics.hitRate * 1000).rounded() / 10
    print(
      "| \(requests) requests for \(questions) questions (Zipf, 1.1), from the cache | \(share)% |")
    row("such a one, 25 pieces, p50 / p99, µs", hits)
    print(
      "| memory of the cache: allowed, used at most; resident memory grew by, KiB | "
        + "\(bytes >> 10), \(largest >> 10); \(residentKilobytes() - before) |")
  }

  /// An answer of a kilobyte in 25 pieces.
  struct Talker: LanguageModel {
    var name: String { "talker" }
    func stream(_ request: Request) -> EventStream {
      EventStream { sink in
        for _ in 0..<25 { sink.yield(.text("forty bytes of an answer, more or less, ")) }
        sink.yield(.finished(.stop, Usage(promptTokens: 10, completionTokens: 250)))
      }
    }
  }

  struct Zipf {
    private var sums: [Double] = []
    private var generator = SystemRandomNumberGenerator()

    init(count: Int, exponent: Double) {
      var sum = 0.0
      for rank in 1...count {
        sum += pow(Double(rank), -exponent)
        sums.append(sum)
      }
    }

    mutating func next() -> Int {
      let wanted = Double.random(in: 0..<(sums.last ?? 1), using: &generator)
      var (low, high) = (0, sums.count - 1)
      while low < high {
        let middle = (low + high) / 2
        if sums[middle] < wanted { low = middle + 1 } else { high = middle }
      }
      return low + 1
    }
  }

  /// Entries that are on the disk when they are acknowledged.
  static func ledger(entries: Int) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "apus-ledger-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let ledger = try SQLiteStore.open(folder.appending(path: "ledger.db").path).ledger
    @Sendable func append(_ number: Int) async throws {
      try await ledger.append(
        LedgerEntry(
          request: "\(number)", attempt: 0, time: 86_400 * 20_000, caller: "", tier: "t",
          provider: "p", model: "m", usage: Usage(), cost: PicoDollars(1), isEstimated: false))
    }
    var alone: [Double] = []
    for number in 0..<(entries / 10) {
      alone.append(try await microseconds { try await append(number) })
    }
    row("an entry of the ledger, on the disk, one after another, p50 / p99, µs", alone)
    let time = try await microseconds {
      try await withThrowingTaskGroup { group in
        for worker in 0..<64 {
          group.addTask {
            for number in 0..<(entries / 64) { try await append((worker + 1) * 1_000_000 + number) }
          }
        }
        try await group.waitForAll()
      }
    }
    print("| entries a second, 64 at once | \(Int(Double(entries / 64 * 64) / time * 1e6)) |")
    var lookups: [Double] = []
    for _ in 0..<1000 {
      lookups.append(
        try await microseconds { _ = try ledger.spent(onDay: 20_000, caller: "") })
    }
    row("what a caller has spent today, p50 / p99, µs", lookups)
  }
}
