#if Remote
  public import ApusRouter
  import Foundation
  import GRDB

  /// Answers in a file, at most as many bytes of them as it may hold; what has not been asked for the
  /// longest goes first.
  public struct SQLiteCache: CacheStore, DigestStore {
    private let database: StoreDatabase
    private let limit: Int

    init(_ database: StoreDatabase, limit: Int) {
      self.database = database
      self.limit = limit
    }

    /// Bytes of answers that are kept.
    /// - Throws: `StoreError`.
    public var byteCount: Int {
      get throws(StoreError) { try database.read { try Self.total($0) } }
    }

    /// - Throws: `StoreError`.
    public func answer(for key: CacheKey) async throws(StoreError) -> CachedAnswer? {
      let row = try database.read { db in
        try Row.fetchOne(
          db.cachedStatement(sql: "SELECT * FROM answer WHERE key = ?"),
          arguments: [Data(key.bytes)])
      }
      guard let row else { return nil }
      // Which was asked for last need not outlive a crash, so nobody waits for it.
      database.write { db in
        try db.cachedStatement(sql: "UPDATE answer SET used = ? WHERE key = ?")
          .execute(arguments: [Self.nextUse(db), Data(key.bytes)])
      } end: { _ in
      }
      let events: Data = row["events"]
      return CachedAnswer(
        events: Array(events), tier: row["tier"], tierName: row["tierName"], model: row["model"],
        time: row["time"], timeToLive: .seconds(row["timeToLive"] as Double))
    }

    /// What is larger than an eighth of the whole is not kept.
    /// - Throws: `StoreError`.
    public func keep(_ answer: CachedAnswer, for key: CacheKey) async throws(StoreError) {
      let size = answer.byteCount + key.bytes.count
      guard size <= limit / 8 else { return }
      try await database.write { [limit] db in
        let key = Data(key.bytes)
        try db.cachedStatement(sql: "DELETE FROM answer WHERE key = ?").execute(arguments: [key])
        try Self.makeRoom(for: size, limit: limit, at: answer.time, in: db)
        try db.cachedStatement(
          sql: """
            INSERT INTO answer
              (key, events, tier, tierName, model, time, timeToLive, size, used)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """
        ).execute(arguments: [
          key, Data(answer.events), answer.tier, answer.tierName.withoutZeros,
          answer.model.withoutZeros, answer.time, answer.timeToLive / .seconds(1), size,
          Self.nextUse(db),
        ])
      }
    }

    /// - Throws: `StoreError`.
    public func removeAll() async throws(StoreError) {
      try await database.write { try $0.execute(sql: "DELETE FROM answer") }
    }

    private static func makeRoom(
      for size: Int, limit: Int, at time: Double, in db: Database
    ) throws {
      var total = try total(db)
      guard total + size > limit else { return }
      try db.cachedStatement(sql: "DELETE FROM answer WHERE time + timeToLive <= ?")
        .execute(arguments: [time])
      total = try Self.total(db)
      while total + size > limit {
        let oldest = try Row.fetchAll(
          db.cachedStatement(sql: "SELECT key, size FROM answer ORDER BY used LIMIT 16"))
        if oldest.isEmpty { return }
        for row in oldest where total + size > limit {
          try db.cachedStatement(sql: "DELETE FROM answer WHERE key = ?")
            .execute(arguments: [row["key"] as Data])
          total -= row["size"] as Int
        }
      }
    }

    private static func total(_ db: Database) throws -> Int {
      try Int.fetchOne(db.cachedStatement(sql: "SELECT bytes FROM answerTotal")) ?? 0
    }

    private static func nextUse(_ db: Database) throws -> Int {
      (try Int.fetchOne(db.cachedStatement(sql: "SELECT max(used) FROM answer")) ?? 0) + 1
    }

    // MARK: Digests of model files

    /// - Throws: `StoreError`.
    public func digest(for state: String) throws(StoreError) -> String? {
      try database.read { db in
        try String.fetchOne(
          db.cachedStatement(sql: "SELECT digest FROM modelDigest WHERE state = ?"),
          arguments: [state.withoutZeros])
      }
    }

    /// - Throws: `StoreError`.
    public func keep(_ digest: String, for state: String) async throws(StoreError) {
      try await database.write { db in
        try db.execute(
          sql: "INSERT OR REPLACE INTO modelDigest (state, digest) VALUES (?, ?)",
          arguments: [state.withoutZeros, digest])
      }
    }
  }
#endif
