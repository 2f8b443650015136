public import ApusFiles

extension Hyperparameters {
  /// What a GGUF file says about a model of the given family.
  /// - Throws: `ModelError` naming the key that is missing, mistyped or out of range.
  public init(_ gguf: GGUF, architecture: Architecture) throws(ModelError) {
    let source = MetadataSource(metadata: gguf.metadata, architecture: architecture.name)
    try self.init(source, architecture: architecture)
    try readRoPEScaling(source)

    // The vocabulary is as large as its embedding; whatever else tells its size must agree.
    if let tokens = source.tokenCount, tokens != vocabularySize {
      throw ModelError(
        .badHyperparameter, at: MetadataSource.tokensKey,
        offset: gguf.metadata.offset(of: MetadataSource.tokensKey),
        "\(tokens) tokens, but \(source.spelled("vocab_size")) is \(vocabularySize); "
          + ModelError.remedy)
    }
  }

  private init(_ source: MetadataSource, architecture: Architecture) throws(ModelError) {
    let layerCount = try source.required("block_count", in: Limits.layers)
    let embeddingLength = try source.required("embedding_length", in: Limits.width)
    let headCount = try source.required("attention.head_count", in: Limits.heads)
    let headSize =
      try source.integer("attention.key_length", in: Limits.headSize)
      ?? embeddingLength / headCount
    if let valueSize = try source.integer("attention.value_length", in: Limits.headSize),
      valueSize != headSize
    {
      throw source.error(
        .unsupported, "attention.value_length",
        "values of \(valueSize) elements beside keys of \(headSize) are not supported")
    }
    let epsilonKey =
      architecture.norm == .rms
      ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon"
    guard let epsilon = try source.number(epsilonKey, in: Limits.epsilon) else {
      throw .missing(key: source.spelled(epsilonKey))
    }
    guard
      let vocabulary = try source.integer("vocab_size", in: Limits.vocabulary)
        ?? source.tokenCount,
      Limits.vocabulary.contains(vocabulary)
    else { throw .missing(key: source.spelled("vocab_size")) }

    self.init(
      vocabularySize: vocabulary,
      contextLength: try source.required("context_length", in: Limits.context),
      embeddingLength: embeddingLength, layerCount: layerCount,
      feedForwardLength: try source.required("feed_forward_length", in: Limits.feedForward),
      headCount: headCount,
      kvHeadCount: try source.integer("attention.head_count_kv", in: Limits.heads) ?? headCount,
      headSize: headSize,
      attentionScale: 1 / Float(max(headSize, 1)).squareRoot(),
      normEpsilon: epsilon,
      rotaryDimensions: try source.integer("rope.dimension_count", in: Limits.headSize)
        ?? headSize,
      ropeTheta: try source.number("rope.freq_base", in: Limits.theta) ?? 10_000,
      activation: architecture.activation)

    expertCount = try source.integer("expert_count", in: Limits.experts) ?? 0
    expertUsedCount = try source.integer("expert_used_count", in: Limits.experts) ?? 0
    if let pattern = architecture.slidingPattern {
      slidingWindow =
        try source.integer("attention.sliding_window", in: 1...Limits.context.upperBound) ?? 4096
      // Either an interval, or a flag for each layer.
      switch try source.integers("attention.sliding_window_pattern") {
      case let flags? where flags.count == layerCount && flags.count > 1:
        slidingLayers = flags.map { $0 != 0 }
      case let interval? where interval.count == 1 && interval[0] > 0:
        slidingLayers = (0..<layerCount).map { $0 % interval[0] < interval[0] - 1 }
      default:
        slidingLayers = (0..<layerCount).map { $0 % pattern < pattern - 1 }
      }
    }
    attentionSoftcap =
      try source.number("attn_logit_softcapping", in: Limits.softcap)
      ?? architecture.attentionSoftcap
    logitSoftcap =
      try source.number("final_logit_softcapping", in: Limits.softcap)
      ?? architecture.logitSoftcap
    architecture.adjust?(&self)
    if let scale = try source.number("attention.scale", in: 0...1e6), scale != 0 {
      attentionScale = scale
    }
    try finish(architecture, source)
  }

  private mutating func readRoPEScaling(_ source: MetadataSource) throws(ModelError) {
    let key = "rope.scaling.type"
    let range = 0...Limits.factor.upperBound
    var factor = try source.number("rope.scaling.factor", in: range) ?? 0
    if factor == 0 { factor = try source.number("rope.scale_linear", in: range) ?? 0 }
    ropeMagnitude =
      try source.number("rope.scaling.attn_factor", in: Limits.factor) ?? 1
    switch try source.string(key) ?? "linear" {
    case "none": break
    case "linear":
      // 0 means that nobody said: files exist that write it.
      if factor != 0 && factor != 1 { ropeScaling = .linear(factor: factor) }
    case "yarn":
      let betaFast = try source.number("rope.scaling.yarn_beta_fast", in: Limits.factor) ?? 32
      let betaSlow = try source.number("rope.scaling.yarn_beta_slow", in: Limits.factor) ?? 1
      let original = try source.integer(
        "rope.scaling.original_context_length", in: Limits.context)
      guard factor > 0 else { throw .missing(key: source.spelled("rope.scaling.factor")) }
      ropeScaling = .yarn(
        factor: factor, originalContext: original ?? contextLength, betaFast: betaFast,
        betaSlow: betaSlow)
      ropeMagnitude *= RoPEScaling.yarnMagnitude(factor: factor)
    case let type:
      throw source.error(
        .unsupported, key,
        "RoPE scaling \"\(type.prefix(32))\" is not supported; known are none, linear, yarn")
    }
  }
}

extension MetadataSource {
  static let tokensKey = "tokenizer.ggml.tokens"

  /// Entries of the vocabulary, where there is one.
  var tokenCount: Int? { metadata[Self.tokensKey]?.array?.count }
}
