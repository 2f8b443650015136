#if Remote
  import ApusCore
  import ApusRouter
  import Foundation
  import GRDB
  import Testing

  @testable import ApusStore

  @Suite struct SQLiteLedgerTests {
    private let folder: TemporaryFolder
    private let day = 20_000

    init() throws { folder = try TemporaryFolder() }

    // features H7
    @Test func whatWasWrittenIsThereAfterARestart() async throws {
      var entry = LedgerEntry.sample("a", caller: "x", cost: 7, failure: "timeout")
      entry.usage = Usage(promptTokens: 1, completionTokens: 2)
      entry.usage.cachedTokens = 3
      entry.usage.cacheWriteTokens = 4
      entry.usage.reasoningTokens = 5
      entry.usage.audioPromptTokens = 6
      entry.usage.audioCompletionTokens = 8
      entry.isEstimated = true
      let second = LedgerEntry.sample("a", attempt: 1, caller: "y", cost: 5)
      do {
        let ledger = try SQLiteStore.open(folder("l.db")).ledger
        try await ledger.append(entry)
        try await ledger.append(second)
      }
      let ledger = try SQLiteStore.open(folder("l.db")).ledger
      #expect(try ledger.entries(onDay: day) == [entry, second])
      #expect(try ledger.spent(onDay: day, caller: nil) == PicoDollars(12))
      #expect(try ledger.spent(onDay: day, caller: "x") == PicoDollars(7))
      #expect(try ledger.spent(onDay: day, caller: "") == .zero)
      #expect(try ledger.spent(onDay: day + 1, caller: nil) == .zero)
    }

    // features H7
    @Test func anEntryCountsOnce() async throws {
      let ledger = try SQLiteStore.open(folder("l.db")).ledger
      try await ledger.append(.sample("a", cost: 7))
      try await ledger.append(.sample("a", cost: 100))
      #expect(try ledger.spent(onDay: day, caller: nil) == PicoDollars(7))
      #expect(try ledger.entries(onDay: day).map(\.cost) == [PicoDollars(7)])
    }

    @Test func manyAtOnceAreAllThere() async throws {
      let ledger = try SQLiteStore.open(folder("l.db")).ledger
      try await withThrowingTaskGroup { group in
        for number in 0..<1000 {
          group.addTask {
            try await ledger.append(.sample("\(number)", caller: "\(number % 3)", cost: number))
          }
        }
        try await group.waitForAll()
      }
      #expect(try ledger.entries(onDay: day).count == 1000)
      #expect(try ledger.spent(onDay: day, caller: nil) == PicoDollars(499_500))
      #expect(try ledger.spent(onDay: day, caller: "0") == PicoDollars(166_833))
    }

    /// Two routers over one file, as two processes would have it.
    @Test func twoStoresShareAFile() async throws {
      let first = try SQLiteStore.open(folder("l.db")).ledger
      let second = try SQLiteStore.open(folder("l.db")).ledger
      for number in 0..<20 {
        try await (number % 2 == 0 ? first : second).append(.sample("\(number)"))
      }
      #expect(try first.spent(onDay: day, caller: nil) == PicoDollars(20))
      #expect(try second.spent(onDay: day, caller: nil) == PicoDollars(20))
    }

    /// A new file that several want at the same moment.
    @Test func manyMayOpenAtOnce() async throws {
      for round in 0..<5 {
        let path = folder("\(round).db")
        try await withThrowingTaskGroup { group in
          for number in 0..<8 {
            group.addTask {
              try await SQLiteStore.open(path).ledger.append(.sample("\(number)"))
            }
          }
          try await group.waitForAll()
        }
        let ledger = try SQLiteStore.open(path).ledger
        #expect(try ledger.spent(onDay: day, caller: nil) == PicoDollars(8))
      }
    }

    @Test func sumsStayWhereIntegersEnd() async throws {
      let ledger = try SQLiteStore.open(folder("l.db")).ledger
      try await ledger.append(.sample("a", cost: .max - 1))
      try await ledger.append(.sample("b", cost: 5))
      #expect(try ledger.spent(onDay: day, caller: nil) == PicoDollars(.max))
      #expect(try ledger.spent(onDay: day, caller: "") == PicoDollars(.max))
    }

    @Test func callersWithOddNamesAreToldApart() async throws {
      let ledger = try SQLiteStore.open(folder("l.db")).ledger
      let names = ["a", "a\0b", "a'; DROP TABLE entry; --", "ä", "🐦", ""]
      for (number, name) in names.enumerated() {
        try await ledger.append(.sample("\(number)", caller: name, cost: 1 << number))
      }
      for (number, name) in names.enumerated() {
        #expect(try ledger.spent(onDay: day, caller: name) == PicoDollars(1 << number))
      }
    }

    /// A group fails as a whole in SQLite; here only the one that is to blame.
    @Test func oneThatFailsTakesNobodyWithIt() async throws {
      let database = try StoreDatabase(folder("l.db"))
      let ledger = SQLiteLedger(database)
      let gate = DispatchSemaphore(value: 0)
      // Holds the writer until the others are waiting behind it.
      database.write { _ in
        gate.wait()
      } end: { _ in
      }
      async let good: Void = ledger.append(.sample("good"))
      async let bad: Void = database.write { try $0.execute(sql: "INSERT INTO nowhere VALUES (1)") }
      async let late: Void = ledger.append(.sample("late"))
      try await Task.sleep(for: .milliseconds(20))
      gate.signal()
      try await good
      try await late
      do {
        try await bad
        Issue.record("no error")
      } catch {
        #expect((error as? StoreError)?.kind == .failed)
      }
      #expect(try ledger.entries(onDay: day).map(\.request).sorted() == ["good", "late"])
    }

    // features H7
    @Test func itWaitsForTheDisk() async throws {
      let database = try StoreDatabase(folder("l.db"))
      try await database.write { db in
        let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
        let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode")
        // 2 is FULL.
        #expect(synchronous == 2 && mode == "wal")
      }
    }

    @Test func onlyTheOwnerMayRead() async throws {
      let path = folder("l.db")
      func mode(_ name: String) throws -> Int? {
        let attributes = try FileManager.default.attributesOfItem(atPath: name)
        return (attributes[.posixPermissions] as? NSNumber)?.intValue
      }
      let store = try SQLiteStore.open(path)
      try await store.ledger.append(.sample("a"))
      for name in [path, path + "-wal", path + "-shm"] { #expect(try mode(name) == 0o600) }
      // Where it was open to others before, it is closed.
      let other = folder("other.db")
      #expect(
        FileManager.default.createFile(
          atPath: other, contents: nil, attributes: [.posixPermissions: 0o644]))
      let second = try SQLiteStore.open(other)
      try await second.flush()
      #expect(try mode(other) == 0o600)
    }
  }
#endif
