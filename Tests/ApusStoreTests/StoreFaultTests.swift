#if Remote
  import ApusCore
  import ApusRouter
  import Foundation
  import GRDB
  import Testing

  @testable import ApusStore

  /// Files that cannot be used: each is an error that names the file and says what to do.
  @Suite struct StoreFaultTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func fault(_ path: String) throws -> StoreError {
      try #require(throws: StoreError.self) { try SQLiteStore.open(path) }
    }

    @Test func whatIsNoFile() throws {
      for path in [folder("missing/l.db"), folder.path, "", "a\0b", "/dev/null"] {
        let error = try fault(path)
        #expect(error.kind == .unreadable)
        #expect(error.description.hasPrefix("\(path): "))
        #expect(error.description.contains("check the path"))
      }
    }

    @Test(arguments: [1, 99, 100, 511, 512, 5000])
    func whatIsNoDatabase(size: Int) throws {
      let path = folder("l.db")
      try Data((0..<size).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }).write(
        to: URL(filePath: path))
      let error = try fault(path)
      #expect(error.kind == .damaged)
      #expect(error.description.contains(path) && error.description.contains("move it away"))
      #expect(error.asApusError.code == .configuration)
      // Nothing was done to it.
      #expect(try Data(contentsOf: URL(filePath: path)).count == size)
    }

    /// A file with a thousand entries, with nothing left in the log beside it.
    private func whole() async throws -> String {
      let path = folder("l.db")
      let database = try StoreDatabase(path)
      let ledger = SQLiteLedger(database)
      try await withThrowingTaskGroup { group in
        for number in 0..<1000 {
          group.addTask { try await ledger.append(.sample("\(number)")) }
        }
        try await group.waitForAll()
      }
      return path
    }

    @Test func whatIsCutShort() async throws {
      let path = try await whole()
      let size = try #require(
        FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)
      let file = try FileHandle(forWritingTo: URL(filePath: path))
      try file.truncate(atOffset: size.uint64Value / 2 / 4096 * 4096)
      try file.close()
      let error = try #require(throws: StoreError.self) {
        let ledger = try SQLiteStore.open(path).ledger
        _ = try ledger.entries(onDay: 20_000)
      }
      #expect(error.kind == .damaged)
    }

    @Test func whatIsOverwritten() async throws {
      let path = try await whole()
      let file = try FileHandle(forUpdating: URL(filePath: path))
      try file.seek(toOffset: 4096)
      try file.write(contentsOf: Data(repeating: 0xAB, count: 64 << 10))
      try file.close()
      let error = try await #require(throws: StoreError.self) {
        let ledger = try SQLiteStore.open(path).ledger
        try await ledger.append(.sample("new"))
        _ = try ledger.entries(onDay: 20_000)
      }
      #expect(error.kind == .damaged)
    }

    @Test func whatAnotherProgramWrote() throws {
      let path = folder("l.db")
      try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE bookmark (url)") }
      #expect(try fault(path).kind == .foreign)
    }

    @Test func whatALaterVersionWrote() async throws {
      let path = folder("l.db")
      do {
        let database = try StoreDatabase(path)
        try await database.write {
          try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999')")
        }
      }
      let error = try fault(path)
      #expect(error.kind == .newer)
      #expect(error.description.contains("later version"))
    }

    /// A router whose ledger fails says so, answers, and spends nothing that it cannot count.
    @Test func aRouterWithABrokenLedger() async throws {
      struct Broken: LedgerStore {
        let error = StoreError(.full, path: "l.db", "cannot grow")
        func append(_ entry: LedgerEntry) throws { throw error }
        func spent(onDay day: Int, caller: String?) throws -> PicoDollars { throw error }
      }
      struct Answer: LanguageModel {
        let name: String
        func stream(_ request: Request) -> EventStream {
          EventStream { [name] sink in
            sink.yield(.text(name))
            sink.yield(.finished(.stop, Usage(promptTokens: 1, completionTokens: 1)))
          }
        }
      }
      var paid = Tier(Answer(name: "paid"))
      paid.pricing = .unknown
      let options = RouterOptions(
        budget: Budget(perDay: PicoDollars(PicoDollars.perDollar)), ledger: Broken())
      let router = try Router(tiers: [paid, Tier(Answer(name: "free"))], options: options)
      #expect(try await router.respond(to: "Hi").text == "free")
    }
  }
#endif
