#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A model on disk, recognised by its content, never by its name.
public enum ModelFile: Sendable {
  case gguf(GGUF)
  /// A Hugging Face folder.
  case directory(ModelDirectory)
  /// A safetensors file on its own: weights without a configuration.
  case safetensors(Safetensors)

  public var tensors: TensorTable {
    switch self {
    case .gguf(let gguf): gguf.tensors
    case .directory(let directory): directory.tensors
    case .safetensors(let file): file.tensors
    }
  }

  /// - Throws: `unknownFormat`, naming what the file seems to be; otherwise what is wrong with it.
  public static func open(_ path: String) throws(FileError) -> ModelFile {
    var status = stat()
    if !path.utf8.contains(0), stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      return .directory(try ModelDirectory(path))
    }
    let file = try MappedFile(path).contents
    if file.count < 4 || starts(file, "GGUF") { return .gguf(try GGUF(file)) }
    if looksLikeSafetensors(file) { return .safetensors(try Safetensors(file)) }
    throw FileError(
      .unknownFormat, path: path, field: "magic", offset: 0,
      "\(guess(file)); give a GGUF file or a Hugging Face folder")
  }

  /// A length of the header that makes sense, and the brace behind it.
  private static func looksLikeSafetensors(_ file: FileBytes) -> Bool {
    guard let length = file.integer(at: 0, as: UInt64.self), length > 0 else { return false }
    guard let brace = file.bytes(at: 8, count: 1)?.first else { return false }
    return brace == UInt8(ascii: "{") && length <= UInt64(SafetensorsHeader.maxBytes)
  }

  private static func starts(_ file: FileBytes, _ text: String) -> Bool {
    file.bytes(at: 0, count: text.utf8.count)?.elementsEqual(text.utf8) ?? false
  }

  private static func guess(_ file: FileBytes) -> String {
    for magic in ["lmgg", "tjgg", "algg", "fmgg", "GGML"] where starts(file, magic) {
      return "is a GGML file, older than GGUF"
    }
    if starts(file, "PK\u{3}\u{4}") { return "is a ZIP archive or a PyTorch checkpoint" }
    if starts(file, "{") { return "is a JSON file" }
    if starts(file, "version https://git-lfs") {
      return "is a Git LFS pointer: the model itself was not downloaded"
    }
    if starts(file, "<") { return "is a web page" }
    return "is no model file that is known"
  }
}
