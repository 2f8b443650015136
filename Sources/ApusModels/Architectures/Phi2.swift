extension Architecture {
  /// Phi 1.5 and 2: one norm per layer, attention and feed-forward side by side, partial rotation.
  static let phi2 = Architecture("phi2", modelTypes: ["phi"]) {
    $0.norm = .layer
    $0.isGated = false
    $0.activation = .geluTanh
    $0.isParallel = true
    $0.huggingFace = .phi
  }
}
