public import ApusBlocks

#if BLAS
  import COpenBLAS
#endif

extension Compute {
  /// Whether a BLAS library is built in (trait `BLAS`). Otherwise `.blas` means `.simd`.
  public static var hasBLAS: Bool {
    #if BLAS
      true
    #else
      false
    #endif
  }

  /// Whether what a token gives never depends, to the bit, on how many others its step has: BLAS
  /// rounds differently for each number of tokens, the kernels of this package do not.
  /// - Parameter formats: those of all weights.
  public static func isUniform(
    _ formats: Set<BlockFormat>, mode: MatmulMode, table: KernelTable = .best
  ) -> Bool {
    guard hasBLAS else { return true }
    return switch mode {
    case .simd: true
    case .blas: false
    case .auto: formats.allSatisfy { $0.elementsPerBlock > 1 || table[$0].hasTile }
    }
  }
}

#if BLAS
  /// Matrix products through CBLAS: a panel of rows is decoded to F32, and one `sgemm` multiplies it
  /// with all tokens. The library runs on the calling thread alone; the pool shares out the panels.
  enum BLAS {
    /// From this many tokens on, a product is worth a call: below, decoding the weights costs more
    /// than the arithmetic.
    private static let tokenMinimum = 8

    /// From this many tokens on, `sgemm` is faster than kernels that take row by row.
    private static let floatTokenMinimum = 64

    /// Whether a product goes through BLAS. `.auto` takes it for weights that are floats where the
    /// table has no tiles for them: those of AVX2 and AVX-512 are faster (docs/performance.md), and
    /// quantised weights are with quantised activations.
    static func isWanted(
      _ mode: Compute.MatmulMode, _ format: BlockFormat, _ kernels: MatrixKernels, tokens: Int,
      exact: Bool
    ) -> Bool {
      switch mode {
      case .simd: false
      case .blas: tokens >= tokenMinimum
      case .auto:
        !exact && !kernels.hasTile && format.elementsPerBlock == 1 && tokens >= floatTokenMinimum
      }
    }

    /// Rows of a panel divide this, so that panels begin at the same rows however the rows are
    /// shared out: the same bits from any number of threads.
    private static let granule = 256

    /// F32 elements of a panel: what a level 2 cache holds beside the tokens.
    private static let panelElementCount = 1 << 18

    /// One thread: ours. Debian's OpenBLAS starts with as many as there are processors.
    private static let prepared: Void = {
      #if !canImport(Darwin)
        openblas_set_num_threads(1)
      #endif
    }()

    /// - Parameter decode: from `MatrixKernels`.
    static func kernel(
      _ format: BlockFormat,
      decode: @escaping @Sendable (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void
    ) -> MatrixKernel {
      _ = prepared
      return MatrixKernel(
        rowGranule: granule,
        scratchByteCount: { columns in panelRowCount(columns) * columns * 4 },
        run: { job in
          let rows = panelRowCount(job.columnCount)
          var row = 0
          while row < job.rowCount {
            multiply(job, row..<min(row + rows, job.rowCount), format, decode)
            row += rows
          }
        })
    }

    /// A power of two from 16 to 256.
    private static func panelRowCount(_ columns: Int) -> Int {
      var rows = granule
      while rows > 16, rows * columns > panelElementCount { rows /= 2 }
      return rows
    }

    private static func multiply(
      _ job: MatrixJob, _ rows: Range<Int>, _ format: BlockFormat,
      _ decode: (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void
    ) {
      let columns = job.columnCount
      let first = job.weights + rows.lowerBound * job.rowByteCount
      var panel = first.assumingMemoryBound(to: Float.self)
      // F32 rows are multiplied where they lie, if a float can be read there.
      if format != .F32 || job.rowByteCount != columns * 4 || Int(bitPattern: first) % 4 != 0 {
        let decoded = job.scratch.assumingMemoryBound(to: Float.self)
        for index in 0..<rows.count {
          decode(first + index * job.rowByteCount, decoded + index * columns, columns)
        }
        panel = UnsafePointer(decoded)
      }
      // y [tokens, rows] = x [tokens, columns] · panelᵀ [columns, rows]
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans,
        Int32(clamping: job.tokenCount), Int32(clamping: rows.count), Int32(clamping: columns),
        1, job.activations.assumingMemoryBound(to: Float.self), Int32(clamping: columns),
        panel, Int32(clamping: columns),
        0, job.output + rows.lowerBound, Int32(clamping: job.outputStride))
    }
  }
#endif
