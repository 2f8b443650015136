/// A family of models, as a declaration: which of the shared layers it has and how they are joined.
/// The computation is `Transformer`'s; the numbers are `Hyperparameters`.
///
/// To add a family: one file beside this one, one line in `Architecture.all`, one fixture.
public struct Architecture: Sendable {
  public enum Norm: Sendable, Hashable {
    /// x / √(mean(x²) + ε) · weight
    case rms
    /// (x − mean) / √(variance + ε) · weight + bias
    case layer
  }

  /// Which elements of a head are rotated together.
  public enum RoPEPairing: Sendable, Hashable {
    /// 2i with 2i+1: what GGUF calls "norm".
    case interleaved
    /// i with i + rotaryDimensions/2: what GGUF calls "neox", and Hugging Face's layout throughout.
    case halves
  }

  public enum Positions: Sendable, Hashable {
    case none
    /// A table of embeddings, added to those of the tokens.
    case learned
    /// Rotation of queries and keys. Converters to GGUF reorder the rows of llama's query and key
    /// matrices from halves to interleaved, so the pairing depends on the container.
    case rotary(gguf: RoPEPairing, huggingFace: RoPEPairing)
  }

  public enum Output: Sendable, Hashable {
    /// A matrix of its own, or the token embedding where the file has none.
    case ownOrTied
    /// Always the token embedding.
    case tied
  }

  /// `general.architecture` of a GGUF file.
  public var name: String
  /// `model_type` of a config.json.
  public var modelTypes: [String]

  public var norm: Norm = .rms
  public var positions: Positions = .rotary(gguf: .halves, huggingFace: .halves)
  /// Up and gate (`activation(gate) · up`), or up alone.
  public var isGated = true
  public var activation: Activation = .silu
  /// Attention and feed-forward read the same normed input, and both are added to the residual.
  public var isParallel = false
  /// Queries and keys are normed head by head before they are rotated.
  public var hasQueryKeyNorm = false
  /// The outputs of attention and feed-forward are normed before they are added.
  public var hasPostNorms = false
  public var output: Output = .ownOrTied
  /// The token embedding is multiplied by √embeddingLength.
  public var scalesEmbedding = false
  /// Of so many layers the last sees everything and the others a sliding window.
  public var slidingPattern: Int?
  /// Every so manieth layer is not rotated.
  public var unrotatedInterval: Int?
  /// Where the file does not say: 0 means none.
  public var attentionSoftcap: Float = 0
  public var logitSoftcap: Float = 0

  /// How config.json and the tensors beside it are spelled.
  var huggingFace: HuggingFaceLayout = .llama
  /// Last word on hyperparameters, where a family has a rule that no key states.
  var adjust: (@Sendable (inout Hyperparameters) -> Void)?

  init(_ name: String, modelTypes: [String]? = nil) {
    self.name = name
    self.modelTypes = modelTypes ?? [name]
  }

  init(_ name: String, modelTypes: [String]? = nil, _ declare: (inout Architecture) -> Void) {
    self.init(name, modelTypes: modelTypes)
    declare(&self)
  }
}

extension Architecture {
  /// Every family that this engine runs.
  public static let all: [Architecture] = [
    .llama, .qwen2, .qwen3, .gpt2, .phi2, .smollm3, .gemma2,
  ]

  /// The family that a GGUF file names.
  public static func named(_ name: String) throws(ModelError) -> Architecture {
    for architecture in all where architecture.name == name { return architecture }
    throw unknown(name, at: "general.architecture", known: all.map(\.name))
  }

  /// The family that a config.json names.
  public static func named(modelType: String) throws(ModelError) -> Architecture {
    for architecture in all where architecture.modelTypes.contains(modelType) {
      return architecture
    }
    throw unknown(modelType, at: "config.json: model_type", known: all.flatMap(\.modelTypes))
  }

  private static func unknown(_ name: String, at place: String, known: [String]) -> ModelError {
    ModelError(
      .unknownArchitecture, at: place,
      "unknown architecture \"\(name.prefix(64))\"; known are \(known.joined(separator: ", "))")
  }
}
