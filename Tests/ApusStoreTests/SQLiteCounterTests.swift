#if Remote
  import ApusJSON
  import ApusRemote
  import Foundation
  import Synchronization
  import Testing

  @testable import ApusRouter
  @testable import ApusStore

  @Suite struct SQLiteCounterTests {
    private let folder: TemporaryFolder
    private let endpoint = Endpoint(
      provider: "test https://test.example/v1", key: "sk-very-secret-key", model: "m")
    private let rules: [RateLimits.Rule]

    init() throws {
      folder = try TemporaryFolder()
      let row = """
        {"type": "test", "title": "Test", "url": "https://test.example/v1", "limits": [
        {"of": "requests", "limit": 3, "per": "day"},
        {"of": "tokens", "limit": 1000, "per": "month"},
        {"of": "requests", "limit": 100, "per": "minute"}]}
        """
      rules = try Provider(json: JSON(parsing: row)).limits
    }

    private func keeper(_ store: SQLiteStore, wall: Double = 86_400 * 20_000) -> QuotaKeeper {
      var timing = RouterTiming()
      timing.wall = { wall }
      return QuotaKeeper(timing: timing, counters: store.counters)
    }

    // features A30, G15
    @Test func aDaysCountSurvivesARestart() async throws {
      for run in 0..<3 {
        let store = try SQLiteStore.open(folder("c.db"))
        let keeper = keeper(store)
        let reservation = try keeper.reserve(endpoint, rules: rules, tokens: 100)
        keeper.settle(endpoint, reservation, prompt: 10, completion: run, estimate: 100)
        try await store.flush()
      }
      let store = try SQLiteStore.open(folder("c.db"))
      #expect(throws: Quota.Refusal(rule: "3 requests a day", until: .seconds(86_400))) {
        try keeper(store).reserve(endpoint, rules: rules, tokens: 1)
      }
      // The next day it begins again; the month goes on: 10 + 11 + 12 tokens so far.
      let tomorrow = keeper(store, wall: 86_400 * 20_001)
      #expect(throws: Quota.Refusal.self) {
        try tomorrow.reserve(endpoint, rules: rules, tokens: 968)
      }
      _ = try tomorrow.reserve(endpoint, rules: rules, tokens: 967)
      try await store.flush()
      // The key is nowhere in what was written.
      #expect(try folder.bytes().range(of: Data("very-secret".utf8)) == nil)
      #expect(try folder.bytes().range(of: Data(endpoint.fingerprint.utf8)) != nil)
    }

    // features G15
    @Test func eachKeyHasItsOwn() async throws {
      let store = try SQLiteStore.open(folder("c.db"))
      var other = endpoint
      other.key = "sk-another"
      for _ in 0..<3 { _ = try keeper(store).reserve(endpoint, rules: rules, tokens: 1) }
      try await store.flush()
      #expect(throws: Quota.Refusal.self) {
        try keeper(store).reserve(endpoint, rules: rules, tokens: 1)
      }
      _ = try keeper(store).reserve(other, rules: rules, tokens: 1)
      // Models share a key's limits.
      other = endpoint
      other.model = "other"
      #expect(throws: Quota.Refusal.self) {
        try keeper(store).reserve(other, rules: rules, tokens: 1)
      }
    }

    @Test func countsStayWithinReason() async throws {
      let store = try SQLiteStore.open(folder("c.db"))
      let counter = Counter(key: "k", kind: .tokens, span: .day, period: 7)
      let failures = Mutex(0)
      func add(_ amount: Int, _ counter: Counter) async throws {
        store.counters.add(amount, to: counter) { _ in failures.withLock { $0 += 1 } }
        try await store.flush()
      }
      try await add(-5, counter)
      #expect(try store.counters.count(of: counter) == 0)
      try await add(.max, counter)
      try await add(.max, counter)
      #expect(try store.counters.count(of: counter) == 1 << 50)
      try await add(.min, counter)
      #expect(try store.counters.count(of: counter) == 0)
      // The day before is still there; what is older is not.
      var next = counter
      next.period = 8
      try await add(3, counter)
      try await add(1, next)
      #expect(try store.counters.count(of: counter) == 3)
      next.period = 9
      try await add(1, next)
      #expect(try store.counters.count(of: counter) == 0)
      #expect(failures.withLock { $0 } == 0)
    }
  }
#endif
