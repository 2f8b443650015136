import Foundation

/// A certificate authority of the tests' own, made by the command `openssl` in a folder that goes
/// when this goes.
public final class CertificateAuthority: Sendable {
  static let openssl = "/usr/bin/openssl"
  public static var isPossible: Bool { FileManager.default.isExecutableFile(atPath: openssl) }

  /// Certificates for `localhost`, all but one with something wrong.
  public enum Certificate: String, CaseIterable, Sendable {
    case good, expired, wrongHost, selfSigned
  }

  let folder: URL
  /// What a client is to trust.
  public var certificateFile: String { folder.appending(path: "ca.pem").path }

  public init() async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    func make(_ name: String, _ subject: String, _ more: [String]) async throws {
      try await run(
        ["req", "-keyout", "\(name).key", "-subj", "/CN=\(subject)"] + key + more)
    }
    try await make("ca", "authority of a test", ["-x509", "-days", "2", "-out", "ca.pem"])
    let here = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    try await make(
      "selfSigned", "localhost", ["-x509", "-days", "2", "-out", "selfSigned.pem"] + here)
    for certificate in [Certificate.good, .expired, .wrongHost] {
      let name = certificate.rawValue
      let names =
        certificate == .wrongHost ? ["-addext", "subjectAltName=DNS:elsewhere.example"] : here
      try await make(name, "server", ["-new", "-out", "\(name).csr"] + names)
      try await run([
        "x509", "-req", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key",
        "-CAcreateserial", "-copy_extensions", "copyall", "-out", "\(name).pem",
        "-days", certificate == .expired ? "-1" : "2",
      ])
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  struct Failed: Error { var arguments: [String] }

  /// Runs `openssl` to its end. (`waitUntilExit` on a thread of Swift concurrency may never return.)
  private func run(_ arguments: [String]) async throws {
    let process = Process()
    process.executableURL = URL(filePath: Self.openssl)
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    let status: Int32 = try await withCheckedThrowingContinuation { ended in
      process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
      do { try process.run() } catch { ended.resume(throwing: error) }
    }
    guard status == 0 else { throw Failed(arguments: arguments) }
  }
}
