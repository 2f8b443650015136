#if Remote
  import ApusCore
  import ApusRemote
  import FakeProvider
  import Foundation
  import Testing

  /// A server whose certificate nobody signed must not see the key.
  @Suite(.enabled(if: UnsignedServer.isPossible, "the command openssl is absent"))
  struct TLSTests {
    @Test func anUnsignedCertificateIsRefused() async throws {
      let server = try await UnsignedServer()
      let url = "https://localhost:\(server.port)/v1"
      let model = try RemoteModel(url: url, model: "m", key: "gsk_abcdefgh")
      var error: ApusError?
      // Until the server listens, there is no connection that could be refused for its certificate.
      for _ in 0..<200 {
        error = await #expect(throws: ApusError.self) { try await model.respond(to: "Hi") }
        if error?.message.contains("connect to server") != true { break }
        try await Task.sleep(for: .milliseconds(25))
      }
      #expect(error?.code == .network)
      #expect(error?.message.contains("certificate") == true)
      #expect(server.stop().contains("gsk_abcdefgh") == false)
    }
  }

  private final class UnsignedServer {
    static let openssl = "/usr/bin/openssl"
    static var isPossible: Bool { FileManager.default.isExecutableFile(atPath: openssl) }

    let port: Int
    private let folder: URL
    private let process = Process()
    private let output = Pipe()

    init() async throws {
      port = try FakeProvider.closedPort()
      folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let request = Process()
      request.executableURL = URL(filePath: Self.openssl)
      request.arguments = [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
        "-keyout", "key.pem", "-out", "certificate.pem",
      ]
      request.currentDirectoryURL = folder
      request.standardError = FileHandle.nullDevice
      try await Self.finish(request)
      process.executableURL = URL(filePath: Self.openssl)
      process.arguments = [
        "s_server", "-accept", "\(port)", "-key", "key.pem", "-cert", "certificate.pem", "-quiet",
      ]
      process.currentDirectoryURL = folder
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      process.standardInput = Pipe()
      try process.run()
    }

    /// - Returns: What clients said.
    func stop() -> String {
      // It does not end at a polite request.
      kill(process.processIdentifier, SIGKILL)
      let data = (try? output.fileHandleForReading.readToEnd()) ?? Data()
      return String(decoding: data, as: UTF8.self)
    }

    /// Runs a process to its end. (`waitUntilExit` on a thread of Swift concurrency may never return.)
    private static func finish(_ process: Process) async throws {
      try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
        process.terminationHandler = { _ in ended.resume() }
        do { try process.run() } catch { ended.resume(throwing: error) }
      }
    }

    deinit {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      try? FileManager.default.removeItem(at: folder)
    }
  }
#endif
