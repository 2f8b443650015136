#if Remote
  import Dispatch
  import Foundation
  import GRDB
  import Synchronization

  /// An open file: reads at once, writes in groups.
  ///
  /// What is written must be on the disk before anybody is told so, and waiting for a disk takes
  /// milliseconds. So changes that come while one transaction is under way go into the next
  /// together, and share its wait; nobody's thread is held meanwhile.
  final class StoreDatabase: Sendable {
    typealias Change = @Sendable (Database) throws -> Void

    private struct Job: Sendable {
      var change: Change
      var end: @Sendable (StoreError?) -> Void
    }
    private struct State {
      var pending: [Job] = []
      var isWriting = false
    }

    let path: String
    private let pool: DatabasePool
    private let queue = DispatchQueue(label: "apus.store", qos: .userInitiated)
    private let state = Mutex(State())
    /// Of one transaction.
    private static let largestGroup = 512

    init(_ path: String) throws(StoreError) {
      try StoreFile.prepare(path)
      self.path = path
      var tries = 0
      while true {
        do throws(StoreError) {
          pool = try Self.open(path)
          return
        } catch {
          // Several processes that make the same new file get in each other's way: two of them make a
          // table, or the log, at the same moment.
          tries += 1
          guard tries < 5, error.kind == .failed || error.kind == .busy else { throw error }
          usleep(20_000)
        }
      }
    }

    private static func open(_ path: String) throws(StoreError) -> DatabasePool {
      var configuration = Configuration()
      configuration.label = "apus.store"
      // Another process may be writing.
      configuration.busyMode = .timeout(5)
      configuration.maximumReaderCount = 4
      do {
        let pool = try DatabasePool(path: path, configuration: configuration)
        // With a write-ahead log, less than FULL may forget the last transactions when the power
        // fails; GRDB chooses NORMAL.
        try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        try Schema.prepare(pool, path: path)
        return pool
      } catch {
        throw StoreError(error, path: path)
      }
    }

    func read<Value>(_ work: (Database) throws -> Value) throws(StoreError) -> Value {
      do { return try pool.read(work) } catch { throw StoreError(error, path: path) }
    }

    /// Makes a change, in the order of the calls.
    /// - Parameter end: Called once, when it is on the disk or has failed.
    func write(_ change: @escaping Change, end: @escaping @Sendable (StoreError?) -> Void) {
      let begins = state.withLock { state in
        state.pending.append(Job(change: change, end: end))
        defer { state.isWriting = true }
        return !state.isWriting
      }
      if begins { queue.async { self.writePending() } }
    }

    /// The same, waiting without holding a thread; goes on when the task is cancelled.
    func write(_ change: @escaping Change) async throws(StoreError) {
      let error: StoreError? = await withCheckedContinuation { continuation in
        write(change) { continuation.resume(returning: $0) }
      }
      if let error { throw error }
    }

    private func writePending() {
      while true {
        let jobs = state.withLock { state in
          let jobs = Array(state.pending.prefix(Self.largestGroup))
          state.pending.removeFirst(jobs.count)
          if jobs.isEmpty { state.isWriting = false }
          return jobs
        }
        if jobs.isEmpty { return }
        do {
          try pool.write { db in for job in jobs { try job.change(db) } }
          for job in jobs { job.end(nil) }
        } catch {
          let error = StoreError(error, path: path)
          // A statement that fails takes none of the others with it; a disk that is full takes all.
          let isOnesOwn = error.kind == .failed && jobs.count > 1
          for job in jobs { job.end(isOnesOwn ? alone(job) : error) }
        }
      }
    }

    private func alone(_ job: Job) -> StoreError? {
      do { try pool.write(job.change) } catch { return StoreError(error, path: path) }
      return nil
    }
  }

  extension String {
    /// Without zeros, at which SQLite would end it: "a\0b" and "a" are different callers.
    var withoutZeros: String { utf8.contains(0) ? replacing("\0", with: "\u{FFFD}") : self }
  }
#endif
