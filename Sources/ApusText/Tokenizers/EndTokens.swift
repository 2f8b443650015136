/// Tokens that end an answer, by the names that well-known models give them.
enum EndTokens {
  static let names = [
    "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<end_of_turn>",
    "<|endoftext|>", "<|end_of_text|>", "<|eom_id|>", "<EOT>", "_<EOT>", "<|EOT|>", "[EOT]",
    "[EOS]",
    "<end_of_utterance>", "<｜end▁of▁sentence｜>", "<|END_OF_TURN_TOKEN|>", "<|end_of_turn|>",
  ]

  /// Those of the names that are tokens of their own, and the ones that the file names.
  static func ids(in vocabulary: Vocabulary, named: [Int32?]) -> Set<Int32> {
    var ids = Set(named.compactMap { $0 })
    for name in names {
      guard let id = vocabulary.id(spelt: name) else { continue }
      // A word of the vocabulary that happens to read so is no end.
      switch vocabulary.kind(id) {
      case .control, .userDefined, .unknown: ids.insert(id)
      default: break
      }
    }
    return ids
  }
}
