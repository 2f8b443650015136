#if Tools
  import Foundation

  /// The built command, run as a process of its own.
  enum Command {
    struct Outcome {
      let code: Int32
      let output: Data
      let errors: String

      var text: String { String(decoding: output, as: UTF8.self) }
      var errorLines: [Substring] {
        errors.split(separator: "\n", omittingEmptySubsequences: false)
      }
    }

    /// Beside the tests, where the build puts it.
    static let path: String? = {
      let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      var folders = [root.appending(path: ".build/debug")]
      if var folder = Bundle.main.executableURL?.deletingLastPathComponent() {
        // The tests of macOS lie three folders down in a bundle.
        for _ in 0..<4 {
          folders.insert(folder, at: folders.count - 1)
          folder.deleteLastPathComponent()
        }
      }
      return folders.map { $0.appending(path: "apus").path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }()

    /// Runs `apus` to its end.
    /// - Parameters:
    ///   - input: What stands on stdin.
    ///   - environment: Everything that it sees beside the PATH: no tier of whoever runs the tests.
    static func run(
      _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) async throws -> Outcome {
      try await run(arguments, input: input, environment: environment)
    }

    static func run(
      _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws -> Outcome {
      try await run(path ?? "apus", arguments, input, environment)
    }

    /// Runs a line of the shell, in which `"$apus"` is the command.
    static func shell(_ line: String) async throws -> Outcome {
      try await run("/bin/sh", ["-c", line], "", ["apus": path ?? "apus"])
    }

    private static func run(
      _ executable: String, _ arguments: [String], _ input: String, _ environment: [String: String]
    ) async throws -> Outcome {
      // Files, not pipes: nobody has to read one stream while the other fills.
      let folder = try TemporaryFolder()
      let output = try folder.file("stdout", "")
      let errors = try folder.file("stderr", "")
      let process = Process()
      process.executableURL = URL(filePath: executable)
      process.arguments = arguments
      process.environment = environment.merging(["PATH": "/usr/bin:/bin"]) { first, _ in first }
      process.currentDirectoryURL = folder.url
      process.standardInput = try FileHandle(forReadingFrom: folder.file("stdin", input))
      process.standardOutput = try FileHandle(forWritingTo: output)
      process.standardError = try FileHandle(forWritingTo: errors)
      // `waitUntilExit` on a thread of Swift concurrency may never return.
      try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
        process.terminationHandler = { _ in ended.resume() }
        do { try process.run() } catch { ended.resume(throwing: error) }
      }
      return Outcome(
        code: process.terminationStatus, output: try Data(contentsOf: output),
        errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
  }

  /// A folder that goes away with the test.
  final class TemporaryFolder {
    let url: URL

    init() throws {
      url = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    func file(_ name: String, _ content: String) throws -> URL {
      try file(name, Data(content.utf8))
    }

    func file(_ name: String, _ content: Data) throws -> URL {
      let file = url.appending(path: name)
      try content.write(to: file)
      return file
    }

    deinit { try? FileManager.default.removeItem(at: url) }
  }

  /// Files of this repository.
  enum Fixtures {
    static let model = path("default-model/apus-demo-f16.gguf")
    static let folder = path("default-model/hf")

    static func path(_ relative: String) -> String {
      URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures").appending(path: relative).path
    }
  }
#endif
