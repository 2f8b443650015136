#if Remote
  import ApusRemote
  public import ApusRouter
  import GRDB

  /// Counters of days and months in a file.
  public struct SQLiteCounters: CounterStore {
    private let database: StoreDatabase
    /// More than any provider lets through, and far from where integers end.
    private static let limit = 1 << 50

    init(_ database: StoreDatabase) { self.database = database }

    /// - Throws: `StoreError`.
    public func count(of counter: Counter) throws(StoreError) -> Int {
      try database.read { db in
        try Int.fetchOne(
          db.cachedStatement(
            sql: """
              SELECT count FROM counter WHERE key = ? AND kind = ? AND span = ? AND period = ?
              """),
          arguments: [
            counter.key, counter.kind.rawValue, counter.span.rawValue, counter.period,
          ]) ?? 0
      }
    }

    public func add(
      _ amount: Int, to counter: Counter, onFailure: @escaping @Sendable (any Error) -> Void
    ) {
      let amount = max(-Self.limit, min(amount, Self.limit))
      database.write { db in
        try db.cachedStatement(
          sql: """
            INSERT INTO counter (key, kind, span, period, count)
            VALUES (:key, :kind, :span, :period, max(0, :amount))
            ON CONFLICT (key, kind, span, period)
            DO UPDATE SET count = max(0, min(:limit, count + :amount))
            """
        ).execute(arguments: [
          "key": counter.key, "kind": counter.kind.rawValue, "span": counter.span.rawValue,
          "period": counter.period, "amount": amount, "limit": Self.limit,
        ])
        // What began the day before may still be settled; nothing older is asked for.
        try db.cachedStatement(
          sql: "DELETE FROM counter WHERE key = ? AND kind = ? AND span = ? AND period < ?"
        ).execute(arguments: [
          counter.key, counter.kind.rawValue, counter.span.rawValue, counter.period - 1,
        ])
      } end: { error in
        if let error { onFailure(error) }
      }
    }
  }
#endif
