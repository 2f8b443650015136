import ApusBlocks
import ApusKernels

/// 32 heads of 64 that share 8 key/value heads, over a cache in F16.
enum Attention {
  private static let (heads, kvHeads, size) = (32, 8, 64)

  static func measure(_ options: Options, _ limits: Limits, pools: [WorkerPool]) -> [Product] {
    // The last is larger than the caches of the processor.
    [("decode", 1, 1024), ("prefill", 512, 512), ("decode, deep", 1, 32768)]
      .flatMap { name, tokens, context in
        measure(name, tokens: tokens, context: context, options, limits, pools)
      }
  }

  private static func measure(
    _ name: String, tokens: Int, context: Int, _ options: Options, _ limits: Limits,
    _ pools: [WorkerPool]
  ) -> [Product] {
    let layout = CacheLayout(
      format: .f16, kvHeadCount: kvHeads, capacity: context, headSize: size)
    let keys = AlignedBuffer<UInt8>(count: layout.byteCount)
    let values = AlignedBuffer<UInt8>(count: layout.byteCount)
    let filling = Weights.floats(context * kvHeads * size)
    pools[0].runSync { workers in
      let compute = Compute(workers: workers)
      compute.storeKeys(filling, tokens: context, start: 0, into: keys.base, layout: layout)
      compute.storeValues(filling, tokens: context, start: 0, into: values.base, layout: layout)
    }
    let shape = AttentionShape(headCount: heads, scale: 0.125)
    let q = Weights.floats(tokens * heads * size)
    let out = AlignedBuffer<Float>(count: q.count)
    let start = context - tokens
    let operations = 4 * Double(q.count) * (Double(start) + Double(tokens + 1) / 2)
    let cache = Double(2 * layout.byteCount)
    let subjects = KernelTable.available.filter { options.wants(kernel: $0.name) }.map { table in
      Subject(
        name: table.name, intensity: operations / (cache + Double(8 * q.count)),
        bytesPerOperation: cache / operations, peak: limits.peak(table.name, bytes: false)
      ) { workers in
        Compute(workers: workers, table: table).attention(
          q,
          [
            AttentionSequence(
              tokens: tokens, start: start, keys: keys.base, values: values.base, layout: layout)
          ], shape: shape, into: out.base)
        return operations
      }
    }
    return Product.measured(
      name, tokens: tokens, subjects, limits, rounds: options.rounds, pools)
  }
}
