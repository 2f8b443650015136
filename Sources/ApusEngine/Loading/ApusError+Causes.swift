import ApusCore
import ApusFiles
import ApusModels

extension ApusError {
  /// The error of a whole model, for one of its file.
  init(_ error: FileError) {
    let code: Code =
      switch error.kind {
      case .missing: .fileNotFound
      case .damaged: .fileDamaged
      case .unsupported: .unsupportedModel
      case .truncatedUnderMap: .fileTruncated
      }
    self.init(code, "\(error)", cause: error)
  }

  /// The error of a whole model, for one of what the file describes.
  init(_ error: ModelError, path: String) {
    let code: Code =
      switch error.code {
      case .unknownArchitecture, .unsupported: .unsupportedModel
      case .badHyperparameter, .tensorMismatch: .fileDamaged
      }
    self.init(code, "\(path): \(error)", cause: error)
  }
}
