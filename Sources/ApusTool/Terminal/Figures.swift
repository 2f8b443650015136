#if Tools
  import ApusCore
  import Foundation

  /// The two speeds of an answer, for stderr.
  enum Figures {
    static func line(_ usage: Usage) -> String {
      "prompt: \(speed(usage.promptTokens, usage.prefillTime)); "
        + "answer: \(speed(usage.completionTokens, usage.decodeTime))"
    }

    private static func speed(_ tokens: Int, _ time: Duration?) -> String {
      let count = "\(tokens) token\(tokens == 1 ? "" : "s")"
      guard let time, tokens > 0 else { return count }
      let seconds = Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
      guard seconds > 0 else { return count }
      return count + String(format: ", %.1f tokens/s", Double(tokens) / seconds)
    }
  }
#endif
