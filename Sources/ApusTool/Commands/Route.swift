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
        The tiers come from flags, the environment, .env and --config: see apus doctor.

        Examples:
          TIER1_TYPE=local TIER1_MODEL=model.gguf GROQ_API_KEY=… TIER3_TYPE=groq apus route "Hi"
          apus route "Hi" --config apus.json --policy cost --explain
          apus route "Hi" --model gpt-4 --fallback mistral
          apus route "Hi" --json | jq .tier
        """)

    @Argument(help: "The prompt.")
    var words: [String]

    @Flag(help: "Say on stderr why tiers are chosen or passed over, and how each fares.")
    var explain = false

    @Flag(help: "Print the answer, its tier and the attempts as JSON.")
    var json = false

    @Option(help: "The system message.")
    var system: String?

    @Option(help: ArgumentHelp("The model, tier or alias that is asked first.", valueName: "name"))
    var model: String?

    @Option(
      help: ArgumentHelp(
        "Who is asked if that cannot answer, and nobody else; several times for several.",
        valueName: "name"))
    var fallback: [String] = []

    @Flag(help: "Ask local tiers alone: the prompt stays on this machine.")
    var `private` = false

    @OptionGroup(title: "Router") var router: RouterArguments
    @OptionGroup(title: "Sampling") var sampling: SamplingArguments
    @OptionGroup(title: "Loading") var loading: LoadingArguments

    func run() async throws {
      let explain = explain
      var routing = RouterOptions()
      routing.isExplaining = explain
      let router = try ReloadingRouter(
        router.source, options: routing, loading: loading.options
      ) { entry in
        if explain { Output.log(entry.message) }
      }.router
      let messages =
        (system.map { [Message.system($0)] } ?? []) + [
          .user(words.joined(separator: " "))
        ]
      var request = Request(.messages(messages), options: sampling.options)
      request.route.model = model
      request.route.fallbacks = fallback
      let routed = `private` ? router.route(PrivateRequest(request)) : router.route(request)
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
