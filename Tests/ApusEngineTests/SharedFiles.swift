import Foundation

/// Test data that is shared between projects, beside this repository: `../shared`.
enum SharedFiles {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("shared").path

  static func path(_ relative: String) -> String { "\(root)/\(relative)" }

  /// The model that the repository brings along.
  static let demo = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures/default-model/apus-demo-f16.gguf").path

  static let hasModels = FileManager.default.fileExists(atPath: path("models/stories260K"))
  static let stories = path("models/stories260K/stories260K-f32.gguf")
}

/// A copy of a file that goes away with the test.
final class TemporaryCopy: Sendable {
  let path: String

  init(of source: String, change: (inout Data) -> Void = { _ in }) throws {
    var data = try Data(contentsOf: URL(fileURLWithPath: source))
    change(&data)
    let folder = FileManager.default.temporaryDirectory
    let url = folder.appendingPathComponent("apus-\(UUID().uuidString).gguf")
    try data.write(to: url)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
