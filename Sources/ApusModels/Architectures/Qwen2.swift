extension Architecture {
  /// Qwen 2 and 2.5: llama with biases on queries, keys and values.
  static let qwen2 = Architecture("qwen2")
}
