public import ApusBlocks

extension Transformer {
  /// Bytes of weights that one token touches: every matrix except the embedding, of which it reads
  /// a row, and of a mixture of experts the share that it is sent to.
  public var weightByteCountPerToken: Int {
    let (shared, experts) = matrices
    let all = experts.reduce(0) { $0 + $1.byteCount }
    return shared.reduce(0) { $0 + $1.byteCount }
      + all / max(1, parameters.expertCount) * parameters.expertUsedCount
  }

  /// The formats of all matrices that a step multiplies with.
  public var formats: Set<BlockFormat> {
    let (shared, experts) = matrices
    return Set((shared + experts).map(\.format))
  }

  /// All matrices that a step multiplies with: those that every token meets, and those of experts.
  private var matrices: (shared: [BlockMatrix], experts: [BlockMatrix]) {
    var shared = [weights.output.weight]
    var all: [BlockMatrix] = []
    for layer in weights.layers {
      shared += [layer.query, layer.key, layer.value, layer.attentionOutput].map(\.weight)
      switch layer.feedForward {
      case .dense(let network):
        shared += network.matrices
      case .experts(let router, let experts):
        shared.append(router.weight)
        all += experts.flatMap(\.matrices)
      }
    }
    return (shared, all)
  }
}

extension BlockMatrix {
  fileprivate var byteCount: Int { rowCount * rowByteCount }
}

extension FeedForwardWeights {
  fileprivate var matrices: [BlockMatrix] {
    [gate?.weight, up.weight, down.weight].compactMap { $0 }
  }
}
