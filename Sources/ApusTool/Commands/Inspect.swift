#if Tools
  import Apus
  import ApusFiles
  import ApusJSON
  import ArgumentParser

  struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show what is in a model file.",
      discussion: """
        Examples:
          apus inspect model.gguf
          apus inspect model.gguf --tensors
          apus inspect folder --json | jq .metadata
        """)

    @Argument(help: "A GGUF file or a Hugging Face folder.")
    var model: String?

    @Flag(help: "List the tensors too.")
    var tensors = false

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
      let summary = try ModelSummary(path: ModelReference.path(model), withTensors: tensors)
      try Output.write(json ? summary.json.serialized(pretty: true) + "\n" : summary.text)
    }
  }
#endif
