#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How rotary frequencies are stretched for contexts longer than those of training.
public enum RoPEScaling: Sendable, Hashable {
  case none
  /// Positions are divided by `factor`.
  case linear(factor: Float)
  /// Llama 3.1: low frequencies are divided by `factor`, high ones kept, those between blended.
  case llama3(factor: Float, lowFrequency: Float, highFrequency: Float, originalContext: Int)
  /// YaRN (arXiv:2309.00071): frequencies that turn less than `betaSlow` times within the original
  /// context are interpolated, those that turn more than `betaFast` times kept, with a ramp
  /// between.
  case yarn(factor: Float, originalContext: Int, betaFast: Float, betaSlow: Float)

  /// How YaRN lengthens queries and keys where the model does not say.
  static func yarnMagnitude(factor: Float) -> Float {
    factor > 1 ? 1 + 0.1 * log(factor) : 1
  }
}
