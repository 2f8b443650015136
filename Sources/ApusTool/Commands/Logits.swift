#if Tools
  import Apus
  import ApusCore
  import ApusEngine
  import ArgumentParser
  import Foundation

  struct Logits: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the logits of a sequence of tokens.",
      discussion: """
        The file holds float32 little-endian values, [tokens, vocabulary].

        Example:
          apus logits model.gguf --tokens 1,17,42 --output logits.f32
        """)

    @Argument(help: "A GGUF file or a Hugging Face folder.")
    var model: String

    @Option(help: "Token ids, separated by commas.", transform: Self.ids)
    var tokens: [Int32]

    @Option(help: "Where to write.")
    var output: String

    @Flag(help: "One token at a time instead of one batch.")
    var oneByOne = false

    @OptionGroup(title: "Loading") var loading: LoadingArguments

    func run() async throws {
      let local = try await LocalModel(ModelReference.path(model), options: loading.options)
      let logits = try await local.logits(tokens, oneByOne: oneByOne)
      let data = logits.withUnsafeBufferPointer { Data(buffer: $0) }
      do {
        try data.write(to: URL(fileURLWithPath: output), options: .atomic)
      } catch {
        throw ApusError(.invalidRequest, "\(output): cannot be written")
      }
    }

    private static func ids(_ text: String) throws -> [Int32] {
      try text.split(separator: ",").map {
        guard let id = Int32($0.trimmingCharacters(in: .whitespaces)), id >= 0 else {
          throw ValidationError("\($0) is no token id.")
        }
        return id
      }
    }
  }
#endif
