/// Patterns one after another: each cuts what the one before left whole. Matches and what lies
/// between them are the words.
struct PreTokenizer: Sendable {
  let patterns: [WordPattern]

  init(_ patterns: [WordPattern]) { self.patterns = patterns }

  /// Calls `body` with where each word of `bytes[range]` begins and ends.
  @inline(__always)
  func forEachWord(_ bytes: [UInt8], _ range: Range<Int>, _ body: (Int, Int) -> Void) {
    guard let first = patterns.first else {
      if !range.isEmpty { body(range.lowerBound, range.upperBound) }
      return
    }
    let text = ClassifiedText(bytes)
    Self.cut(text, range.lowerBound, range.upperBound, first) { start, end in
      if patterns.count == 1 { body(start, end) } else { cut(text, start, end, 1, body) }
    }
  }

  private func cut(
    _ text: ClassifiedText, _ start: Int, _ end: Int, _ level: Int,
    _ body: (Int, Int) -> Void
  ) {
    Self.cut(text, start, end, patterns[level]) { start, end in
      if level + 1 < patterns.count {
        cut(text, start, end, level + 1, body)
      } else {
        body(start, end)
      }
    }
  }

  @inline(__always)
  private static func cut(
    _ text: ClassifiedText, _ start: Int, _ end: Int, _ pattern: WordPattern,
    _ body: (Int, Int) -> Void
  ) {
    var gap = start
    var place = start
    while place < end {
      let stop = pattern.end(text, place, end)
      if stop == place {
        place += text.character(place, end).width
        continue
      }
      if gap < place { body(gap, place) }
      body(place, stop)
      gap = stop
      place = stop
    }
    if gap < end { body(gap, end) }
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
