extension Architecture {
  /// Qwen 3: a head size of its own, and queries and keys normed head by head.
  static let qwen3 = Architecture("qwen3") {
    $0.hasQueryKeyNorm = true
  }
}
