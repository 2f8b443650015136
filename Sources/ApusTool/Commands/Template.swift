#if Tools
  import Apus
  import ApusCore
  import ApusFiles
  import ApusJSON
  import ApusText
  import ArgumentParser

  struct Template: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Render a chat template.",
      discussion: """
        FILE.json holds one object: messages, optional tools, add_generation_prompt (true when \
        absent), bos_token and the like, now (the time that strftime_now sees), and any further \
        variable of the template.

        Examples:
          apus template model.gguf --conversation conversation.json
          apus template chatml.jinja --conversation conversation.json
        """)

    @Argument(help: "A model, or a file FILE.jinja.")
    var source: String

    @Option(help: "The conversation.")
    var conversation: String

    func run() throws {
      let json: JSON
      do {
        json = try JSON(parsing: TextFile.read(conversation))
      } catch let error as JSONError {
        throw ApusError(.invalidRequest, "\(conversation): \(error)")
      }
      guard case .object(var context) = json else {
        throw ApusError(.invalidRequest, "\(conversation): must hold one JSON object")
      }
      guard context["messages"]?.array != nil else {
        throw ApusError(.invalidRequest, "\(conversation): messages must be an array")
      }
      if context["add_generation_prompt"] == nil { context["add_generation_prompt"] = true }
      try Output.write(try template(&context).render(context))
    }

    private func template(_ context: inout JSONObject) throws -> ChatTemplate {
      if source.hasSuffix(".jinja") { return try ChatTemplate(TextFile.read(source)) }
      let tokenizer = try Tokenizer(path: ModelReference.path(source))
      guard let text = tokenizer.chatTemplate else {
        throw ApusError(.unsupportedModel, "\(source): the model has no chat template")
      }
      for (name, id) in [("bos_token", tokenizer.bosID), ("eos_token", tokenizer.eosID)] {
        if context[name] == nil, let id { context[name] = .string(tokenizer.piece(id)) }
      }
      return try ChatTemplate(text)
    }
  }
#endif
