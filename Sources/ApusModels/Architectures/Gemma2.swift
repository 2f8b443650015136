extension Architecture {
  /// Gemma 2: norms before and after, capped scores and logits, a sliding window in every other
  /// layer, scaled embeddings shared with the output.
  static let gemma2 = Architecture("gemma2") {
    $0.activation = .geluTanh
    $0.hasPostNorms = true
    $0.output = .tied
    $0.scalesEmbedding = true
    $0.slidingPattern = 2
    $0.attentionSoftcap = 50
    $0.logitSoftcap = 30
    $0.huggingFace = .gemma
    $0.adjust = { parameters in
      // The 27B model scales by its width per head, which is not its head size; its GGUF files do
      // not say so (https://github.com/google/gemma_pytorch, gemma/config.py).
      if parameters.layerCount == 46 {
        let width = parameters.embeddingLength / parameters.headCount
        parameters.attentionScale = 1 / Float(width).squareRoot()
      }
    }
  }
}
