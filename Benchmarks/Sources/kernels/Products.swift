import ApusBlocks
import ApusKernels

/// Products of a matrix with tokens, per format, number of tokens and contender. The weights come
/// from memory, as those of a model do.
enum Products {
  static func measure(
    _ options: Options, _ weights: Weights, _ limits: Limits, pools: [WorkerPool]
  ) -> [Product] {
    let most = options.tokens.max() ?? 1
    let x = Weights.floats(most * options.columns)
    let y = AlignedBuffer<Float>(count: most * options.rows)
    var products: [Product] = []
    for format in formats(options) {
      weights.fill(format)
      for tokens in options.tokens {
        // One token through BLAS would decode the weights for it alone: no engine does that.
        let contenders = Contender.all(options).filter { tokens > 1 || $0.mode == .simd }
        let subjects = contenders.map { contender in
          subject(format, tokens, contender, options, weights, limits) { workers, matrix in
            contender.compute(workers).matmul(matrix, x, tokens: tokens, into: y.base)
          }
        }
        products += Product.measured(
          format.name, tokens: tokens, subjects, limits, rounds: options.rounds, pools)
      }
    }
    return products
  }

  static func formats(_ options: Options) -> [BlockFormat] {
    BlockFormat.allCases.filter {
      options.formats.isEmpty || options.formats.contains($0.name)
    }
  }

  /// As many products as make 32 MB of weights or 12 giga operations, whichever is less: long
  /// enough to be timed.
  private static func subject(
    _ format: BlockFormat, _ tokens: Int, _ contender: Contender, _ options: Options,
    _ weights: Weights, _ limits: Limits, multiply: @escaping (Workers, BlockMatrix) -> Void
  ) -> Subject {
    // The portable kernels take long enough with fewer rows.
    let rows =
      contender.name == "portable" ? max(options.rows / 8, 1) : options.rows
    let size = rows * weights.rowByteCount(format)
    let operations = 2 * Double(rows * options.columns * tokens)
    let budget = contender.name == "portable" ? 1e9 : 12e9
    let count = max(1, min((32 << 20) / size, Int(budget / operations)))
    // What has to cross the bus at least: weights, activations, results.
    let traffic = size + 4 * tokens * (rows + options.columns)
    return Subject(
      name: contender.name, intensity: operations / Double(traffic),
      bytesPerOperation: Double(size) / operations,
      peak: limits.peak(contender.instructions, bytes: format.isQuantized)
    ) { workers in
      for _ in 0..<count { multiply(workers, weights.nextMatrix(format, rows: rows)) }
      return operations * Double(count)
    }
  }
}

extension BlockFormat {
  /// Whether its kernels multiply bytes; those of the plain formats multiply F32.
  fileprivate var isQuantized: Bool { elementsPerBlock > 1 }
}
