import Synchronization

/// The router's log as a test sees it, times replaced by "…ms".
final class LogLines: Sendable {
  private let stored = Mutex<[String]>([])

  var lines: [String] { stored.withLock { $0 } }

  func write(_ line: String) {
    stored.withLock { $0.append(line) }
  }

  /// The lines with every number of milliseconds but those of a timeout replaced.
  var withoutTimes: [String] {
    lines.map { line in
      guard line.hasPrefix("✓"), let open = line.lastIndex(of: "(") else { return line }
      return line[..<open] + "(…)"
    }
  }
}
