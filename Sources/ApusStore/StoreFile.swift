#if Remote
  import Foundation

  /// The file of a store, before SQLite opens it.
  enum StoreFile {
    /// Only its owner may read what is kept: callers, models, answers. SQLite gives the files that
    /// it puts beside it the same mode.
    private static let mode: mode_t = 0o600

    /// Makes the file where there is none, and sees to its mode.
    static func prepare(_ path: String) throws(StoreError) {
      guard !path.isEmpty, !path.utf8.contains(0) else {
        throw StoreError(.unreadable, path: path, "is no path")
      }
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode)
      if descriptor >= 0 {
        close(descriptor)
        return
      }
      guard errno == EEXIST else { throw failure(path, "made") }
      // Not opened to look at it: closing it would end the locks that another store of this process
      // has on it (POSIX).
      var status = stat()
      guard stat(path, &status) == 0 else { throw failure(path, "opened") }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw StoreError(.unreadable, path: path, "is not a regular file")
      }
      // SQLite would take it for an empty one and write over it, unless the rest is in a journal.
      if (1..<512).contains(status.st_size), access(path + "-journal", F_OK) != 0 {
        throw StoreError(.damaged, path: path, "is damaged (too short for a database)")
      }
      if status.st_mode & 0o077 != 0, status.st_uid == geteuid(), chmod(path, mode) != 0 {
        throw failure(path, "kept from others")
      }
      guard access(path, R_OK | W_OK) == 0 else { throw failure(path, "opened") }
    }

    private static func failure(_ path: String, _ action: String) -> StoreError {
      let number = errno
      let kind: StoreError.Kind = number == ENOSPC || number == EDQUOT ? .full : .unreadable
      return StoreError(
        kind, path: path, "cannot be \(action): \(String(cString: strerror(number)))")
    }
  }
#endif
