import ApusCore
import ApusFiles
import ApusModels
import ApusText

/// What a model file holds, bound and checked.
struct LoadedFile: Sendable {
  let path: String
  /// As responses and logs show it: the last part of the path without ".gguf".
  let name: String
  let transformer: Transformer
  /// Failed where the file's tokenizer is unknown: logits can be computed all the same.
  let tokenizer: Result<Tokenizer, ApusError>
  /// Throws once the file has been truncated under its mapping.
  let checkIntact: @Sendable () throws(FileError) -> Void

  /// - Parameter path: a GGUF file or a Hugging Face folder.
  init(_ path: String) throws(ApusError) {
    self.path = path
    name = Self.name(of: path)
    let file: ModelFile
    do { file = try ModelFile.open(path) } catch { throw ApusError(error) }
    switch file {
    case .gguf(let gguf):
      do { transformer = try Transformer(gguf) } catch { throw ApusError(error, path: path) }
      do {
        tokenizer = .success(try Tokenizer(gguf))
      } catch {
        tokenizer = .failure(Self.unusable(error, path))
      }
      checkIntact = { () throws(FileError) in try gguf.checkIntact() }
    case .directory(let directory):
      do { transformer = try Transformer(directory) } catch { throw ApusError(error, path: path) }
      do {
        tokenizer = .success(try Tokenizer(directory))
      } catch {
        tokenizer = .failure(Self.unusable(error, path))
      }
      checkIntact = { () throws(FileError) in try directory.checkIntact() }
    default:
      throw ApusError(
        .unsupportedModel,
        "\(path): holds tensors alone; give the folder with its config.json, or a GGUF file")
    }
  }

  private static func unusable(_ error: TokenizerError, _ path: String) -> ApusError {
    ApusError(.unsupportedModel, "\(path): the tokenizer cannot be used: \(error)", cause: error)
  }

  private static func name(of path: String) -> String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    return last.hasSuffix(".gguf") ? String(last.dropLast(5)) : last
  }
}
