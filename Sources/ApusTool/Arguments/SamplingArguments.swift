#if Tools
  import Apus
  import ArgumentParser

  /// How an answer is sampled and when it ends.
  struct SamplingArguments: ParsableArguments {
    @Option(name: [.customShort("n"), .long], help: "At most this many new tokens (default 2048).")
    var maxTokens: Int?

    @Option(help: "0 is greedy (default 0.7).")
    var temp: Float?

    @Option(help: "Keep the K most probable tokens; 0 keeps all (default 40).")
    var topK: Int?

    @Option(help: "Keep the smallest set of tokens whose probability reaches P (default 0.95).")
    var topP: Float?

    @Option(help: "Keep tokens at least P times as probable as the best (default 0.05).")
    var minP: Float?

    @Option(help: "Penalty for tokens that occurred lately; 1 is none (default 1).")
    var repeatPenalty: Float?

    @Option(help: "Subtracted from the logit of a token that has occurred (default 0).")
    var presencePenalty: Float?

    @Option(help: "Subtracted from a token's logit for each occurrence (default 0).")
    var frequencyPenalty: Float?

    @Option(
      help: ArgumentHelp("End the answer before this text; may be repeated.", valueName: "text"))
    var stop: [String] = []

    @Option(help: "Same seed, same text.")
    var seed: UInt64?

    func validate() throws {
      func check(_ value: Float?, _ name: String, _ range: ClosedRange<Float>) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError("--\(name) must be from \(range.lowerBound) to \(range.upperBound).")
      }
      try check(temp, "temp", 0...100)
      try check(topP, "top-p", 0...1)
      try check(minP, "min-p", 0...1)
      try check(repeatPenalty, "repeat-penalty", 0.01...10)
      if let topK, topK < 0 { throw ValidationError("--top-k must not be negative.") }
      if let maxTokens, maxTokens < 1 { throw ValidationError("-n must be at least 1.") }
    }

    var options: GenerationOptions {
      GenerationOptions(
        temperature: temp, topK: topK, topP: topP, minP: minP, repeatPenalty: repeatPenalty,
        presencePenalty: presencePenalty, frequencyPenalty: frequencyPenalty, maxTokens: maxTokens,
        stop: stop.filter { !$0.isEmpty }, seed: seed)
    }
  }
#endif
