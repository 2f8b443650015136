extension Hyperparameters {
  /// What holds for every family, whatever the container: derived values, then relations between
  /// values that were each in range.
  mutating func finish(
    _ architecture: Architecture, _ source: some HyperparameterSource
  ) throws(ModelError) {
    if architecture.scalesEmbedding { embeddingScale = Float(embeddingLength).squareRoot() }
    if let interval = architecture.unrotatedInterval, unrotatedLayers.isEmpty {
      unrotatedLayers = (0..<layerCount).map { ($0 + 1) % interval == 0 }
    }

    func check(_ holds: Bool, _ key: String, _ message: String) throws(ModelError) {
      if !holds {
        throw ModelError(.badHyperparameter, at: key, "\(message); \(ModelError.remedy)")
      }
    }
    try check(
      headSize > 0, "head size",
      "\(embeddingLength) elements cannot be split over \(headCount) heads")
    try check(
      kvHeadCount <= headCount && headCount % kvHeadCount == 0, "key/value heads",
      "\(kvHeadCount) does not divide the \(headCount) query heads")
    try check(
      headCount * headSize <= Limits.width.upperBound, "head count",
      "\(headCount) heads of \(headSize) elements are too many")
    try check(
      rotaryDimensions <= headSize && rotaryDimensions % 2 == 0, "rotary dimensions",
      "\(rotaryDimensions) must be even and at most the head size, \(headSize)")
    if !architecture.isGated && activation == .silu {
      throw source.error(.unsupported, "activation", "SiLU without a gate is not supported")
    }
    if expertCount > 0 {
      try check(
        (1...expertCount).contains(expertUsedCount), "experts used",
        "\(expertUsedCount) of \(expertCount) experts")
    }
  }
}
