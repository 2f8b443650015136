#if Remote
  import ApusCore
  public import ApusRouter
  import GRDB

  /// A ledger in a file. An entry is there once `append` has returned, whatever happens to the
  /// process or the machine after that. The sums of each day are kept in the same transaction as
  /// the entries.
  public struct SQLiteLedger: LedgerStore {
    private let database: StoreDatabase

    init(_ database: StoreDatabase) { self.database = database }

    /// - Throws: `StoreError`; the entry is not there then.
    public func append(_ entry: LedgerEntry) async throws(StoreError) {
      try await database.write { db in try Self.insert(entry, into: db) }
    }

    /// - Throws: `StoreError`.
    public func spent(onDay day: Int, caller: String?) throws(StoreError) -> PicoDollars {
      try database.read { db in try Self.sum(day, caller?.withoutZeros, in: db) }
    }

    /// The entries of a day (days since 1970, UTC), in the order in which they were written. Of
    /// their usage the tokens are kept, not the times.
    /// - Throws: `StoreError`.
    public func entries(onDay day: Int) throws(StoreError) -> [LedgerEntry] {
      try database.read { db in
        try Row.fetchAll(
          db.cachedStatement(sql: "SELECT * FROM entry WHERE day = ? ORDER BY id"),
          arguments: [day]
        ).map(Self.entry)
      }
    }

    private static func insert(_ entry: LedgerEntry, into db: Database) throws {
      let day = Int(exactly: (entry.time / 86_400).rounded(.down)) ?? 0
      let caller = entry.caller.withoutZeros
      let usage = entry.usage
      try db.cachedStatement(
        sql: """
          INSERT INTO entry (
            request, attempt, time, day, caller, tier, provider, model, failure, promptTokens,
            completionTokens, cachedTokens, cacheWriteTokens, reasoningTokens, audioPromptTokens,
            audioCompletionTokens, cost, isEstimated)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (request, attempt) DO NOTHING
          """
      ).execute(arguments: [
        entry.request, entry.attempt, entry.time, day, caller, entry.tier.withoutZeros,
        entry.provider.withoutZeros, entry.model.withoutZeros, entry.failure?.withoutZeros,
        usage.promptTokens, usage.completionTokens, usage.cachedTokens, usage.cacheWriteTokens,
        usage.reasoningTokens, usage.audioPromptTokens, usage.audioCompletionTokens,
        entry.cost.rawValue, entry.isEstimated,
      ])
      // It was written before.
      guard db.changesCount > 0 else { return }
      // Added here, not by SQLite: what is too large for an integer becomes a float there.
      let all = try sum(day, nil, in: db) + entry.cost
      try db.cachedStatement(sql: "INSERT OR REPLACE INTO dayCost (day, cost) VALUES (?, ?)")
        .execute(arguments: [day, all.rawValue])
      let callers = try sum(day, caller, in: db) + entry.cost
      try db.cachedStatement(
        sql: "INSERT OR REPLACE INTO callerCost (day, caller, cost) VALUES (?, ?, ?)"
      ).execute(arguments: [day, caller, callers.rawValue])
    }

    private static func sum(
      _ day: Int, _ caller: String?, in db: Database
    ) throws -> PicoDollars {
      let cost =
        if let caller {
          try Int.fetchOne(
            db.cachedStatement(sql: "SELECT cost FROM callerCost WHERE day = ? AND caller = ?"),
            arguments: [day, caller])
        } else {
          try Int.fetchOne(
            db.cachedStatement(sql: "SELECT cost FROM dayCost WHERE day = ?"), arguments: [day])
        }
      return PicoDollars(cost ?? 0)
    }

    private static func entry(_ row: Row) -> LedgerEntry {
      var usage = Usage(
        promptTokens: row["promptTokens"], completionTokens: row["completionTokens"])
      usage.cachedTokens = row["cachedTokens"]
      usage.cacheWriteTokens = row["cacheWriteTokens"]
      usage.reasoningTokens = row["reasoningTokens"]
      usage.audioPromptTokens = row["audioPromptTokens"]
      usage.audioCompletionTokens = row["audioCompletionTokens"]
      return LedgerEntry(
        request: row["request"], attempt: row["attempt"], time: row["time"],
        caller: row["caller"], tier: row["tier"], provider: row["provider"], model: row["model"],
        failure: row["failure"], usage: usage, cost: PicoDollars(row["cost"]),
        isEstimated: row["isEstimated"])
    }
  }
#endif
