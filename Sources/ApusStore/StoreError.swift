public import ApusCore

/// What is wrong with a file that something is to be kept in: which file, why, and what to do.
public struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// It cannot be made or opened: no such folder, no permission, no regular file.
    case unreadable
    /// It is no database, or a part of it is not as it was written.
    case damaged
    /// Another program's database.
    case foreign
    /// Written by a later version.
    case newer
    /// Another process holds it.
    case busy
    /// No room left on its disk.
    case full
    /// Anything else that SQLite says.
    case failed
  }

  public var kind: Kind
  public var path: String
  public var reason: String

  public init(_ kind: Kind, path: String, _ reason: String) {
    self.kind = kind
    self.path = path
    self.reason = reason
  }

  public var remedy: String {
    switch kind {
    case .unreadable: "check the path and its permissions"
    case .damaged:
      "restore a backup, or move it away together with \(path)-wal and a new one is made; "
        + "`sqlite3 FILE .recover` may save what it holds"
    case .foreign: "name another file"
    case .newer: "use the newer apus, or name another file"
    case .busy: "end the process that holds it"
    case .full: "make room"
    case .failed: "check the disk"
    }
  }

  public var description: String { "\(path): \(reason); \(remedy)" }

  /// The same as every model throws it.
  public var asApusError: ApusError { ApusError(.configuration, description, cause: self) }
}

#if Remote
  import GRDB

  extension StoreError {
    init(_ error: any Error, path: String) {
      if let error = error as? StoreError {
        self = error
        return
      }
      guard let error = error as? DatabaseError else {
        self.init(.failed, path: path, String(describing: error))
        return
      }
      let (kind, words): (Kind, String) =
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: (.damaged, "is damaged")
        case .SQLITE_BUSY, .SQLITE_LOCKED: (.busy, "is in use")
        case .SQLITE_FULL: (.full, "cannot grow")
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
          (.unreadable, "cannot be opened for writing")
        default: (.failed, "failed")
        }
      // The code's own words: SQLite's message may quote values.
      self.init(kind, path: path, "\(words) (\(error.extendedResultCode))")
    }
  }
#endif
