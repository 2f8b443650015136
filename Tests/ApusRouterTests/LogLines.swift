import Synchronization

@testable import ApusRouter

/// The router's log as a test sees it, times replaced by "…ms".
final class LogLines: Sendable {
  private let stored = Mutex<[LogEntry]>([])

  var entries: [LogEntry] { stored.withLock { $0 } }
  var lines: [String] { entries.map(\.message) }

  func write(_ entry: LogEntry) {
    stored.withLock { $0.append(entry) }
  }

  /// The lines with every number of milliseconds but those of a timeout replaced.
  var withoutTimes: [String] {
    lines.map { line in
      guard line.hasPrefix("✓"), let open = line.lastIndex(of: "(") else { return line }
      return line[..<open] + "(…)"
    }
  }
}
