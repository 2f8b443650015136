#if Tools
  import ArgumentParser

  /// The command `apus`; one file per subcommand in Commands/.
  struct ApusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "apus",
      abstract:
        "Runs language models on the CPU, and remote ones when the local one cannot answer.",
      discussion: """
        Examples:
          apus "Tell me a story"                       the small model that comes with apus
          apus run model.gguf "Why is the sky blue?"   a GGUF file or a Hugging Face folder
          apus chat model.gguf                         a conversation
          apus serve model.gguf                        an OpenAI-compatible server on port 8080
          apus route "Hi" --explain                    local first, remote tiers when needed
          apus bench model.gguf                        tokens per second, as llama-bench counts them
          apus inspect model.gguf --tensors            what is in the file

        Answers go to stdout, everything else to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage.
        Shell completions: apus --generate-completion-script bash|zsh|fish
        """,
      version: Version.current,
      subcommands: [
        Run.self, ChatCommand.self, Serve.self, Route.self, Doctor.self, Inspect.self,
        Tokenize.self,
        Detokenize.self, Template.self, Logits.self, Bench.self,
      ],
      defaultSubcommand: Run.self)
  }

  enum Version {
    static let current = "0.1.0"
  }
#endif
