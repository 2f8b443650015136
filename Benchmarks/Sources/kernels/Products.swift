import ApusBlocks
import ApusKernels

/// One way to compute a product: a kernel table, or BLAS.
struct Contender {
  var name: String
  var table: KernelTable
  var mode: Compute.MatmulMode

  /// The tables that this processor can run, slowest first, and BLAS on top of the best one.
  static func all(_ options: Options) -> [Contender] {
    var found = KernelTable.available.map { Contender(name: $0.name, table: $0, mode: .simd) }
    if Compute.hasBLAS { found.append(Contender(name: "blas", table: .best, mode: .blas)) }
    return found.filter { options.wants(kernel: $0.name) }
  }

  func compute(_ workers: Workers) -> Compute {
    Compute(workers: workers, table: table, matmulMode: mode)
  }
}

/// Products of a matrix with tokens, per format and contender.
enum Products {
  /// One token: bound by memory. Giga bytes of weights per second.
  static func decode(_ options: Options, _ weights: Weights, pools: [WorkerPool]) -> [Product] {
    // BLAS would decode the weights for a single token: no engine does that.
    let contenders = Contender.all(options).filter { $0.mode == .simd }
    let x = Weights.floats(Weights.columns)
    return formats(options).flatMap { format in
      weights.fill(format)
      let largest = weights.nextMatrix(format).rowCount
      let y = AlignedBuffer<Float>(count: largest)
      let subjects = contenders.map { contender in
        { (workers: Workers) -> Double in
          let matrix = weights.nextMatrix(format)
          contender.compute(workers).matmul(matrix, x, tokens: 1, into: y.base)
          return Double(matrix.rowCount * matrix.rowByteCount)
        }
      }
      return measure(format.name, contenders.map(\.name), subjects, options, pools)
    }
  }

  /// Many tokens: bound by arithmetic. Giga floating-point operations per second.
  static func prefill(_ options: Options, pools: [WorkerPool]) -> [Product] {
    let contenders = Contender.all(options)
    let (rows, columns) = (2048, Weights.columns)
    let x = Weights.floats(options.tokens * columns)
    let y = AlignedBuffer<Float>(count: options.tokens * rows)
    return formats(options).flatMap { format in
      let matrix = Weights.random(format, rows: rows, columns: columns)
      let subjects = contenders.map { contender in
        { (workers: Workers) -> Double in
          // The portable kernels take long enough with fewer rows.
          let matrix = contender.name == "portable" ? matrix.rows(0..<rows / 8) : matrix
          contender.compute(workers).matmul(matrix, x, tokens: options.tokens, into: y.base)
          return 2 * Double(matrix.rowCount * columns * options.tokens)
        }
      }
      return measure(format.name, contenders.map(\.name), subjects, options, pools)
    }
  }

  static func formats(_ options: Options) -> [BlockFormat] {
    BlockFormat.allCases.filter {
      options.formats.isEmpty || options.formats.contains($0.name)
    }
  }

  /// One figure and one ratio for each subject and pool.
  static func measure(
    _ name: String, _ contenders: [String], _ subjects: [(Workers) -> Double], _ options: Options,
    _ pools: [WorkerPool]
  ) -> [Product] {
    var products = contenders.map { Product(name: name, kernels: $0) }
    for pool in pools {
      let rates = Measurement.rates(subjects, rounds: options.rounds, pool: pool)
      for (index, own) in rates.enumerated() {
        products[index].rates.append(Rate(Measurement.median(own) / 1e9, pool.threadCount))
        products[index].ratios.append(Rate(Measurement.ratio(own, to: rates[0]), pool.threadCount))
      }
    }
    return products
  }
}
