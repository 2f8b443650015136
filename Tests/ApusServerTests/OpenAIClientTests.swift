#if Tools
  import ApusCore
  import Foundation
  import Hummingbird
  import HummingbirdTesting
  import Testing

  @testable import ApusServer

  /// The interpreter of a virtual environment with the PyPI package `openai`: scripts/test-data
  /// makes one and says where.
  private let python = ProcessInfo.processInfo.environment["APUS_PYTHON"]

  @Suite struct OpenAIClientTests {
    @Test(.enabled(if: python != nil, "APUS_PYTHON names no Python with the package openai"))
    func theOpenAIClientIsAtHome() async throws {
      let model = ScriptedModel.saying("Hel", "lo")
      let server = try Server(
        model: model, configuration: ServerConfiguration(port: 0), logger: .silent)
      try await server.application().test(.live) { client in
        let port = try #require(client.port)
        let output = try await Self.run("http://127.0.0.1:\(port)/v1")
        #expect(
          output == """
            models scripted
            chat assistant Hello stop 5
            stream Hello 5
            text Hello
            error model_not_found
            error temperature

            """)
      }
    }

    private static func run(_ base: String) async throws -> String {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try #require(python))
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("openai_client.py")
      process.arguments = [script.path, base]
      let pipe = Pipe()
      process.standardOutput = pipe
      return try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { _ in
          let data = pipe.fileHandleForReading.readDataToEndOfFile()
          continuation.resume(returning: String(decoding: data, as: UTF8.self))
        }
        do { try process.run() } catch { continuation.resume(throwing: error) }
      }
    }
  }
#endif
