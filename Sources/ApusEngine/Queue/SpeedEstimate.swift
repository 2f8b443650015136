/// How fast a model answers, by what was measured of it, and before that by what the machine could
/// do at best: so a request is refused for its deadline only if it is hopeless.
struct SpeedEstimate: Sendable {
  /// Seconds for each token of a prompt, and for each token of an answer.
  private(set) var prefill: Double
  private(set) var decode: Double
  /// Tokens of a usual answer.
  private(set) var answerLength: Double = 16
  private var prefillCount = 0
  private var decodeCount = 0

  /// Bytes of weights that a fast machine reads in a second, and products that it sums.
  private static let bytesPerSecond = 100e9
  private static let productsPerSecond = 1000e9

  /// - Parameter weightBytes: what one token touches.
  init(weightBytes: Int) {
    decode = Double(weightBytes) / Self.bytesPerSecond
    // A weight takes at least half a byte.
    prefill = 2 * Double(weightBytes) / Self.productsPerSecond
  }

  /// Takes a measurement in; recent ones count more.
  mutating func observe(promptTokens: Int, in seconds: Double) {
    // A few tokens say more about the start of a step than about its speed.
    guard promptTokens >= 16, seconds > 0 else { return }
    let sample = seconds / Double(promptTokens)
    prefill = prefillCount == 0 ? sample : 0.7 * prefill + 0.3 * sample
    prefillCount += 1
  }

  mutating func observe(answerTokens: Int, in seconds: Double) {
    guard answerTokens >= 4, seconds > 0 else { return }
    let sample = seconds / Double(answerTokens)
    decode = decodeCount == 0 ? sample : 0.7 * decode + 0.3 * sample
    answerLength =
      decodeCount == 0
      ? Double(answerTokens) : 0.7 * answerLength + 0.3 * Double(answerTokens)
    decodeCount += 1
  }

  /// Seconds for an answer to so many tokens: to its end, if it is of the usual length.
  func seconds(promptTokens: Int, maxTokens: Int) -> Double {
    prefill * Double(promptTokens) + decode * min(Double(maxTokens), answerLength)
  }
}
