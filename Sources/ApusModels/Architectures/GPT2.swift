extension Architecture {
  /// GPT-2: learned positions, layer norms with biases, a plain feed-forward layer.
  static let gpt2 = Architecture("gpt2") {
    $0.norm = .layer
    $0.positions = .learned
    $0.isGated = false
    $0.activation = .geluTanh
    $0.huggingFace = .gpt2
  }
}
