/// The numbers that, with an `Architecture`, say what a model computes. Names as the papers and the
/// formats have them. Every value is in range: a file that says otherwise was refused.
public struct Hyperparameters: Sendable, Hashable {
  public var vocabularySize: Int
  /// Positions that the model was trained for.
  public var contextLength: Int
  /// Width of the residual stream.
  public var embeddingLength: Int
  public var layerCount: Int
  public var feedForwardLength: Int

  public var headCount: Int
  /// Divides `headCount`; fewer means grouped-query attention.
  public var kvHeadCount: Int
  public var headSize: Int
  /// Multiplies query times key; usually 1/√headSize.
  public var attentionScale: Float
  /// 0 where attention scores are not capped.
  public var attentionSoftcap: Float = 0
  /// 0 where logits are not capped.
  public var logitSoftcap: Float = 0
  /// How many positions, its own included, a token sees in the layers of `slidingLayers`.
  public var slidingWindow: Int?
  public var slidingLayers: [Bool] = []

  public var normEpsilon: Float

  /// How many of a head's elements are rotated; even.
  public var rotaryDimensions: Int
  public var ropeTheta: Float
  public var ropeScaling: RoPEScaling = .none
  /// Multiplies the rotated elements (YaRN).
  public var ropeMagnitude: Float = 1
  /// Layers without rotation (NoPE); empty where every layer has it.
  public var unrotatedLayers: [Bool] = []

  /// 0 where there is no mixture of experts.
  public var expertCount: Int = 0
  public var expertUsedCount: Int = 0

  public var activation: Activation
  /// Multiplies the token embedding.
  public var embeddingScale: Float = 1

  /// Elements of one token's queries, and of its keys (or values).
  public var queryLength: Int { headCount * headSize }
  public var kvLength: Int { kvHeadCount * headSize }

  func window(ofLayer layer: Int) -> Int {
    guard let slidingWindow, slidingLayers.indices.contains(layer), slidingLayers[layer] else {
      return 0
    }
    return slidingWindow
  }

  func isRotated(layer: Int) -> Bool {
    !(unrotatedLayers.indices.contains(layer) && unrotatedLayers[layer])
  }
}

/// The nonlinearity of the feed-forward layer.
public enum Activation: String, Sendable, Hashable {
  case silu
  /// 0.5·x·(1 + erf(x/√2))
  case geluExact
  /// Its approximation through tanh.
  case geluTanh
}
