extension Architecture {
  /// SmolLM3: llama, with every fourth layer left without positions (NoPE).
  static let smollm3 = Architecture("smollm3") {
    $0.positions = .rotary(gguf: .interleaved, huggingFace: .halves)
    $0.unrotatedInterval = 4
  }
}
