#if Remote
  /// What a router keeps beyond its process, in one SQLite file that only its owner may read.
  ///
  /// ```swift
  /// let store = try SQLiteStore.open("apus.db")
  /// var options = RouterOptions(budget: Budget(perDay: PicoDollars(dollars: "5")))
  /// options.ledger = store.ledger
  /// options.counters = store.counters
  /// options.cache = ResponseCache(store: store.cache, digests: store.cache)
  /// ```
  ///
  /// Several processes may use one file.
  public final class SQLiteStore: Sendable {
    public let path: String
    public let ledger: SQLiteLedger
    public let counters: SQLiteCounters
    public let cache: SQLiteCache
    private let database: StoreDatabase

    private init(_ database: StoreDatabase, cacheBytes: Int) {
      self.database = database
      path = database.path
      ledger = SQLiteLedger(database)
      counters = SQLiteCounters(database)
      cache = SQLiteCache(database, limit: cacheBytes)
    }

    /// Opens the file, and makes it where there is none.
    /// - Parameter cacheBytes: Of answers, at most; the ledger grows as long as nobody moves it away.
    /// - Throws: `StoreError`, which names the file and says what to do.
    public static func open(
      _ path: String, cacheBytes: Int = 256 << 20
    ) throws(StoreError) -> SQLiteStore {
      SQLiteStore(try StoreDatabase(path), cacheBytes: cacheBytes)
    }

    /// Waits until all that was to be kept is on the disk.
    /// - Throws: `StoreError` where nothing can be written.
    public func flush() async throws(StoreError) { try await database.write { _ in } }
  }
#endif
