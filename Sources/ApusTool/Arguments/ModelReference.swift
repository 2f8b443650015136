#if Tools
  import Apus
  import ApusCore
  import ArgumentParser
  import Foundation

  /// Which model a command works on.
  enum ModelReference {
    /// Whether a first argument names a model rather than beginning a prompt: an existing path, or
    /// `hf:owner/name`.
    static func looksLikeModel(_ argument: String) -> Bool {
      argument.hasPrefix("hf:") || argument.hasSuffix(".gguf")
        || FileManager.default.fileExists(atPath: argument)
    }

    /// The path of the named model; of the small model that ships with apus where none is named.
    static func path(_ name: String?) throws -> String {
      guard let name else { return try defaultModelPath() }
      if name.hasPrefix("hf:") {
        throw ApusError(
          .unsupportedModel,
          "\(name): downloading from Hugging Face is not supported yet; give a GGUF file or a folder"
        )
      }
      return name
    }

    private static func defaultModelPath() throws -> String {
      guard
        let path = Bundle.module.path(
          forResource: "apus-demo-f16", ofType: "gguf", inDirectory: "Resources")
      else {
        throw ApusError(
          .fileNotFound,
          "the model that ships with apus is not beside the executable; name a model with -m")
      }
      return path
    }
  }
#endif
