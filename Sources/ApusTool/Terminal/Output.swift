#if Tools
  import Foundation

  /// Text answers to stdout, everything else to stderr.
  enum Output {
    /// The reader of stdout is gone.
    struct Closed: Error {}

    /// Writes at once, so that a reader sees each piece as it comes.
    static func write(_ text: String) throws {
      try write(Array(text.utf8))
    }

    static func write(_ bytes: [UInt8]) throws {
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes {
          Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count)
        }
        if count < 0 {
          if errno == EINTR { continue }
          throw Closed()
        }
        rest = rest.dropFirst(count)
      }
    }

    /// As `write`, where a vanished reader does not matter any more.
    static func text(_ text: String) {
      do { try write(text) } catch {}
    }

    static func log(_ line: String) { prompt(line + "\n") }

    /// To stderr, without an end of line.
    static func prompt(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    static var stderrIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var stdoutIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
    static var stdinIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }
  }
#endif
