import Foundation

/// Test data that is shared between projects, beside this repository: `../shared`.
enum SharedFiles {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("shared").path

  static func path(_ relative: String) -> String { "\(root)/\(relative)" }

  static let hasArchitectures = FileManager.default.fileExists(
    atPath: path("conformance/architectures"))
  static let hasModels = FileManager.default.fileExists(atPath: path("models/stories260K"))

  /// The numbers of a file of little-endian F32.
  static func floats(_ path: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    return data.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map {
        Float(
          bitPattern: UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
      }
    }
  }
}
