#if Tools
  import Foundation

  /// One line on stderr that says what is going on and is overwritten; nothing where stderr is no
  /// terminal.
  struct StatusLine {
    private var isShown = false
    private let isEnabled = Output.stderrIsTerminal

    mutating func show(_ text: String) {
      guard isEnabled else { return }
      FileHandle.standardError.write(Data("\r\u{1B}[2K\(text)".utf8))
      isShown = true
    }

    mutating func clear() {
      guard isShown else { return }
      FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8))
      isShown = false
    }
  }
#endif
