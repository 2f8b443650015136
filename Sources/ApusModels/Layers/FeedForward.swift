import ApusBlocks
import ApusKernels

extension ForwardPass {
  /// - Parameter x: [rows, width], normed.
  /// - Parameter out: [rows, width]; not `x`.
  func feedForward(
    _ x: Values, _ weights: LayerWeights.FeedForward, rows: Int, into out: Values
  ) {
    switch weights {
    case .dense(let weights):
      network(x, weights, rows: rows, into: out)
    case .experts(let router, let experts):
      mixture(x, router: router, experts, rows: rows, into: out)
    }
  }

  /// down(activation(gate(x)) · up(x)), or down(gelu(up(x))) without a gate.
  func network(_ x: Values, _ weights: FeedForwardWeights, rows: Int, into out: Values) {
    let up = scratch.up.base  // [rows, feedForward]
    let count = rows * parameters.feedForwardLength
    let isExact = parameters.activation == .geluExact

    if let gateWeights = weights.gate {
      let gate = scratch.gate.base  // [rows, feedForward]
      linear([(gateWeights, gate), (weights.up, up)], x, rows: rows)
      switch parameters.activation {
      case .silu:
        compute.siluMultiply(gate, up, count: count, into: up)
      case .geluExact, .geluTanh:
        compute.geluMultiply(gate, up, count: count, exact: isExact, into: up)
      }
    } else {
      linear([(weights.up, up)], x, rows: rows)
      compute.gelu(up, count: count, exact: isExact, into: up)
    }
    linear([(weights.down, out)], up, rows: rows)
  }
}
