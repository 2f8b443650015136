import ApusBlocks
import ApusKernels

extension ForwardPass {
  /// Self-attention of the step's tokens over everything before them; their keys and values go into
  /// the caches.
  /// - Parameter x: [tokens, width], normed.
  /// - Parameter angles: `nil` where this layer is not rotated.
  /// - Parameter rows: for how many of the last tokens the result is wanted.
  /// - Parameter out: [rows, width]
  func attention(
    _ x: Values, _ weights: LayerWeights, layer: Int, angles: RotaryTable?,
    pairing: RotaryPairing, rows: Int, into out: Values
  ) {
    let query = scratch.query.base  // [tokens, heads, headSize]
    let key = scratch.key.base  // [tokens, kvHeads, headSize]
    let value = scratch.value.base  // [tokens, kvHeads, headSize]
    let headSize = parameters.headSize

    // Of the last layer only the keys and values matter where nobody wants logits.
    let products = [(weights.query, query), (weights.key, key), (weights.value, value)]
    linear(rows > 0 ? products : Array(products.dropFirst()), x, rows: tokens)
    if rows > 0, let queryNorm = weights.queryNorm {
      norm(query, queryNorm, rows: tokens * parameters.headCount, width: headSize, into: query)
    }
    if let keyNorm = weights.keyNorm {
      norm(key, keyNorm, rows: tokens * parameters.kvHeadCount, width: headSize, into: key)
    }
    if let angles {
      if rows > 0 {
        compute.rope(
          query, headCount: parameters.headCount, headSize: headSize, angles: angles,
          pairing: pairing)
      }
      compute.rope(
        key, headCount: parameters.kvHeadCount, headSize: headSize, angles: angles,
        pairing: pairing)
    }

    var first = 0
    for sequence in sequences {
      let cache = sequence.cache
      let store = cache.layers[layer]
      let offset = first * parameters.kvLength
      compute.storeKeys(
        key + offset, tokens: sequence.tokens, start: cache.count, into: store.keys.base,
        layout: cache.layout)
      compute.storeValues(
        value + offset, tokens: sequence.tokens, start: cache.count, into: store.values.base,
        layout: cache.layout)
      first += sequence.tokens
    }
    guard rows > 0 else { return }
    var skipped = tokens - rows
    compute.attention(
      query + skipped * parameters.queryLength,
      sequences.map { sequence in
        let own = min(skipped, sequence.tokens)
        skipped -= own
        let store = sequence.cache.layers[layer]
        return AttentionSequence(
          tokens: sequence.tokens - own, start: sequence.cache.count + own, keys: store.keys.base,
          values: store.values.base, layout: sequence.cache.layout)
      },
      shape: AttentionShape(
        headCount: parameters.headCount, scale: parameters.attentionScale,
        softcap: parameters.attentionSoftcap, window: parameters.window(ofLayer: layer)),
      into: scratch.attended.base)
    linear([(weights.attentionOutput, out)], scratch.attended.base, rows: rows)
  }
}
