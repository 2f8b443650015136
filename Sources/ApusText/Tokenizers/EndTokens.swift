/// Tokens that end an answer: those that the file names, and those with the names that well-known
/// models give them (llama.cpp's list, so that both stop at the same place).
struct EndTokens {
  /// Tokens around the files of a prompt. A model that writes one has left its answer. The raw
  /// values are the names in GGUF's keys.
  enum Role: String, CaseIterable {
    case padding = "fim_pad"
    case repository = "fim_rep"
    case separator = "fim_sep"

    /// Of several the first that the vocabulary has.
    var names: [String] {
      switch self {
      case .padding: ["<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"]
      case .repository:
        ["<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"]
      case .separator: ["<|file_sep|>"]
      }
    }
  }

  private static let names = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>",
    "<end_of_turn>", "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "<|EOT|>", "[EOT]",
    "[EOS]", "<|end_of_text|>", "<end_of_utterance>", "<eos>", "<turn|>", "<|tool_response>",
    "<｜end▁of▁sentence｜>", "[e~[", "<|END_OF_TURN_TOKEN|>", "<|end_of_turn|>",
  ]

  private(set) var ids: Set<Int32>
  /// Those found by name; some files forget to say that they are no text.
  private var control: Set<Int32> = []
  /// Found by name, and text all the same in this vocabulary.
  private var text: [Int32: Vocabulary.Kind] = [:]

  /// - Parameters:
  ///   - named: what the file says itself.
  ///   - roles: the same for the tokens around files.
  init(_ vocabulary: Vocabulary, named: [Int32?], roles: [Role: Int32] = [:]) {
    ids = Set(named.compactMap(\.self))
    let found = vocabulary.ids(
      spelt: Self.names + Role.allCases.flatMap(\.names) + ["<|plamo:eos|>"])
    for name in Self.names {
      if let id = found[name] { control.insert(id) }
    }
    for role in Role.allCases {
      if let id = roles[role] {
        ids.insert(id)
      } else if let id = role.names.lazy.compactMap({ found[$0] }).first {
        control.insert(id)
      }
    }
    ids.formUnion(control)
    func ends(_ name: String) -> Bool { found[name].map { ids.contains($0) } ?? false }
    // Where messages have an end and turns another (gpt-oss, Solar), <|end|> is that of a message.
    let endsTurns =
      ends("<|return|>") && (ends("<|call|>") || ends("<|calls|>"))
      || ends("<|flush|>") && (ends("<|call|>") || ends("<|calls|>"))
    if endsTurns, let id = found["<|end|>"] { text[id] = .userDefined }
    // Gemma 4 and PLaMo have an </s> that is a word like others.
    if ends("<|tool_response>") || ends("<|plamo:eos|>"), let id = found["</s>"] {
      text[id] = .normal
    }
    ids.subtract(text.keys)
    control.subtract(text.keys)
  }

  /// Gives the tokens the kinds that they have by their names.
  func mark(in vocabulary: inout Vocabulary) {
    for id in control { vocabulary.setKind(.control, of: id) }
    for (id, kind) in text { vocabulary.setKind(kind, of: id) }
  }
}
