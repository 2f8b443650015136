import Foundation

/// Test data that is not in the repository.
enum Reference {
  static let shared = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared")
  static let hasShared = FileManager.default.fileExists(atPath: shared.path)
  static let absent = "../shared is absent"

  /// The reference engine's sources, named by `APUS_PEER`.
  static let peer = ProcessInfo.processInfo.environment["APUS_PEER"]
    .map { URL(fileURLWithPath: $0).appendingPathComponent("src/models") }
  static let noPeer = "APUS_PEER is not set"
}
