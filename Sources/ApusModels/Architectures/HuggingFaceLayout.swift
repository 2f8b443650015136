/// How a family's Hugging Face folder spells its hyperparameters and tensors.
struct HuggingFaceLayout: Sendable {
  /// Tensor names without `.weight` and `.bias`; `{layer}` and `{expert}` are replaced.
  var names: [TensorRole: String]
  /// Other names of config.json's members: canonical (llama's) to this family's.
  var keys: [String: String] = [:]
  /// Weight matrices are stored [in, out] (GPT-2's Conv1D).
  var isTransposed = false
  /// What the model adds to its norm weights (Gemma stores weight − 1).
  var normOffset: Float = 0

  func key(_ canonical: String) -> String { keys[canonical] ?? canonical }
}

extension HuggingFaceLayout {
  static let llama = HuggingFaceLayout(names: [
    .tokenEmbedding: "model.embed_tokens",
    .outputNorm: "model.norm",
    .output: "lm_head",
    .attentionNorm: "model.layers.{layer}.input_layernorm",
    .query: "model.layers.{layer}.self_attn.q_proj",
    .key: "model.layers.{layer}.self_attn.k_proj",
    .value: "model.layers.{layer}.self_attn.v_proj",
    .queryNorm: "model.layers.{layer}.self_attn.q_norm",
    .keyNorm: "model.layers.{layer}.self_attn.k_norm",
    .attentionOutput: "model.layers.{layer}.self_attn.o_proj",
    .feedForwardNorm: "model.layers.{layer}.post_attention_layernorm",
    .gate: "model.layers.{layer}.mlp.gate_proj",
    .up: "model.layers.{layer}.mlp.up_proj",
    .down: "model.layers.{layer}.mlp.down_proj",
    .router: "model.layers.{layer}.block_sparse_moe.gate",
    .expertGate: "model.layers.{layer}.block_sparse_moe.experts.{expert}.w1",
    .expertUp: "model.layers.{layer}.block_sparse_moe.experts.{expert}.w3",
    .expertDown: "model.layers.{layer}.block_sparse_moe.experts.{expert}.w2",
  ])

  static let gemma: HuggingFaceLayout = {
    var layout = llama
    layout.names[.postAttentionNorm] = "model.layers.{layer}.post_attention_layernorm"
    layout.names[.feedForwardNorm] = "model.layers.{layer}.pre_feedforward_layernorm"
    layout.names[.postFeedForwardNorm] = "model.layers.{layer}.post_feedforward_layernorm"
    layout.normOffset = 1
    return layout
  }()

  static let phi = HuggingFaceLayout(
    names: [
      .tokenEmbedding: "model.embed_tokens",
      .outputNorm: "model.final_layernorm",
      .output: "lm_head",
      .attentionNorm: "model.layers.{layer}.input_layernorm",
      .query: "model.layers.{layer}.self_attn.q_proj",
      .key: "model.layers.{layer}.self_attn.k_proj",
      .value: "model.layers.{layer}.self_attn.v_proj",
      .attentionOutput: "model.layers.{layer}.self_attn.dense",
      .up: "model.layers.{layer}.mlp.fc1",
      .down: "model.layers.{layer}.mlp.fc2",
    ],
    keys: ["rms_norm_eps": "layer_norm_eps"])

  static let gpt2 = HuggingFaceLayout(
    names: [
      .tokenEmbedding: "transformer.wte",
      .positionEmbedding: "transformer.wpe",
      .outputNorm: "transformer.ln_f",
      .output: "lm_head",
      .attentionNorm: "transformer.h.{layer}.ln_1",
      .queryKeyValue: "transformer.h.{layer}.attn.c_attn",
      .attentionOutput: "transformer.h.{layer}.attn.c_proj",
      .feedForwardNorm: "transformer.h.{layer}.ln_2",
      .up: "transformer.h.{layer}.mlp.c_fc",
      .down: "transformer.h.{layer}.mlp.c_proj",
    ],
    keys: [
      "hidden_size": "n_embd", "num_hidden_layers": "n_layer", "num_attention_heads": "n_head",
      "intermediate_size": "n_inner", "max_position_embeddings": "n_positions",
      "rms_norm_eps": "layer_norm_epsilon", "hidden_act": "activation_function",
    ],
    isTransposed: true)
}
