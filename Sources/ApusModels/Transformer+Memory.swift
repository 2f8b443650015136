public import ApusBlocks

extension Transformer {
  /// Bytes of weights that one token touches: every matrix except the embedding, of which it reads
  /// a row, and of a mixture of experts the share that it is sent to.
  public var weightByteCountPerToken: Int {
    var total = weights.output.weight.byteCount
    for layer in weights.layers {
      for linear in [layer.query, layer.key, layer.value, layer.attentionOutput] {
        total += linear.weight.byteCount
      }
      switch layer.feedForward {
      case .dense(let network):
        total += network.byteCount
      case .experts(let router, let experts):
        total += router.weight.byteCount
        let all = experts.reduce(0) { $0 + $1.byteCount }
        total += all / parameters.expertCount * parameters.expertUsedCount
      }
    }
    return total
  }

  /// The formats of all matrices that a step multiplies with.
  public var formats: Set<BlockFormat> {
    var formats: Set<BlockFormat> = [weights.output.weight.format]
    for layer in weights.layers {
      for linear in [layer.query, layer.key, layer.value, layer.attentionOutput] {
        formats.insert(linear.weight.format)
      }
      switch layer.feedForward {
      case .dense(let network):
        formats.formUnion(network.formats)
      case .experts(let router, let experts):
        formats.insert(router.weight.format)
        for expert in experts { formats.formUnion(expert.formats) }
      }
    }
    return formats
  }
}

extension BlockMatrix {
  fileprivate var byteCount: Int { rowCount * rowByteCount }
}

extension FeedForwardWeights {
  fileprivate var formats: [BlockFormat] {
    [gate?.weight.format, up.weight.format, down.weight.format].compactMap { $0 }
  }

  fileprivate var byteCount: Int {
    (gate?.weight.byteCount ?? 0) + up.weight.byteCount + down.weight.byteCount
  }
}
