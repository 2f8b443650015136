import ApusJSON
import Testing

@testable import ApusModels

/// Hyperparameters from config.json.
struct ConfigTests {
  /// What TinyLlama's folder says.
  private static let llama: JSONObject = [
    "model_type": "llama", "hidden_size": 2048, "intermediate_size": 5632,
    "num_hidden_layers": 22, "num_attention_heads": 32, "num_key_value_heads": 4,
    "vocab_size": 32000, "max_position_embeddings": 2048, "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0, "rope_scaling": nil, "hidden_act": "silu",
  ]

  private func read(
    _ changes: JSONObject, of base: JSONObject = llama
  ) throws -> Hyperparameters {
    var object = base
    for (key, value) in changes { object[key] = value }
    let type = object["model_type"]?.string ?? ""
    return try Hyperparameters(
      config: .object(object), architecture: Architecture.named(modelType: type))
  }

  @Test func llamaAsItStands() throws {
    let found = try read([:])
    #expect(found.headSize == 64)
    #expect(found.kvLength == 256)
    #expect(found.rotaryDimensions == 64)
    #expect(found.attentionScale == 0.125)
    #expect(found.ropeScaling == .none)
    #expect(found.window(ofLayer: 0) == 0)
  }

  @Test func llama3Scaling() throws {
    let found = try read([
      "rope_scaling": [
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
      ]
    ])
    #expect(
      found.ropeScaling
        == .llama3(factor: 8, lowFrequency: 1, highFrequency: 4, originalContext: 8192))
  }

  @Test func linearScalingOfDeepSeekCoder() throws {
    let found = try read(["rope_scaling": ["type": "linear", "factor": 4.0]])
    #expect(found.ropeScaling == .linear(factor: 4))
  }

  @Test func yarnLengthensQueriesAndKeys() throws {
    let found = try read([
      "rope_parameters": [
        "rope_type": "yarn", "factor": 4.0, "rope_theta": 1_000_000.0,
        "original_max_position_embeddings": 32768,
      ], "rope_theta": nil,
    ])
    #expect(found.ropeTheta == 1_000_000)
    #expect(abs(found.ropeMagnitude - 1.138_629) < 1e-5)
  }

  @Test func mixtralHasExperts() throws {
    let found = try read([
      "model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2,
    ])
    #expect(found.expertCount == 8)
    #expect(found.expertUsedCount == 2)
  }

  @Test func mistralSlides() throws {
    let found = try read(["model_type": "mistral", "sliding_window": 4096])
    #expect(found.window(ofLayer: 3) == 4096)
  }

  @Test func qwenSlidesOnlyWhenItSaysSo() throws {
    let still = try read([
      "model_type": "qwen2", "sliding_window": 4096, "use_sliding_window": false,
    ])
    #expect(still.window(ofLayer: 21) == 0)
    let sliding = try read([
      "model_type": "qwen2", "sliding_window": 4096, "use_sliding_window": true,
      "max_window_layers": 20,
    ])
    #expect(sliding.window(ofLayer: 19) == 0)
    #expect(sliding.window(ofLayer: 20) == 4096)
  }

  @Test func smollm3LeavesLayersUnrotated() throws {
    let found = try read(["model_type": "smollm3"])
    #expect((0..<8).map(found.isRotated) == [true, true, true, false, true, true, true, false])
    let listed = try read([
      "model_type": "smollm3",
      "no_rope_layers": .array((0..<22).map { $0 == 5 ? 0 : 1 }),
    ])
    #expect((0..<22).filter { !listed.isRotated(layer: $0) } == [5])
  }

  @Test func gpt2HasNamesOfItsOwn() throws {
    let found = try read(
      [:],
      of: [
        "model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "n_positions": 1024,
        "n_inner": nil, "vocab_size": 50257, "layer_norm_epsilon": 1e-5,
        "activation_function": "gelu",
      ])
    #expect(found.feedForwardLength == 3072)
    #expect(found.activation == .geluExact)
    #expect(found.contextLength == 1024)
  }

  @Test func phiRotatesAPartOfEachHead() throws {
    let found = try read(
      [:],
      of: [
        "model_type": "phi", "hidden_size": 2560, "intermediate_size": 10240,
        "num_hidden_layers": 32, "num_attention_heads": 32, "vocab_size": 51200,
        "max_position_embeddings": 2048, "layer_norm_eps": 1e-5, "hidden_act": "gelu_new",
        "partial_rotary_factor": 0.4, "rope_theta": 10000.0,
      ])
    #expect(found.headSize == 80)
    #expect(found.rotaryDimensions == 32)
    #expect(found.activation == .geluTanh)
  }

  @Test func gemma2HasCapsAndWindows() throws {
    let found = try read([
      "model_type": "gemma2", "hidden_size": 2304, "head_dim": 256, "num_attention_heads": 8,
      "num_hidden_layers": 26, "query_pre_attn_scalar": 256, "sliding_window": 4096,
      "hidden_act": "gelu_pytorch_tanh", "attn_logit_softcapping": 50.0,
      "final_logit_softcapping": 30.0,
    ])
    #expect(found.embeddingScale == 48)
    #expect(found.attentionScale == 0.0625)
    #expect(found.attentionSoftcap == 50)
    #expect(found.logitSoftcap == 30)
    #expect(found.window(ofLayer: 0) == 4096)
    #expect(found.window(ofLayer: 1) == 0)
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    let key: String
    let value: JSON?
    /// What the message names.
    let place: String
    var testDescription: String { "\(key) = \(value.map { "\($0)" } ?? "absent")" }
  }

  static let damages = [
    Damage(key: "num_attention_heads", value: 0, place: "num_attention_heads"),
    Damage(key: "num_hidden_layers", value: 2_147_483_648, place: "num_hidden_layers"),
    Damage(key: "num_hidden_layers", value: nil, place: "num_hidden_layers"),
    Damage(key: "hidden_size", value: "wide", place: "hidden_size"),
    Damage(key: "num_key_value_heads", value: 5, place: "key/value heads"),
    Damage(key: "num_attention_heads", value: 4000, place: "head size"),
    Damage(key: "head_dim", value: 63, place: "rotary dimensions"),
    Damage(key: "rms_norm_eps", value: -1.0, place: "rms_norm_eps"),
    Damage(key: "vocab_size", value: -5, place: "vocab_size"),
    Damage(key: "rope_theta", value: 0.0, place: "rope_theta"),
    Damage(key: "max_position_embeddings", value: 0, place: "max_position_embeddings"),
    Damage(key: "intermediate_size", value: 1_000_000_000, place: "intermediate_size"),
    Damage(key: "rope_scaling", value: ["type": "linear"], place: "rope_scaling.factor"),
    Damage(key: "rope_scaling", value: 3, place: "rope_scaling"),
  ]

  @Test(arguments: damages)
  func refusesWhatIsOutOfRange(_ damage: Damage) throws {
    let error = try #require(throws: ModelError.self) {
      var object = Self.llama
      object[damage.key] = damage.value
      return try Hyperparameters(
        config: .object(object), architecture: Architecture.named(modelType: "llama"))
    }
    #expect(error.code == .badHyperparameter)
    #expect(error.place.contains(damage.place), "\(error)")
  }

  @Test func refusesUnknownScalingAndActivations() throws {
    let scaling = #expect(throws: ModelError.self) {
      try read(["rope_scaling": ["type": "dynamic", "factor": 2.0]])
    }
    #expect(scaling?.code == .unsupported)
    let activation = #expect(throws: ModelError.self) { try read(["hidden_act": "relu6"]) }
    #expect(activation?.code == .unsupported)
  }

  @Test func namesTheKnownFamilies() {
    let error = #expect(throws: ModelError.self) { try Architecture.named("rwkv9") }
    #expect(error?.code == .unknownArchitecture)
    #expect(error?.message.contains("smollm3") == true)
  }
}
