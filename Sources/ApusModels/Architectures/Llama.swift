extension Architecture {
  /// Llama 1 to 3, and what shares their form: TinyLlama, CodeLlama, DeepSeek-Coder, Mistral,
  /// Mixtral (a router over experts in place of the feed-forward layer), SmolLM 1 and 2.
  static let llama = Architecture("llama", modelTypes: ["llama", "mistral", "mixtral"]) {
    $0.positions = .rotary(gguf: .interleaved, huggingFace: .halves)
  }
}
