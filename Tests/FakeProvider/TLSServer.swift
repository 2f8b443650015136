import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A server behind TLS, one connection after another, that answers every request alike: the command
/// `openssl s_server`.
public final class TLSServer: Sendable {
  public let port: Int
  private let process: ProcessBox
  private let authority: CertificateAuthority
  private let state = Mutex((received: "", requests: 0))

  /// What clients have said, decrypted.
  public var received: String { state.withLock { $0.received } }
  public var requestCount: Int { state.withLock { $0.requests } }

  public init(
    _ authority: CertificateAuthority, _ certificate: CertificateAuthority.Certificate,
    response: String =
      "HTTP/1.1 500 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
  ) async throws {
    self.authority = authority
    port = try FakeProvider.closedPort()
    process = ProcessBox()
    let (input, output) = (Pipe(), Pipe())
    process.process.executableURL = URL(filePath: CertificateAuthority.openssl)
    process.process.arguments = [
      "s_server", "-accept", "\(port)", "-key", "\(certificate.rawValue).key",
      "-cert", "\(certificate.rawValue).pem", "-quiet",
    ]
    process.process.currentDirectoryURL = authority.folder
    process.process.standardInput = input
    process.process.standardOutput = output
    process.process.standardError = FileHandle.nullDevice
    try process.process.run()
    Thread.detachNewThread { [weak self] in
      while true {
        let data = output.fileHandleForReading.availableData
        guard !data.isEmpty, let self else { return }
        let answers = self.state.withLock { state in
          let before = state.received.components(separatedBy: "\r\n\r\n").count
          state.received += String(decoding: data, as: UTF8.self)
          let heads = state.received.components(separatedBy: "\r\n\r\n").count - before
          state.requests += heads
          return heads
        }
        for _ in 0..<answers { input.fileHandleForWriting.write(Data(response.utf8)) }
      }
    }
    try await waitUntilListening()
  }

  private func waitUntilListening() async throws {
    for _ in 0..<400 {
      if let socket = Loopback.connection(to: port) {
        close(socket)
        return
      }
      try await Task.sleep(for: .milliseconds(10))
    }
    throw Loopback.CannotListen()
  }

  private final class ProcessBox: @unchecked Sendable {
    let process = Process()
    // It does not end at a polite request.
    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
  }
}
