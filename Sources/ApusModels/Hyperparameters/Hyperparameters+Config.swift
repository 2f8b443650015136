public import ApusJSON

extension Hyperparameters {
  /// What the config.json of a Hugging Face folder says about a model of the given family.
  /// - Throws: `ModelError` naming the member that is missing, mistyped or out of range.
  public init(config: JSON, architecture: Architecture) throws(ModelError) {
    let source = ConfigSource(config: config)
    let layout = architecture.huggingFace
    let layerCount = try source.required(
      layout.key("num_hidden_layers"), "num_hidden_layers", in: Limits.layers)
    let embeddingLength = try source.required(
      layout.key("hidden_size"), "hidden_size", in: Limits.width)
    let headCount = try source.required(
      layout.key("num_attention_heads"), "num_attention_heads", in: Limits.heads)
    let headSize =
      try source.integer("head_dim", in: Limits.headSize) ?? embeddingLength / headCount
    let epsilonKey = layout.key("rms_norm_eps")
    guard let epsilon = try source.number(epsilonKey, in: Limits.epsilon) else {
      throw .missing(key: source.spelled(epsilonKey))
    }
    // GPT-2 leaves out the usual 4 × width.
    let feedForward = try source.integer(
      layout.key("intermediate_size"), in: Limits.feedForward)
    let rope = try source.inner("rope_parameters", "rope_scaling")
    var partial = try source.number("partial_rotary_factor", in: 0...1)
    var theta = try source.number("rope_theta", in: Limits.theta)
    if let rope {
      if partial == nil { partial = try rope.number("partial_rotary_factor", in: 0...1) }
      if theta == nil { theta = try rope.number("rope_theta", in: Limits.theta) }
    }

    self.init(
      vocabularySize: try source.required("vocab_size", in: Limits.vocabulary),
      contextLength: try source.required(
        layout.key("max_position_embeddings"), "max_position_embeddings", in: Limits.context),
      embeddingLength: embeddingLength, layerCount: layerCount,
      feedForwardLength: feedForward ?? 4 * embeddingLength,
      headCount: headCount,
      kvHeadCount: try source.integer("num_key_value_heads", in: Limits.heads) ?? headCount,
      headSize: headSize,
      attentionScale: 1 / Float(max(headSize, 1)).squareRoot(),
      normEpsilon: epsilon,
      rotaryDimensions: partial.map { Int(Float(headSize) * $0) } ?? headSize,
      ropeTheta: theta ?? 10_000,
      activation: architecture.activation)

    // Where both stand, Gemma means the second.
    for key in [layout.key("hidden_act"), "hidden_activation"] {
      guard let name = try source.string(key) else { continue }
      activation = try Activation(configName: name, at: source.spelled(key))
    }
    expertCount = try source.integer("num_local_experts", in: Limits.experts) ?? 0
    expertUsedCount = try source.integer("num_experts_per_tok", in: Limits.experts) ?? 0
    try readWindow(source, architecture)
    attentionSoftcap =
      try source.number("attn_logit_softcapping", in: Limits.softcap)
      ?? architecture.attentionSoftcap
    logitSoftcap =
      try source.number("final_logit_softcapping", in: Limits.softcap)
      ?? architecture.logitSoftcap
    architecture.adjust?(&self)
    if let scalar = try source.number("query_pre_attn_scalar", in: 1e-6...1e6) {
      attentionScale = 1 / scalar.squareRoot()
    }
    if architecture.unrotatedInterval != nil, let flags = try source.integers("no_rope_layers") {
      // 1 stands for a layer that is rotated.
      guard flags.count == layerCount else {
        throw source.damaged(
          "no_rope_layers", "\(flags.count) entries for \(layerCount) layers")
      }
      unrotatedLayers = flags.map { $0 == 0 }
    }
    if let rope { try readRoPEScaling(rope) }
    try finish(architecture, source)
  }

  private mutating func readWindow(
    _ source: ConfigSource, _ architecture: Architecture
  ) throws(ModelError) {
    guard let window = try source.integer("sliding_window", in: Limits.context) else { return }
    if try source.bool("use_sliding_window") == false { return }
    slidingWindow = window
    if let types = try source.strings("layer_types") {
      slidingLayers = types.map { $0 == "sliding_attention" }
    } else if let pattern = architecture.slidingPattern {
      slidingLayers = (0..<layerCount).map { $0 % pattern < pattern - 1 }
    } else {
      let first = try source.integer("max_window_layers", in: 0...Limits.layers.upperBound) ?? 0
      slidingLayers = (0..<layerCount).map { $0 >= first }
    }
  }

  private mutating func readRoPEScaling(_ rope: ConfigSource) throws(ModelError) {
    let factorKey = "factor"
    func factor() throws(ModelError) -> Float {
      guard let factor = try rope.number(factorKey, in: Limits.factor) else {
        throw .missing(key: rope.spelled(factorKey))
      }
      return factor
    }
    let original =
      try rope.integer("original_max_position_embeddings", in: Limits.context) ?? contextLength
    var type = try rope.string("rope_type")
    if type == nil { type = try rope.string("type") }
    switch type ?? "default" {
    case "default": break
    case "linear": ropeScaling = .linear(factor: try factor())
    case "llama3":
      let low = try rope.number("low_freq_factor", in: Limits.factor) ?? 1
      let high = try rope.number("high_freq_factor", in: Limits.factor) ?? 4
      guard low < high else {
        throw rope.damaged("low_freq_factor", "\(low) must be below high_freq_factor, \(high)")
      }
      ropeScaling = .llama3(
        factor: try factor(), lowFrequency: low, highFrequency: high, originalContext: original)
    case "yarn":
      let factor = try factor()
      ropeScaling = .yarn(
        factor: factor, originalContext: original,
        betaFast: try rope.number("beta_fast", in: Limits.factor) ?? 32,
        betaSlow: try rope.number("beta_slow", in: Limits.factor) ?? 1)
      ropeMagnitude =
        try rope.number("attention_factor", in: Limits.factor)
        ?? RoPEScaling.yarnMagnitude(factor: factor)
    case let type:
      throw rope.error(
        .unsupported, "rope_type",
        "RoPE scaling \"\(type.prefix(32))\" is not supported; known are default, linear, llama3,"
          + " yarn")
    }
  }
}

extension Activation {
  /// The function that config.json calls `name`.
  init(configName name: String, at place: String) throws(ModelError) {
    switch name {
    case "silu", "swish": self = .silu
    case "gelu": self = .geluExact
    case "gelu_new", "gelu_pytorch_tanh", "gelu_fast": self = .geluTanh
    default:
      throw ModelError(
        .unsupported, at: place,
        "activation \"\(name.prefix(32))\" is not supported; known are silu, gelu, gelu_new")
    }
  }
}
