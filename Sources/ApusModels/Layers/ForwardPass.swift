import ApusBlocks
import ApusKernels

/// The operations of one step, on the working memory of that step: what the layers are made of.
struct ForwardPass {
  let parameters: Hyperparameters
  let architecture: Architecture
  let compute: Compute
  let scratch: Scratch
  /// What each sequence has in this step; its tokens follow those of the sequence before.
  let sequences: [StepSequence]
  /// Tokens of this step.
  let tokens: Int

  typealias Values = UnsafeMutablePointer<Float>

  /// `x` [rows, width] normed into `out`, which may be the same.
  func norm(
    _ x: Values, _ weights: NormWeights, rows: Int, width: Int? = nil, into out: Values
  ) {
    let width = width ?? parameters.embeddingLength
    switch architecture.norm {
    case .rms:
      compute.rmsNorm(
        x, weight: weights.weight.base, epsilon: parameters.normEpsilon, rows: rows,
        width: width, into: out)
    case .layer:
      compute.layerNorm(
        x, weight: weights.weight.base, bias: weights.bias.map { UnsafePointer($0.base) },
        epsilon: parameters.normEpsilon, rows: rows, width: width, into: out)
    }
  }

  /// Products of several matrices with the same `x` [rows, columns], biases added.
  func linear(_ products: [(weights: Linear, out: Values)], _ x: Values, rows: Int) {
    compute.matmul(
      products.map { Compute.Product($0.weights.weight, into: $0.out) }, x, tokens: rows)
    for (weights, out) in products {
      guard let bias = weights.bias else { continue }
      compute.addBias(bias.base, rows: rows, width: bias.count, to: out)
    }
  }

  /// `x += y`, both [rows, width].
  func accumulate(_ y: Values, rows: Int, into x: Values) {
    compute.add(x, y, count: rows * parameters.embeddingLength, into: x)
  }
}

/// The tokens of one sequence in a step: they follow what its cache holds.
struct StepSequence {
  let cache: KVCache
  let tokens: Int
}
