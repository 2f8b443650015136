#if Remote
  import ApusCore
  import ApusRouter
  import Foundation
  import GRDB
  import Testing

  @testable import ApusStore

  @Suite struct SQLiteCacheTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func key(_ number: Int) -> CacheKey {
      CacheKey(bytes: [UInt8](repeating: UInt8(number), count: 32))
    }

    private func answer(_ size: Int, time: Double = 1000) -> CachedAnswer {
      CachedAnswer(
        events: [UInt8](repeating: 7, count: size), tier: 2, tierName: "Groq", model: "m",
        time: time, timeToLive: .milliseconds(1500))
    }

    // features F1
    @Test func whatIsKeptIsThereAfterARestart() async throws {
      let kept = CachedAnswer(
        events: [0, 1, 255, 0], tier: 3, tierName: "Ärger", model: "m", time: 12.5,
        timeToLive: .milliseconds(1500))
      try await SQLiteStore.open(folder("a.db")).cache.keep(kept, for: key(1))
      let cache = try SQLiteStore.open(folder("a.db")).cache
      #expect(try await cache.answer(for: key(1)) == kept)
      #expect(try await cache.answer(for: key(2)) == nil)
      // A newer one takes its place.
      try await cache.keep(answer(10), for: key(1))
      #expect(try await cache.answer(for: key(1)) == answer(10))
      #expect(try cache.byteCount == answer(10).byteCount + 32)
      try await cache.removeAll()
      #expect(try await cache.answer(for: key(1)) == nil)
      #expect(try cache.byteCount == 0)
    }

    // features F1
    @Test func itHoldsOnlySoMuch() async throws {
      let one = answer(1000).byteCount + 32
      let store = try SQLiteStore.open(folder("a.db"), cacheBytes: 10 * one)
      let cache = store.cache
      for number in 0..<10 { try await cache.keep(answer(1000), for: key(number)) }
      #expect(try cache.byteCount == 10 * one)
      // What was asked for stays.
      _ = try await cache.answer(for: key(0))
      try await store.flush()
      try await cache.keep(answer(1000), for: key(10))
      #expect(try cache.byteCount == 10 * one)
      #expect(try await cache.answer(for: key(1)) == nil)
      #expect(try await cache.answer(for: key(0)) != nil)
      // What is too old goes before what is still good.
      try await cache.keep(answer(1000, time: 2000), for: key(11))
      #expect(try cache.byteCount == one)
      #expect(try await cache.answer(for: key(11)) != nil)
      // What is too large is not kept at all.
      try await cache.keep(answer(2 * one), for: key(12))
      #expect(try await cache.answer(for: key(12)) == nil)
    }

    @Test func digestsAreRemembered() async throws {
      let state = "model.gguf 1 2 3 4 5"
      try await SQLiteStore.open(folder("a.db")).cache.keep("sha256:00", for: state)
      let cache = try SQLiteStore.open(folder("a.db")).cache
      #expect(try cache.digest(for: state) == "sha256:00")
      #expect(try cache.digest(for: state + "6") == nil)
    }

    // features F1, F6
    @Test func anAnswerOutlivesItsRouter() async throws {
      struct Answer: LanguageModel {
        let text: String
        var name: String { "model" }
        func stream(_ request: Request) -> EventStream {
          EventStream { [text] sink in
            sink.yield(.text(text))
            sink.yield(.finished(.stop, Usage(promptTokens: 1, completionTokens: 1)))
          }
        }
      }
      func ask(_ text: String) async throws -> (String, RouteTrace.Origin) {
        let store = try SQLiteStore.open(folder("a.db"))
        var options = RouterOptions()
        options.cache = ResponseCache(isStandard: true, store: store.cache, digests: store.cache)
        let router = try Router(tiers: [Tier(Answer(text: text))], options: options)
        let routed = router.route(Request("Hi"))
        let response = try await Response(of: routed.events, model: "")
        // It is put down while nobody waits.
        for _ in 0..<500 where try store.cache.byteCount == 0 {
          try await Task.sleep(for: .milliseconds(2))
        }
        try await store.flush()
        return (response.text, routed.trace.origin)
      }
      #expect(try await ask("first") == ("first", .tiers))
      #expect(try await ask("second") == ("first", .store))
    }

    /// Files of the first version have no answers in them.
    @Test func aFileOfTheFirstVersionIsBroughtUpToDate() async throws {
      let path = folder("a.db")
      do {
        let queue = try DatabaseQueue(path: path)
        try Schema.migrator.migrate(queue, upTo: "1")
        try await queue.write {
          try $0.execute(sql: "PRAGMA application_id = \(Schema.applicationID)")
          try $0.execute(
            sql: "INSERT INTO dayCost (day, cost) VALUES (20000, 42)")
        }
      }
      let store = try SQLiteStore.open(path)
      #expect(try store.ledger.spent(onDay: 20_000, caller: nil) == PicoDollars(42))
      try await store.cache.keep(answer(10), for: key(1))
      #expect(try await store.cache.answer(for: key(1)) == answer(10))
    }
  }
#endif
