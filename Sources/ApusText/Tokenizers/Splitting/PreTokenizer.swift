/// Patterns one after another: each cuts what the one before left whole. Matches and what lies
/// between them are the words.
struct PreTokenizer: Sendable {
  let patterns: [WordPattern]

  init(_ patterns: [WordPattern]) { self.patterns = patterns }

  /// The words of `bytes[range]`, as ranges of bytes.
  func words(_ bytes: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
    guard !patterns.isEmpty else { return range.isEmpty ? [] : [range] }
    let text = ClassifiedText(bytes, range)
    var pieces = text.count > 0 ? [0..<text.count] : []
    for pattern in patterns {
      var cut: [Range<Int>] = []
      cut.reserveCapacity(pieces.count * 2)
      for piece in pieces {
        var gap = piece.lowerBound
        var place = piece.lowerBound
        while place < piece.upperBound {
          let end = pattern.end(text, place, piece.upperBound)
          if end == place {
            place += 1
            continue
          }
          if gap < place { cut.append(gap..<place) }
          cut.append(place..<end)
          gap = end
          place = end
        }
        if gap < piece.upperBound { cut.append(gap..<piece.upperBound) }
      }
      pieces = cut
    }
    return pieces.map { text.offsets[$0.lowerBound]..<text.offsets[$0.upperBound] }
  }

  /// What GGUF's `tokenizer.ggml.pre` names: the patterns, and whether a word that is one piece is
  /// taken whole and a BOS token belongs in front.
  static func named(
    _ name: String
  ) -> (PreTokenizer, takesWholeWords: Bool, addsBOS: Bool)? {
    switch name {
    case "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2":
      (PreTokenizer([.llama3(digits: 3)]), true, true)
    case "dbrx", "smaug-bpe", "chatglm-bpe", "glm4":
      (PreTokenizer([.llama3(digits: 3)]), false, false)
    case "qwen2", "deepseek-r1-qwen", "stablelm2", "hunyuan", "megrez":
      (PreTokenizer([.llama3(digits: 1)]), false, false)
    case "gpt-2", "phi-2", "mpt", "olmo", "jais", "roberta-bpe", "jina-es", "jina-de", "jina-v2-es",
      "jina-v2-de", "trillion", "granite-docling":
      (PreTokenizer([.gpt2]), false, false)
    case "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b":
      (PreTokenizer([.digit, .gpt2]), false, false)
    case "deepseek-coder":
      (PreTokenizer([.newline, .letters, .punctuation, .eastAsian, .digit]), false, false)
    case "default":
      (PreTokenizer([.punctuationAndSigns, .gpt2, .digits, .threeDigits]), false, false)
    default: nil
    }
  }
}
