#if Tools && os(Linux)
  import Foundation
  import Testing

  /// What a process costs that has nothing to do. By processor time, never by the clock: a busy machine
  /// makes less of it, not more.
  @Suite(.serialized, .enabled(if: Command.path != nil, "the command is not built"))
  struct IdleTests {
    /// All threads of the process sleep soon after an answer, and after the next one as well: none
    /// waits for work by spinning.
    @Test(arguments: ["1", "2", "5"])
    func noThreadSpinsBetweenAnswers(threads: String) async throws {
      let chat = try Conversation(["chat", Fixtures.model, "--temp", "0", "--threads", threads])
      for _ in 0..<2 {
        let before = try chat.processorTime()
        let answer = try chat.ask("Tell me a story")
        #expect(answer.hasPrefix("Once upon a time"), "\(answer)")
        let after = try chat.processorTime()
        #expect(after > before, "the answer cost no processor time: nothing is measured")
        try await Task.sleep(for: .milliseconds(100))
        let idle = try chat.processorTime()
        try await Task.sleep(for: .milliseconds(500))
        // One spinning thread would take 500 ms; the kernel counts in steps of 10.
        #expect(try chat.processorTime() - idle <= .milliseconds(100))
      }
      try chat.end()
    }

    /// `apus chat` with pipes, line by line.
    private final class Conversation {
      private let process = Process()
      private let input = Pipe()
      private let output = Pipe()

      struct Failure: Error { var message: String }

      init(_ arguments: [String]) throws {
        process.executableURL = URL(filePath: Command.path ?? "apus")
        process.arguments = arguments
        process.environment = ["PATH": "/usr/bin:/bin"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
      }

      deinit { if process.isRunning { process.terminate() } }

      /// The line of the answer.
      func ask(_ question: String) throws -> String {
        try input.fileHandleForWriting.write(contentsOf: Data((question + "\n").utf8))
        var answer = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte != Data([0x0A]) {
          guard !byte.isEmpty else { throw Failure(message: "the conversation ended") }
          answer += byte
        }
        return String(decoding: answer, as: UTF8.self)
      }

      /// What all threads of the process have used so far, those that have ended included.
      func processorTime() throws -> Duration {
        let path = "/proc/\(process.processIdentifier)/stat"
        let text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
        // Behind the name, which is in parentheses: fields 14 and 15 of the whole line.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else {
          throw Failure(message: "\(path): \(text)")
        }
        return .milliseconds((user + system) * 1000 / sysconf(Int32(_SC_CLK_TCK)))
      }

      func end() throws { try input.fileHandleForWriting.close() }
    }
  }
#endif
