#if Tools
  import ApusCore

  /// The turns of `apus chat`.
  struct Conversation {
    private let model: any LanguageModel
    private let options: GenerationOptions
    private var system: String?
    private var turns: [Message] = []

    init(model: any LanguageModel, options: GenerationOptions, system: String?) {
      self.model = model
      self.options = options
      self.system = system
    }

    mutating func ask(_ text: String) -> EventStream {
      turns.append(.user(text))
      let messages = (system.map { [.system($0)] } ?? []) + turns
      return model.stream(Request(.messages(messages), options: options))
    }

    /// Records what was answered. A question that got no answer at all is taken back.
    mutating func answered(_ text: String) {
      if text.isEmpty { turns.removeLast() } else { turns.append(.assistant(text)) }
    }

    mutating func reset() { turns = [] }

    mutating func reset(system: String?) {
      self.system = system
      turns = []
    }

    /// Takes the last question and its answer out of the conversation.
    mutating func takeLastQuestion() -> String? {
      guard let index = turns.lastIndex(where: { $0.role == .user }) else { return nil }
      defer { turns.removeSubrange(index...) }
      return turns[index].content
    }
  }
#endif
