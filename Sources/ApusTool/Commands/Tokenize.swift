#if Tools
  import Apus
  import ArgumentParser
  import Foundation

  struct Tokenize: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Print the token ids of a text.",
      discussion: """
        Examples:
          apus tokenize model.gguf --text "déjà vu"
          apus tokenize model.gguf --file story.txt --no-bos
        """)

    @Argument(help: "A GGUF file or a Hugging Face folder.")
    var model: String

    @Option(help: "The text.")
    var text: String?

    @Option(help: "A file with the text.")
    var file: String?

    @Flag(name: .customLong("no-bos"), help: "Add neither BOS nor EOS.")
    var noBOS = false

    @Flag(help: "Read <s> and the like as plain text.")
    var noSpecial = false

    func validate() throws {
      if text != nil && file != nil { throw ValidationError("Give --text or --file, not both.") }
    }

    func run() throws {
      let tokenizer = try Tokenizer(path: ModelReference.path(model))
      for warning in tokenizer.warnings { Output.log("apus: \(warning)") }
      let bytes: [UInt8]
      if let text {
        bytes = Array(text.utf8)
      } else if let file {
        bytes = try Array(TextFile.read(file).utf8)
      } else {
        bytes = Array(FileHandle.standardInput.readDataToEndOfFile())
      }
      let ids = tokenizer.encode(bytes: bytes, addSpecial: !noBOS, parseSpecial: !noSpecial)
      try Output.write(ids.map(String.init).joined(separator: " ") + "\n")
    }
  }
#endif
