#if Tools
  import Foundation
  import Synchronization

  /// One line on stderr that says what is going on and is overwritten; nothing where stderr is no
  /// terminal, or one that cannot erase.
  final class StatusLine: Sendable {
    private enum State {
      case hidden, shown, ended
    }

    private let state = Mutex(State.hidden)
    private let isEnabled =
      Output.stderrIsTerminal && ProcessInfo.processInfo.environment["TERM"] != "dumb"

    func show(_ text: String) {
      guard isEnabled else { return }
      state.withLock { state in
        guard state != .ended else { return }
        // Cut at the terminal's edge, not wrapped: one line is all that can be erased.
        write("\(Self.erase)\u{1B}[?7l\(text)\u{1B}[?7h")
        state = .shown
      }
    }

    func clear() { clear(becoming: .hidden) }

    /// Ctrl-C clears the line and ends the process, until the result is stopped.
    func endOnInterrupt() -> Interrupts? {
      // Without a line there is nothing to clear, and the signal does what it always did.
      guard isEnabled else { return nil }
      let interrupts = Interrupts()
      interrupts.onInterrupt = { [self] in
        // For good: other threads go on until the process has ended.
        clear(becoming: .ended)
        Interrupts.endProcess()
      }
      return interrupts
    }

    private func clear(becoming next: State) {
      state.withLock { state in
        if state == .shown { write(Self.erase) }
        if state != .ended { state = next }
      }
    }

    private static let erase = "\r\u{1B}[2K"

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
  }
#endif
