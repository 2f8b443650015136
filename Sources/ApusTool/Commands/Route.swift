#if Tools
  import Apus
  import ApusCore
  import ApusJSON
  import ApusRouter
  import ArgumentParser

  struct Route: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Answer a prompt with the first tier that can.",
      discussion: """
        The tiers come from the environment and from .env: see apus doctor.

        Examples:
          TIER1_TYPE=local TIER1_MODEL=model.gguf GROQ_API_KEY=… TIER3_TYPE=groq apus route "Hi"
          apus route "Hi" --explain
          apus route "Hi" --json | jq .tier
        """)

    @Argument(help: "The prompt.")
    var words: [String]

    @Flag(help: "Say on stderr which tier is tried, and how that ends.")
    var explain = false

    @Flag(help: "Print the answer, its tier and the attempts as JSON.")
    var json = false

    @Option(help: "The system message.")
    var system: String?

    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Loading") var loading: LoadingArguments

    func run() async throws {
      let explain = explain
      let router = try Router.fromEnvironment(loading: loading.options) { line in
        if explain { Output.log(line) }
      }
      let messages =
        (system.map { [Message.system($0)] } ?? []) + [
          .user(words.joined(separator: " "))
        ]
      let routed = router.route(Request(.messages(messages), options: sampling.options))
      var text = ""
      for try await event in routed.events {
        guard case .text(let part) = event else { continue }
        if json { text += part } else { try Output.write(part) }
      }
      if json {
        try Output.write(routed.trace.json(text: text).serialized(pretty: true) + "\n")
      } else if Output.stdoutIsTerminal {
        try Output.write("\n")
      }
    }
  }
#endif
