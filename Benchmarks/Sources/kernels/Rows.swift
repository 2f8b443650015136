import ApusBlocks
import ApusKernels

/// Operations on rows of floats in the caches, giga elements per second, one thread.
enum Rows {
  private static let width = 4096
  private static let rows = 64

  static func measure(_ options: Options) -> [Product] {
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
      let rates = Measurement.rates(subjects, rounds: options.rounds, pool: pool)
      return zip(tables, rates).map { table, own in
        Product(
          name: operation.name, kernels: table.name,
          rates: [Rate(value: Measurement.median(own) / 1e9, threads: 1)],
          ratios: [Rate(value: Measurement.ratio(own, to: rates[0]), threads: 1)])
      }
    }
  }
}
