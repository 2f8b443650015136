import ApusBlocks

/// A matrix [rows, columns] and a bias [rows] that is added to its product.
struct Linear: Sendable {
  var weight: BlockMatrix
  var bias: AlignedBuffer<Float>?
}

/// Weight and bias of a norm: [width] each.
struct NormWeights: Sendable {
  var weight: AlignedBuffer<Float>
  var bias: AlignedBuffer<Float>?
}

/// The weights of one feed-forward network: a dense layer's, or an expert's.
struct FeedForwardWeights: Sendable {
  /// `nil` where the network is not gated.
  var gate: Linear?
  var up: Linear
  var down: Linear
}

struct LayerWeights: Sendable {
  enum FeedForward: Sendable {
    case dense(FeedForwardWeights)
    /// `router` [experts, width] scores the experts for each token.
    case experts(router: Linear, [FeedForwardWeights])
  }

  var attentionNorm: NormWeights
  var query: Linear
  var key: Linear
  var value: Linear
  /// Over one head: [headSize].
  var queryNorm: NormWeights?
  var keyNorm: NormWeights?
  var attentionOutput: Linear
  var postAttentionNorm: NormWeights?
  /// `nil` where attention and feed-forward share a norm.
  var feedForwardNorm: NormWeights?
  var feedForward: FeedForward
  var postFeedForwardNorm: NormWeights?
}

/// Everything that a model has learned.
struct ModelWeights: Sendable {
  /// [vocabulary, width]
  var tokenEmbedding: BlockMatrix
  /// [contextLength, width]
  var positionEmbedding: BlockMatrix?
  var layers: [LayerWeights]
  var outputNorm: NormWeights
  /// [vocabulary, width]
  var output: Linear
  /// [rotaryDimensions / 2]
  var ropeFactors: [Float]?
}

extension ModelWeights {
  /// - Throws: `ModelError` naming the tensor that is missing or misshapen.
  init(
    _ source: TensorSource, architecture: Architecture, parameters: Hyperparameters
  ) throws(ModelError) {
    let binder = WeightBinder(source: source)
    let width = parameters.embeddingLength
    let vocabulary = parameters.vocabularySize

    tokenEmbedding = try binder.matrix(.tokenEmbedding, rows: vocabulary, columns: width)
    if architecture.positions == .learned {
      positionEmbedding = try binder.matrix(
        .positionEmbedding, rows: parameters.contextLength, columns: width)
    }
    outputNorm = try binder.norm(.outputNorm, count: width)
    let own =
      architecture.output == .tied
      ? nil : try binder.optionalMatrix(.output, rows: vocabulary, columns: width)
    output = Linear(
      weight: own ?? tokenEmbedding,
      bias: try binder.vector(.output, "bias", count: vocabulary))
    if let factors = try binder.vector(.ropeFactors, count: parameters.rotaryDimensions / 2) {
      ropeFactors = Array(factors.buffer)
      for factor in factors.buffer where !(factor.isFinite && factor > 0) {
        throw ModelError(
          .badHyperparameter, at: "rope_freqs.weight",
          "\(factor) is not a positive number; \(ModelError.remedy)")
      }
    }
    layers = []
    for layer in 0..<parameters.layerCount {
      layers.append(
        try LayerWeights(binder, layer, architecture: architecture, parameters: parameters))
    }
  }
}

extension LayerWeights {
  fileprivate init(
    _ binder: WeightBinder, _ layer: Int, architecture: Architecture,
    parameters: Hyperparameters
  ) throws(ModelError) {
    let width = parameters.embeddingLength
    let queryLength = parameters.queryLength
    let kvLength = parameters.kvLength

    attentionNorm = try binder.norm(.attentionNorm, layer: layer, count: width)
    let fusedLength = queryLength + 2 * kvLength
    if let fused = try binder.optionalMatrix(
      .queryKeyValue, layer: layer, rows: fusedLength, columns: width)
    {
      let bias = try binder.vector(.queryKeyValue, layer: layer, "bias", count: fusedLength)
      func part(_ rows: Range<Int>) -> Linear {
        Linear(weight: fused.rows(rows), bias: bias?.copy(of: rows))
      }
      query = part(0..<queryLength)
      key = part(queryLength..<queryLength + kvLength)
      value = part(queryLength + kvLength..<fusedLength)
    } else {
      query = try binder.linear(.query, layer: layer, rows: queryLength, columns: width)
      key = try binder.linear(.key, layer: layer, rows: kvLength, columns: width)
      value = try binder.linear(.value, layer: layer, rows: kvLength, columns: width)
    }
    if architecture.hasQueryKeyNorm {
      queryNorm = try binder.norm(.queryNorm, layer: layer, count: parameters.headSize)
      keyNorm = try binder.norm(.keyNorm, layer: layer, count: parameters.headSize)
    }
    attentionOutput = try binder.linear(
      .attentionOutput, layer: layer, rows: width, columns: queryLength)
    if !architecture.isParallel {
      feedForwardNorm = try binder.norm(.feedForwardNorm, layer: layer, count: width)
    }
    if architecture.hasPostNorms {
      postAttentionNorm = try binder.norm(.postAttentionNorm, layer: layer, count: width)
      postFeedForwardNorm = try binder.norm(.postFeedForwardNorm, layer: layer, count: width)
    }
    feedForward = try Self.feedForward(binder, layer, architecture, parameters)
  }

  private static func feedForward(
    _ binder: WeightBinder, _ layer: Int, _ architecture: Architecture,
    _ parameters: Hyperparameters
  ) throws(ModelError) -> FeedForward {
    let width = parameters.embeddingLength
    let inner = parameters.feedForwardLength
    guard parameters.expertCount > 0 else {
      return .dense(
        FeedForwardWeights(
          gate: architecture.isGated
            ? try binder.linear(.gate, layer: layer, rows: inner, columns: width) : nil,
          up: try binder.linear(.up, layer: layer, rows: inner, columns: width),
          down: try binder.linear(.down, layer: layer, rows: width, columns: inner)))
    }
    let count = parameters.expertCount
    let router = try binder.linear(.router, layer: layer, rows: count, columns: width)
    let gates = try binder.experts(
      .expertGate, single: .gate, layer: layer, count: count, rows: inner, columns: width)
    let ups = try binder.experts(
      .expertUp, single: .up, layer: layer, count: count, rows: inner, columns: width)
    let downs = try binder.experts(
      .expertDown, single: .down, layer: layer, count: count, rows: width, columns: inner)
    return .experts(
      router: router,
      (0..<count).map { expert in
        FeedForwardWeights(
          gate: Linear(weight: gates[expert]), up: Linear(weight: ups[expert]),
          down: Linear(weight: downs[expert]))
      })
  }
}
