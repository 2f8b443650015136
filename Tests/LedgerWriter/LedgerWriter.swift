#if Remote
  import ApusCore
  import ApusRouter
  import ApusStore
  import Foundation
#endif

/// Writes entries into a ledger until it is killed, and prints each one that was acknowledged.
/// usage: LedgerWriter FILE RUN
@main
enum LedgerWriter {
  #if Remote
    static func main() async throws {
      let (path, run) = (CommandLine.arguments[1], CommandLine.arguments[2])
      let ledger = try SQLiteStore.open(path).ledger
      // Several at once, so that groups are cut in the middle too.
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<4 {
          group.addTask {
            for number in 0... {
              let entry = Self.entry(run, worker, number)
              try await ledger.append(entry)
              // Written twice now and then, as a caller in doubt would.
              if number % 7 == 3 { try await ledger.append(entry) }
              Self.write("\(entry.request) \(entry.caller) \(entry.cost.rawValue)\n")
            }
          }
        }
        try await group.waitForAll()
      }
    }

    private static func entry(_ run: String, _ worker: Int, _ number: Int) -> LedgerEntry {
      LedgerEntry(
        request: "\(run)-\(worker)-\(number)", attempt: 0, time: 86_400 * 20_000,
        caller: "caller\(worker)", tier: "tier", provider: "provider", model: "model",
        usage: Usage(promptTokens: number), cost: PicoDollars(1 + number % 1000),
        isEstimated: false)
    }

    private static func write(_ line: String) {
      // One call for a line: it is there whole or not at all.
      FileHandle.standardOutput.write(Data(line.utf8))
    }
  #else
    static func main() {}
  #endif
}
