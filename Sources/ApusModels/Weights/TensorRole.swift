/// What a tensor is for. The raw value is its name in GGUF files.
enum TensorRole: String, Sendable, Hashable {
  case tokenEmbedding = "token_embd"
  case positionEmbedding = "position_embd"
  case outputNorm = "output_norm"
  case output = "output"
  case ropeFactors = "rope_freqs"

  case attentionNorm = "attn_norm"
  case queryKeyValue = "attn_qkv"
  case query = "attn_q"
  case key = "attn_k"
  case value = "attn_v"
  case queryNorm = "attn_q_norm"
  case keyNorm = "attn_k_norm"
  case attentionOutput = "attn_output"
  case postAttentionNorm = "post_attention_norm"

  case feedForwardNorm = "ffn_norm"
  case gate = "ffn_gate"
  case up = "ffn_up"
  case down = "ffn_down"
  case postFeedForwardNorm = "post_ffw_norm"

  case router = "ffn_gate_inp"
  case expertGate = "ffn_gate_exps"
  case expertUp = "ffn_up_exps"
  case expertDown = "ffn_down_exps"

  var isOfLayer: Bool {
    switch self {
    case .tokenEmbedding, .positionEmbedding, .outputNorm, .output, .ropeFactors: false
    default: true
    }
  }
}
