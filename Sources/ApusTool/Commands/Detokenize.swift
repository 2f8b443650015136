#if Tools
  import Apus
  import ArgumentParser

  struct Detokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the text of token ids.",
      discussion: "Example:\n  apus detokenize model.gguf 1 9038 2501 263 931")

    @Argument(help: "A GGUF file or a Hugging Face folder.")
    var model: String

    @Argument(help: "Token ids.")
    var ids: [Int32]

    func run() throws {
      let tokenizer = try Tokenizer(path: ModelReference.path(model))
      for id in ids where id < 0 || Int(id) >= tokenizer.vocabularySize {
        throw ValidationError(
          "\(id) is no token id: the vocabulary has \(tokenizer.vocabularySize) tokens.")
      }
      try Output.write(tokenizer.decode(ids) + "\n")
    }
  }
#endif
