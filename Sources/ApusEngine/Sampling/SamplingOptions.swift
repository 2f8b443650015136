import ApusCore

/// `GenerationOptions` with every default filled in and every value checked.
struct SamplingOptions: Sendable, Hashable {
  var temperature: Float
  var topK: Int
  var topP: Float
  var minP: Float
  var repeatPenalty: Float
  var presencePenalty: Float
  var frequencyPenalty: Float
  var seed: UInt64

  /// - Throws: `ApusError.Code.invalidRequest` naming the option that is out of range.
  init(_ options: GenerationOptions) throws(ApusError) {
    func check(
      _ name: String, _ value: Float?, default initial: Float, in range: ClosedRange<Float>
    ) throws(ApusError) -> Float {
      guard let value else { return initial }
      // Not a number is in no range.
      guard range.contains(value) else {
        throw ApusError(
          .invalidRequest,
          "\(name) is \(value); expected \(range.lowerBound) to \(range.upperBound)")
      }
      return value
    }
    temperature = try check(
      "temperature", options.temperature, default: GenerationOptions.defaultTemperature,
      in: 0...100)
    topP = try check("top_p", options.topP, default: 0.95, in: 0...1)
    minP = try check("min_p", options.minP, default: 0.05, in: 0...1)
    repeatPenalty = try check("repeat_penalty", options.repeatPenalty, default: 1, in: 0.01...100)
    presencePenalty = try check(
      "presence_penalty", options.presencePenalty, default: 0, in: -100...100)
    frequencyPenalty = try check(
      "frequency_penalty", options.frequencyPenalty, default: 0, in: -100...100)
    topK = options.topK ?? 40
    guard topK >= 0 else {
      throw ApusError(.invalidRequest, "top_k is \(topK); expected 0 (all) or more")
    }
    seed = options.seed ?? UInt64.random(in: .min ... .max)
  }
}
