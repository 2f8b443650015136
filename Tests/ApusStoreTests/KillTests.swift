#if Remote
  import ApusRouter
  import Foundation
  import Testing

  @testable import ApusStore

  /// A process that writes into a ledger is killed (SIGKILL) again and again, at any moment: while
  /// it opens the file, makes its tables, writes, acknowledges.
  @Suite struct KillTests {
    private static let rounds =
      ProcessInfo.processInfo.environment["APUS_LEDGER_ROUNDS"].flatMap(Int.init) ?? 50

    // features H7
    @Test func noAcknowledgedRowIsLost() async throws {
      let folder = try TemporaryFolder()
      let path = folder("ledger.db")
      var acknowledged: [String: Int] = [:]
      var generator = SystemRandomNumberGenerator()
      for round in 0..<Self.rounds {
        // Some after a time, however far it has come; some in the midst of its work, however slow the
        // machine is.
        let lines = try await written(
          by: "r\(round)", into: path, folder,
          killedAfter: .milliseconds(Int.random(in: 0...120, using: &generator)),
          andLines: round % 2 == 0 ? 0 : Int.random(in: 1...60, using: &generator))
        for line in lines {
          let words = line.split(separator: " ")
          let cost = try #require(words.count == 3 ? Int(words[2]) : nil)
          #expect(acknowledged.updateValue(cost, forKey: String(words[0])) == nil)
        }
        if round % 10 == 9 || round == Self.rounds - 1 { try check(path, acknowledged) }
      }
      // Killed often enough while it wrote.
      #expect(acknowledged.count >= Self.rounds / 2)
    }

    private func check(_ path: String, _ acknowledged: [String: Int]) throws {
      let ledger = try SQLiteStore.open(path).ledger
      let entries = try ledger.entries(onDay: 20_000)
      let found = Dictionary(entries.map { ($0.request, $0.cost.rawValue) }) { first, second in
        Issue.record("twice")
        return first + second
      }
      for (request, cost) in acknowledged where found[request] != cost {
        Issue.record("\(request) is lost")
      }
      let sum = entries.reduce(0) { $0 + $1.cost.rawValue }
      #expect(try ledger.spent(onDay: 20_000, caller: nil).rawValue == sum)
      for worker in 0..<4 {
        let caller = "caller\(worker)"
        let own = entries.filter { $0.caller == caller }.reduce(0) { $0 + $1.cost.rawValue }
        #expect(try ledger.spent(onDay: 20_000, caller: caller).rawValue == own)
      }
    }

    /// - Returns: The lines that it had printed when it was killed.
    private func written(
      by run: String, into path: String, _ folder: TemporaryFolder, killedAfter time: Duration,
      andLines count: Int
    ) async throws -> [Substring] {
      let output = URL(filePath: folder("output"))
      try Data().write(to: output)
      let process = Process()
      process.executableURL = Self.writer
      process.arguments = [path, run]
      process.standardOutput = try FileHandle(forWritingTo: output)
      process.standardError = FileHandle.nullDevice
      let (ended, end) = AsyncStream<Void>.makeStream()
      process.terminationHandler = { _ in end.finish() }
      try process.run()
      try await Task.sleep(for: time)
      func lines() throws -> [Substring] {
        String(decoding: try Data(contentsOf: output), as: UTF8.self).split(separator: "\n")
      }
      while try lines().count < count, process.isRunning {
        try await Task.sleep(for: .milliseconds(1))
      }
      kill(process.processIdentifier, SIGKILL)
      for await _ in ended {}
      // It ends in no other way.
      #expect(process.terminationReason == .uncaughtSignal)
      #expect(process.terminationStatus == SIGKILL)
      return try lines()
    }

    /// Beside the tests, where the build puts it.
    private static let writer: URL = {
      var folder = Bundle.main.executableURL?.deletingLastPathComponent()
      // The tests of macOS lie three folders down in a bundle.
      for _ in 0..<4 {
        if let file = folder?.appending(path: "LedgerWriter"),
          FileManager.default.isExecutableFile(atPath: file.path)
        {
          return file
        }
        folder = folder?.deletingLastPathComponent()
      }
      let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      return root.appending(path: ".build/debug/LedgerWriter")
    }()
  }
#endif
