import ApusCore
import Foundation
import Testing

/// A private prompt that is sent to a model behind a network is an error of the compiler's.
@Suite struct PrivateRequestTests {
  /// The compiler's modules of this build.
  private static let modules: String? = {
    var folder = Bundle.main.executableURL?.deletingLastPathComponent()
    for _ in 0..<5 {
      guard let here = folder else { return nil }
      let modules = here.appending(path: "Modules").path
      if FileManager.default.fileExists(atPath: modules + "/ApusCore.swiftmodule") {
        return modules
      }
      folder = here.deletingLastPathComponent()
    }
    return nil
  }()

  /// - Returns: The exit code, and what the compiler says.
  private func typecheck(_ body: String, _ modules: String) async throws -> (Int32, String) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "apus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (source, said) = (folder.appending(path: "use.swift"), folder.appending(path: "said"))
    try "import ApusCore\n\(body)\n".write(to: source, atomically: true, encoding: .utf8)
    try "".write(to: said, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "swiftc", "-typecheck", "-swift-version", "6", "-I", modules, source.path,
    ]
    process.standardError = try FileHandle(forWritingTo: said)
    process.standardOutput = FileHandle.nullDevice
    try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
      process.terminationHandler = { _ in ended.resume() }
      do { try process.run() } catch { ended.resume(throwing: error) }
    }
    return (process.terminationStatus, try String(contentsOf: said, encoding: .utf8))
  }

  @Test(.enabled(if: modules != nil, "the modules of the build are not beside the tests"))
  func onlyModelsOfThisMachineTakeIt() async throws {
    let modules = try #require(Self.modules)
    func use(_ type: String) -> String {
      """
      func send(_ model: any \(type), _ request: PrivateRequest) async throws -> String {
        _ = model.stream(request)
        return try await model.respond(request).text
      }
      """
    }
    let onDevice = try await typecheck(use("OnDeviceModel"), modules)
    #expect(onDevice.0 == 0, "\(onDevice.1)")
    let any = try await typecheck(use("LanguageModel"), modules)
    #expect(any.0 != 0)
    #expect(any.1.contains("cannot convert value of type 'PrivateRequest'"), "\(any.1)")
    // Nor can it be taken out of its wrapping.
    let unwrapped = try await typecheck(
      "func open(_ request: PrivateRequest) -> Request { request.request }", modules)
    #expect(unwrapped.0 != 0)
    #expect(unwrapped.1.contains("inaccessible"), "\(unwrapped.1)")
  }
}
