import ApusBlocks
import ApusKernels

extension ForwardPass {
  /// For each token the `expertUsedCount` experts that the router prefers, weighted by their
  /// probabilities, which are made to sum to 1 (Mixtral, arXiv:2401.04088).
  /// - Parameter x: [rows, width], normed.
  /// - Parameter out: [rows, width]
  func mixture(
    _ x: Values, router: Linear, _ experts: [FeedForwardWeights], rows: Int, into out: Values
  ) {
    guard let memory = scratch.experts else { return }
    let width = parameters.embeddingLength
    let scores = memory.scores  // [rows, experts]
    var input = x
    if router.weight.format == .F16 {
      input = memory.gathered.base
      roundToHalf(x, count: rows * width, memory, into: input)
    }
    linear([(router, scores.base)], input, rows: rows)
    compute.softmax(scores.base, rows: rows, width: experts.count)

    let routes = route(scores, rows: rows, expertCount: experts.count)
    out.update(repeating: 0, count: rows * width)
    // Experts in their order, so that a token's sum does not depend on its neighbours.
    for (expert, route) in zip(experts, routes) where !route.tokens.isEmpty {
      compute.gather(x, rows: route.tokens, width: width, into: memory.gathered.base)
      network(
        memory.gathered.base, expert, rows: route.tokens.count, into: memory.produced.base)
      compute.scatterAdd(
        memory.produced.base, rows: route.tokens, weights: route.weights, width: width,
        into: out)
    }
  }

  /// llama.cpp multiplies a router that is stored in 16 bits with activations rounded to 16 bits.
  /// Who goes to which expert should not depend on that, so this does the same.
  private func roundToHalf(_ x: Values, count: Int, _ memory: ExpertScratch, into out: Values) {
    BlockFormat.F16.encode(x, into: memory.halves.base, count: count)
    BlockFormat.F16.decode(memory.halves.base, into: out, count: count)
  }

  /// The tokens that one expert gets, and what its answer counts for each.
  private struct Route {
    var tokens: [Int32] = []
    var weights: [Float] = []
  }

  private func route(_ scores: AlignedBuffer<Float>, rows: Int, expertCount: Int) -> [Route] {
    var routes = [Route](repeating: Route(), count: expertCount)
    for token in 0..<rows {
      let row = token * expertCount
      // Of equal ones the first.
      let order = (0..<expertCount).sorted {
        (scores[row + $0], $1) > (scores[row + $1], $0)
      }
      let chosen = order.prefix(parameters.expertUsedCount)
      var sum: Float = 0
      for expert in chosen { sum += scores[row + expert] }
      // Not below the least that a 16-bit float holds, as the reference has it.
      sum = max(sum, 0x1p-14)
      for expert in chosen {
        routes[expert].tokens.append(Int32(truncatingIfNeeded: token))
        routes[expert].weights.append(scores[row + expert] / sum)
      }
    }
    return routes
  }
}
