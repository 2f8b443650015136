import ApusBlocks
import ApusKernels

/// What is not a product of a matrix: operations on rows, and attention.
enum Operations {
  private static let width = 4096
  private static let rows = 64

  /// Rows of floats in the caches, giga elements per second.
  static func rows(_ options: Options) -> [Product] {
    let tables = KernelTable.available.filter { options.wants(kernel: $0.name) }
    let x = Weights.floats(rows * width)
    let w = Weights.floats(width)
    let out = AlignedBuffer<Float>(count: rows * width)
    let pool = WorkerPool(threadCount: 1)

    typealias Row = (VectorKernels, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
    let operations: [(name: String, run: Row)] = [
      ("RMS norm", { kernels, x, y in kernels.rmsNorm(x, w, 1e-5, width, y) }),
      ("softmax", { kernels, _, y in kernels.softmax(y, width) }),
      ("SiLU gate", { kernels, x, y in kernels.siluMultiply(x, w, width, y) }),
      ("GELU gate", { kernels, x, y in kernels.geluTanhMultiply(x, w, width, y) }),
      ("RoPE", { kernels, _, y in kernels.rotate(y, w, w, width / 2, 1) }),
      ("add", { kernels, x, y in kernels.add(x, w, width, y) }),
    ]
    return operations.flatMap { operation in
      let subjects = tables.map { table in
        { (_: Workers) -> Double in
          x.withUnsafeBufferPointer { x in
            guard let x = x.baseAddress else { return }
            for row in 0..<rows {
              operation.run(table.vector, x + row * width, out.base + row * width)
            }
          }
          return Double(rows * width)
        }
      }
      // What changes in place must not run away over the rounds.
      for index in 0..<out.count { out.base[index] = x[index] }
      return Products.measure(operation.name, tables.map(\.name), subjects, options, [pool])
    }
  }

  /// 32 heads of 64 that share 8 key/value heads, at a context of 1024: giga floating-point
  /// operations per second.
  static func attention(_ options: Options, pools: [WorkerPool]) -> [Product] {
    let tables = KernelTable.available.filter { options.wants(kernel: $0.name) }
    let (heads, kvHeads, size, context) = (32, 8, 64, 1024)
    let layout = CacheLayout(
      format: .f16, kvHeadCount: kvHeads, capacity: context, headSize: size)
    let keys = AlignedBuffer<UInt8>(count: layout.byteCount)
    let values = AlignedBuffer<UInt8>(count: layout.byteCount)
    let filling = Weights.floats(context * kvHeads * size)
    pools[0].runSync { workers in
      let compute = Compute(workers: workers)
      for cache in [keys, values] {
        compute.store(filling, tokens: context, start: 0, into: cache.base, layout: layout)
      }
    }
    let shape = AttentionShape(headCount: heads, scale: 0.125, softcap: 0, window: 0)
    let out = AlignedBuffer<Float>(count: 128 * heads * size)
    return [("decode", 1), ("prefill", 128)].flatMap { name, tokens in
      let q = Weights.floats(tokens * heads * size)
      let start = context - tokens
      let subjects = tables.map { table in
        { (workers: Workers) -> Double in
          Compute(workers: workers, table: table).attention(
            q, tokens: tokens, start: start, keys: keys.base, values: values.base, layout: layout,
            shape: shape, into: out.base)
          return 4 * Double(tokens * heads * size) * (Double(start) + Double(tokens + 1) / 2)
        }
      }
      return Products.measure(name, tables.map(\.name), subjects, options, pools)
    }
  }
}
