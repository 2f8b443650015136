public import ApusBlocks

/// The arithmetic of a step: operations on rows of floats, each shared out over the step's threads
/// where that pays.
///
/// All pointers are to F32, contiguous, outermost dimension first. Every operation computes the same
/// bits whatever the number of threads: sums are cut by the work, never by who does it.
/// Not to be used inside a part of `Workers.parallel`.
public struct Compute {
  /// How products of matrices with many tokens are computed.
  public enum MatmulMode: String, Sendable, CaseIterable {
    /// As measurement says for this processor: see docs/performance.md.
    case auto
    /// The kernels of this package, on quantised activations.
    case simd
    /// OpenBLAS, on weights decoded to F32; the kernels of this package where it is not built in.
    case blas
  }

  public let table: KernelTable
  public let workers: Workers
  public var matmulMode: MatmulMode
  /// Never quantise activations: every product is that of the decoded weights in F32.
  public var exactActivations: Bool
  /// Whether tokens come one by one from several sequences: then BLAS, which rounds differently
  /// for each number of tokens, takes no part.
  public var tokensAreIndependent = false

  public init(
    workers: Workers, table: KernelTable = .best, matmulMode: MatmulMode = .auto,
    exactActivations: Bool = false
  ) {
    self.workers = workers
    self.table = table
    self.matmulMode = matmulMode
    self.exactActivations = exactActivations
  }

  /// Elements below which an operation is not worth sharing out.
  private static let worthSharing = 16384

  /// Calls `body` with ranges that cover `0 ..< rows`, in parallel when `rows * width` is large.
  func overRows(_ rows: Int, width: Int, _ body: (Range<Int>) -> Void) {
    overRowsByWorker(rows, width: width) { range, _ in body(range) }
  }

  /// As `overRows`; `body` gets the number of the thread as well.
  func overRowsByWorker(_ rows: Int, width: Int, _ body: (Range<Int>, _ worker: Int) -> Void) {
    guard rows > 0 else { return }
    guard rows > 1, workers.threadCount > 1, rows * width >= Compute.worthSharing else {
      body(0..<rows, 0)
      return
    }
    let parts = min(rows, workers.threadCount * 4)
    workers.parallel(parts) { part, worker in
      body(rows * part / parts..<rows * (part + 1) / parts, worker)
    }
  }

  /// As `overRows`, over elements that have no rows; pieces are multiples of 4096.
  func overElements(_ count: Int, _ body: (_ begin: Int, _ count: Int) -> Void) {
    guard count > 0 else { return }
    overRows((count + 4095) / 4096, width: 4096) { range in
      let begin = range.lowerBound * 4096
      body(begin, min(range.upperBound * 4096, count) - begin)
    }
  }
}
