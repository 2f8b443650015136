import ApusBlocks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Compute {
  /// Writes values of consecutive positions into a cache.
  /// - Parameter x: [tokens, kvHeads, headSize]
  /// - Parameter start: position of the first token; `start + tokens <= capacity`.
  public func storeValues(
    _ x: UnsafePointer<Float>, tokens: Int, start: Int, into cache: UnsafeMutableRawPointer,
    layout: CacheLayout
  ) {
    precondition(start >= 0 && start + tokens <= layout.capacity, "position outside of the cache")
    let size = layout.headSize
    overRows(tokens, width: layout.kvHeadCount * size) { range in
      for token in range {
        for head in 0..<layout.kvHeadCount {
          encode(
            x + (token * layout.kvHeadCount + head) * size, layout,
            into: cache + layout.offset(head: head, position: start + token))
        }
      }
    }
  }

  /// Writes keys of consecutive positions into a cache.
  /// - Parameter x: [tokens, kvHeads, headSize]
  /// - Parameter start: position of the first token; `start + tokens <= capacity`.
  public func storeKeys(
    _ x: UnsafePointer<Float>, tokens: Int, start: Int, into cache: UnsafeMutableRawPointer,
    layout: CacheLayout
  ) {
    precondition(start >= 0 && start + tokens <= layout.capacity, "position outside of the cache")
    let size = layout.headSize
    let pieces = workers.scratch.pieces(byteCount: layout.positionByteCount)
    overRowsByWorker(tokens, width: layout.kvHeadCount * size) { range, worker in
      let key = pieces[worker]
      for token in range {
        let lane = (start + token) % KeyBlock.positions
        for head in 0..<layout.kvHeadCount {
          encode(x + (token * layout.kvHeadCount + head) * size, layout, into: key)
          KeyBlock.store(
            key, headSize: size, format: layout.format, lane: lane,
            into: cache + layout.offset(head: head, position: start + token - lane))
        }
      }
    }
  }

  /// One head at one position as the cache holds it.
  private func encode(
    _ x: UnsafePointer<Float>, _ layout: CacheLayout, into target: UnsafeMutableRawPointer
  ) {
    if layout.format == .f16 {
      table.vector.encodeHalf(x, target.assumingMemoryBound(to: UInt16.self), layout.headSize)
    } else {
      layout.format.blockFormat.encode(x, into: target, count: layout.headSize)
    }
  }

  /// Causal attention of the tokens of each sequence over its own cache.
  ///
  /// The context of a single token is cut into pieces of `AttentionPlan.chunkSize` positions, so that
  /// there is work for every thread; where it is cut depends on the context alone.
  /// - Parameter queries: [tokens, heads, headSize], those of the first sequence first.
  /// - Parameter out: [tokens, heads, headSize]; not `queries`.
  public func attention(
    _ queries: UnsafePointer<Float>, _ sequences: [AttentionSequence], shape: AttentionShape,
    into out: UnsafeMutablePointer<Float>
  ) {
    var plans: [AttentionPlan] = []
    var firstToken = 0
    var parts = 0
    var partialFloatCount = 0
    var scratchByteCount = 0
    for sequence in sequences where sequence.tokens > 0 && sequence.layout.kvHeadCount > 0 {
      precondition(
        sequence.start >= 0 && sequence.start + sequence.tokens <= sequence.layout.capacity,
        "position outside of the cache")
      let offset = firstToken * shape.headCount * sequence.layout.headSize
      let plan = AttentionPlan(
        sequence, shape: shape, tokensPerJob: table.attention.tokensPerJob,
        queries: queries + offset, output: out + offset, firstPart: parts,
        partialOffset: partialFloatCount)
      plans.append(plan)
      firstToken += sequence.tokens
      parts += plan.partCount
      partialFloatCount += plan.partialFloatCount
      scratchByteCount = max(
        scratchByteCount,
        table.attention.scratchByteCount(
          min(sequence.tokens, plan.tokensPerJob), plan.group, sequence.layout.headSize))
    }
    let scratch = workers.scratch.pieces(byteCount: scratchByteCount)
    let partials = workers.scratch
      .sharedPiece(byteCount: partialFloatCount * 4)
      .assumingMemoryBound(to: Float.self)
    plans.withUnsafeBufferPointer { plans in
      workers.parallel(parts) { part, worker in
        var index = plans.count - 1
        while plans[index].firstPart > part { index -= 1 }
        let plan = plans[index]
        table.attention.run(
          plan.job(part - plan.firstPart, partials: partials, scratch: scratch[worker]))
      }
    }
    for plan in plans where plan.chunkCount > 1 { merge(plan, partials) }
  }

  /// Puts the pieces of the context together: each weighs `exp(its largest score - the largest)`.
  private func merge(_ plan: AttentionPlan, _ partials: UnsafePointer<Float>) {
    let size = plan.sequence.layout.headSize
    overRows(plan.shape.headCount, width: plan.chunkCount * size) { heads in
      for head in heads {
        let target = plan.output + head * size
        target.update(repeating: 0, count: size)
        var largest = -Float.infinity
        for chunk in 0..<plan.chunkCount {
          largest = max(largest, plan.state(head, chunk, partials)[0])
        }
        var sum: Float = 0
        for chunk in 0..<plan.chunkCount {
          let state = plan.state(head, chunk, partials)
          // A piece of which nothing is seen; a sum that is not a number must stay one.
          guard state[1] != 0 else { continue }
          let weight = expf(state[0] - largest)
          sum += weight * state[1]
          table.vector.addScaled(plan.partialOutput(head, chunk, partials), weight, size, target)
        }
        if sum != 0 { table.vector.scale(target, 1 / sum, size) }
      }
    }
  }
}
