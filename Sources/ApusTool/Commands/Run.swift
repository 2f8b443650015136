#if Tools
  import Apus
  import ApusCore
  import ArgumentParser
  import Foundation

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Answer a prompt.",
      discussion: """
        A first argument that is a path is the model; everything else is the prompt. Without a model \
        the small one that ships with apus answers. Without a prompt it is read from -f or stdin.

        Examples:
          apus run "Tell me a story"
          apus run model.gguf "Write a haiku about rain" -n 64 --temp 0
          apus run -m model.gguf --raw "Once upon a time"
          git diff | apus run -m model.gguf --system "Review this change"
        """)

    @Option(name: [.customShort("m"), .long], help: "A GGUF file or a Hugging Face folder.")
    var model: String?

    @Argument(help: "[MODEL] PROMPT…")
    var words: [String] = []

    @Option(name: [.customShort("f"), .long], help: "Read the prompt from this file.")
    var file: String?

    @Option(help: "The system message.")
    var system: String?

    @Flag(help: "Continue the prompt as it stands, without a chat template.")
    var raw = false

    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Loading") var loading: LoadingArguments

    func run() async throws {
      var words = words
      var model = model
      if model == nil, let first = words.first, ModelReference.looksLikeModel(first) {
        model = first
        words.removeFirst()
      }
      let prompt = try prompt(words)

      let status = StatusLine()
      defer { status.clear() }
      let interrupts = status.endOnInterrupt()
      defer { interrupts?.stop() }
      status.show("loading…")
      let local = try await LocalModel(ModelReference.path(model), options: loading.options)
      let request = Request(conversation(prompt), options: sampling.options)
      var last: Event?
      for try await event in local.stream(request) {
        switch event {
        case .prefill(let done, let total):
          status.show("reading the prompt: \(done) of \(total) tokens")
        case .text(let text):
          status.clear()
          try Output.write(text)
        case .reasoning, .toolCall, .finished:
          status.clear()
        }
        last = event
      }
      if Output.stdoutIsTerminal { try Output.write("\n") }
      if case .finished(_, let usage)? = last { Output.log(Figures.line(usage)) }
    }

    private func prompt(_ words: [String]) throws -> String {
      if let file {
        guard words.isEmpty else { throw ValidationError("Give a prompt or -f, not both.") }
        return try TextFile.read(file)
      }
      if !words.isEmpty { return words.joined(separator: " ") }
      if Output.stdinIsTerminal {
        throw CleanExit.helpRequest(ApusCommand.self)
      }
      let data = FileHandle.standardInput.readDataToEndOfFile()
      let text = String(decoding: data, as: UTF8.self)
      guard !text.isEmpty else {
        throw ValidationError("Give a prompt, as arguments, with -f, or on stdin.")
      }
      return text
    }

    private func conversation(_ prompt: String) -> Request.Prompt {
      if raw { return .text(prompt) }
      return .messages((system.map { [.system($0)] } ?? []) + [.user(prompt)])
    }
  }
#endif
