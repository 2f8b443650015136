#if Remote
  import GRDB

  /// The tables, and how those of earlier versions become them. A migration that has shipped is
  /// never changed; what comes later is a further one.
  enum Schema {
    /// "Apus": tells our files from those of other programs.
    static let applicationID = 0x4170_7573

    static let migrator: DatabaseMigrator = {
      var migrator = DatabaseMigrator()
      migrator.registerMigration("1") { db in
        try db.execute(
          sql: """
            CREATE TABLE entry (
              id INTEGER PRIMARY KEY,
              request TEXT NOT NULL,
              attempt INTEGER NOT NULL,
              time REAL NOT NULL,
              day INTEGER NOT NULL,
              caller TEXT NOT NULL,
              tier TEXT NOT NULL,
              provider TEXT NOT NULL,
              model TEXT NOT NULL,
              failure TEXT,
              promptTokens INTEGER NOT NULL,
              completionTokens INTEGER NOT NULL,
              cachedTokens INTEGER NOT NULL,
              cacheWriteTokens INTEGER NOT NULL,
              reasoningTokens INTEGER NOT NULL,
              audioPromptTokens INTEGER NOT NULL,
              audioCompletionTokens INTEGER NOT NULL,
              cost INTEGER NOT NULL,
              isEstimated INTEGER NOT NULL,
              UNIQUE (request, attempt)
            );
            CREATE INDEX entryByDay ON entry (day);
            CREATE TABLE dayCost (
              day INTEGER PRIMARY KEY,
              cost INTEGER NOT NULL
            );
            CREATE TABLE callerCost (
              day INTEGER NOT NULL,
              caller TEXT NOT NULL,
              cost INTEGER NOT NULL,
              PRIMARY KEY (day, caller)
            ) WITHOUT ROWID;
            CREATE TABLE counter (
              key TEXT NOT NULL,
              kind TEXT NOT NULL,
              span TEXT NOT NULL,
              period INTEGER NOT NULL,
              count INTEGER NOT NULL,
              PRIMARY KEY (key, kind, span, period)
            ) WITHOUT ROWID;
            """)
      }
      migrator.registerMigration("2") { db in
        try db.execute(
          sql: """
            CREATE TABLE answer (
              key BLOB PRIMARY KEY,
              events BLOB NOT NULL,
              tier INTEGER NOT NULL,
              tierName TEXT NOT NULL,
              model TEXT NOT NULL,
              time REAL NOT NULL,
              timeToLive REAL NOT NULL,
              size INTEGER NOT NULL,
              used INTEGER NOT NULL
            );
            CREATE INDEX answerByUse ON answer (used);
            CREATE TABLE answerTotal (bytes INTEGER NOT NULL);
            INSERT INTO answerTotal VALUES (0);
            CREATE TRIGGER answerCame AFTER INSERT ON answer
              BEGIN UPDATE answerTotal SET bytes = bytes + NEW.size; END;
            CREATE TRIGGER answerWent AFTER DELETE ON answer
              BEGIN UPDATE answerTotal SET bytes = bytes - OLD.size; END;
            CREATE TABLE modelDigest (
              state TEXT PRIMARY KEY,
              digest TEXT NOT NULL
            ) WITHOUT ROWID;
            """)
      }
      return migrator
    }()

    /// - Throws: `StoreError`; what GRDB throws.
    static func prepare(_ pool: DatabasePool, path: String) throws {
      let (isOurs, isMarked, isNewer) = try pool.read { db in
        let mark = try Int.fetchOne(db, sql: "PRAGMA application_id")
        let tables = try Int.fetchOne(
          db, sql: "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'grdb_%'")
        return (
          mark == applicationID || tables == 0, mark == applicationID,
          try migrator.hasBeenSuperseded(db)
        )
      }
      guard isOurs else {
        throw StoreError(.foreign, path: path, "is another program's database")
      }
      guard !isNewer else {
        throw StoreError(.newer, path: path, "was written by a later version of apus")
      }
      if !isMarked {
        try pool.write { try $0.execute(sql: "PRAGMA application_id = \(applicationID)") }
      }
      try migrator.migrate(pool)
    }
  }
#endif
