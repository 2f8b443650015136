#if Tools
  import Foundation
  import Testing

  /// The line on stderr that is overwritten, as a terminal gets it.
  @Suite(.serialized, .enabled(if: Command.path != nil, "the command is not built"))
  struct StatusLineTests {
    private static let erase = "\r\u{1B}[2K"
    private static let loading = "\(erase)\u{1B}[?7lloading…\u{1B}[?7h"

    @Test func isErasedBeforeTheAnswerAndNeverOnStdout() async throws {
      let terminal = try Terminal(["run", "Tell me a story", "--temp", "0", "-n", "4"])
      let (process, text) = try await terminal.end()
      #expect(process.terminationReason == .exit && process.terminationStatus == 0)
      #expect(text.hasPrefix(Self.loading), "\(text.debugDescription)")
      // Nothing is shown after the last erasure but the figures.
      let rest = text.components(separatedBy: Self.erase).last ?? ""
      #expect(rest.hasPrefix("prompt: 17 tokens") && rest.hasSuffix("tokens/s\r\n"), "\(rest)")
      #expect(try terminal.output() == "Once upon a time")
    }

    @Test func isErasedBeforeAnError() async throws {
      for arguments in [["run", "/absent.gguf", "Hi"], ["chat", "/absent.gguf"]] {
        let (process, text) = try await Terminal(arguments).end()
        #expect(process.terminationStatus == 1)
        #expect(text.hasPrefix("\(Self.loading)\(Self.erase)apus: /absent.gguf"), "\(text)")
      }
    }

    @Test func isNotShownWhereTheTerminalCannotErase() async throws {
      let terminal = try Terminal(["run", "Hi", "-n", "1"], environment: ["TERM": "dumb"])
      let (_, text) = try await terminal.end()
      #expect(text.hasPrefix("prompt: ") && !text.contains("\u{1B}"), "\(text)")
    }

    /// Whatever it is about to do: the line is gone, and a shell sees that it was interrupted.
    @Test func isErasedByAnInterrupt() async throws {
      let prompt = String(repeating: "a story of a swift ", count: 200)
      // On a busy machine the answer may be there before the interrupt: then once more.
      for _ in 0..<20 {
        let terminal = try Terminal(["run", "--raw", prompt, "-n", "100000"])
        try await terminal.wait(for: Self.loading)
        let (process, text) = try await terminal.end(interrupting: true)
        if process.terminationReason == .exit, process.terminationStatus == 0 { continue }
        #expect(process.terminationReason == .uncaughtSignal)
        #expect(process.terminationStatus == SIGINT)
        let rest = text.components(separatedBy: Self.erase).last ?? ""
        #expect(rest.isEmpty, "\(text.debugDescription)")
        return
      }
      Issue.record("no interrupt came before the end of the answer")
    }
  }

  /// The command with a terminal as stderr and a file as stdout.
  private final class Terminal {
    private let folder: TemporaryFolder
    private let outputFile: URL
    private let process = Process()
    private let controller: Int32
    private var received: [UInt8] = []

    struct Failure: Error {}

    init(_ arguments: [String], environment: [String: String] = ["TERM": "xterm"]) throws {
      folder = try TemporaryFolder()
      outputFile = try folder.file("stdout", "")
      controller = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      guard controller >= 0, let name = Self.openTerminal(of: controller),
        let terminal = FileHandle(forUpdatingAtPath: name)
      else { throw Failure() }
      _ = fcntl(controller, F_SETFL, O_NONBLOCK)
      process.executableURL = URL(filePath: Command.path ?? "apus")
      process.arguments = arguments
      process.environment = environment
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = try FileHandle(forWritingTo: outputFile)
      process.standardError = terminal
      try process.run()
      try terminal.close()
    }

    deinit { close(controller) }

    private static func openTerminal(of controller: Int32) -> String? {
      #if canImport(Darwin)
        guard grantpt(controller) == 0, unlockpt(controller) == 0 else { return nil }
        return ptsname(controller).map { String(cString: $0) }
      #else
        // TIOCSPTLCK and TIOCGPTN: the module of the C library leaves both them and `ptsname` out.
        var (lock, number): (Int32, Int32) = (0, 0)
        guard ioctl(controller, 0x4004_5431, &lock) == 0,
          ioctl(controller, 0x8004_5430, &number) == 0
        else { return nil }
        return "/dev/pts/\(number)"
      #endif
    }

    func output() throws -> String { try String(contentsOf: outputFile, encoding: .utf8) }

    private var text: String { String(decoding: received, as: UTF8.self) }

    func wait(for wanted: String) async throws {
      while !text.contains(wanted), process.isRunning {
        read()
        try await Task.sleep(for: .milliseconds(1))
      }
      read()
      guard text.contains(wanted) else { throw Failure() }
    }

    /// What the terminal got up to the end of the process.
    func end(interrupting: Bool = false) async throws -> (Process, String) {
      if interrupting { process.interrupt() }
      while process.isRunning {
        read()
        try await Task.sleep(for: .milliseconds(5))
      }
      read()
      return (process, text)
    }

    private func read() {
      var bytes = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = Foundation.read(controller, &bytes, bytes.count)
        guard count > 0 else { return }
        received += bytes.prefix(count)
      }
    }
  }
#endif
