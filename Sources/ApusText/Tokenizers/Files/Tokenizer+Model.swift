public import ApusFiles
import ApusJSON

extension Tokenizer {
  /// The tokenizer of a Hugging Face folder: its tokenizer.json and tokenizer_config.json. A chat
  /// template in a file of its own goes before the configuration's.
  public init(_ directory: ModelDirectory) throws(TokenizerError) {
    guard let file = directory.tokenizerJSON else {
      throw TokenizerError(
        .unsupportedComponent, field: "tokenizer.json",
        "\(directory.path) holds no tokenizer.json")
    }
    var config = directory.tokenizerConfig?.object ?? [:]
    if let template = directory.chatTemplate { config["chat_template"] = .string(template) }
    try self.init(tokenizerJSON: Array(file.buffer), config: .object(config))
  }

  /// The tokenizer of a model on disk, recognised by its content.
  /// - Throws: `FileError`, `TokenizerError`.
  public init(path: String) throws {
    switch try ModelFile.open(path) {
    case .gguf(let gguf): try self.init(gguf)
    case .directory(let directory): try self.init(directory)
    case .safetensors:
      throw TokenizerError(
        .unsupportedComponent, field: path, "holds tensors alone; give the folder around it")
    }
  }
}
