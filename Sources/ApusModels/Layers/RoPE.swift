#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The frequencies of rotary position embedding (arXiv:2104.09864): at position p, pair i is rotated
/// by p · frequency[i].
enum RoPE {
  /// Radians per position, one for each pair: [rotaryDimensions / 2].
  /// - Parameter factors: what a `rope_freqs` tensor divides each frequency by.
  static func frequencies(_ parameters: Hyperparameters, factors: [Float]?) -> [Float] {
    let dimensions = Double(parameters.rotaryDimensions)
    let theta = Double(parameters.ropeTheta)
    return (0..<parameters.rotaryDimensions / 2).map { pair in
      var frequency = pow(theta, -2 * Double(pair) / dimensions)
      if let factors { frequency /= Double(factors[pair]) }
      return Float(scaled(frequency, pair: pair, parameters))
    }
  }

  private static func scaled(
    _ frequency: Double, pair: Int, _ parameters: Hyperparameters
  ) -> Double {
    switch parameters.ropeScaling {
    case .none:
      return frequency
    case .linear(let factor):
      return frequency / Double(factor)
    case .llama3(let factor, let low, let high, let originalContext):
      // How often the pair turns within the original context decides.
      let turns = Double(originalContext) * frequency / (2 * .pi)
      if turns > Double(high) { return frequency }
      if turns < Double(low) { return frequency / Double(factor) }
      let blend = (turns - Double(low)) / (Double(high) - Double(low))
      return frequency * (blend + (1 - blend) / Double(factor))
    case .yarn(let factor, let originalContext, let betaFast, let betaSlow):
      let dimensions = Double(parameters.rotaryDimensions)
      /// The pair that turns `turns` times within the original context.
      func pairTurning(_ turns: Float) -> Double {
        dimensions * log(Double(originalContext) / (Double(turns) * 2 * .pi))
          / (2 * log(Double(parameters.ropeTheta)))
      }
      let first = max(pairTurning(betaFast).rounded(.down), 0)
      let last = min(pairTurning(betaSlow).rounded(.up), dimensions - 1)
      let ramp = min(max((Double(pair) - first) / max(last - first, 0.001), 0), 1)
      // 0: kept as trained; 1: interpolated.
      return frequency * (1 - ramp) + frequency / Double(factor) * ramp
    }
  }
}
