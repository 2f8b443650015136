public import ApusBlocks

extension Compute {
  /// A matrix of weights and where its product goes.
  public struct Product {
    /// [rows, columns]
    public var weights: BlockMatrix
    /// [tokens, rows]
    public var output: UnsafeMutablePointer<Float>

    public init(_ weights: BlockMatrix, into output: UnsafeMutablePointer<Float>) {
      self.weights = weights
      self.output = output
    }
  }

  /// `output[t, r] = Σ_c weights[r, c] · x[t, c]`.
  /// - Parameter x: [tokens, columns]
  /// - Parameter output: [tokens, rows]
  public func matmul(
    _ weights: BlockMatrix, _ x: UnsafePointer<Float>, tokens: Int,
    into output: UnsafeMutablePointer<Float>
  ) {
    matmul([Product(weights, into: output)], x, tokens: tokens)
  }

  /// Several matrices times the same activations, which are quantised once and shared out as one
  /// operation.
  ///
  /// A token's result does not depend on the other tokens of the batch, to the bit, except where
  /// BLAS takes part. F32, F16 and BF16 weights are always multiplied in F32.
  /// - Parameter products: matrices with the same number of columns.
  /// - Parameter x: [tokens, columns]
  public func matmul(_ products: [Product], _ x: UnsafePointer<Float>, tokens: Int) {
    guard let columns = products.first?.weights.columnCount, tokens > 0 else { return }
    var pieces: [Piece] = []
    var packings: [PackedActivations] = []
    var packedByteCount = 0
    var scratchByteCount = 0
    for product in products {
      precondition(
        product.weights.columnCount == columns, "weights of one product differ in columns")
      let kernel = kernel(for: product.weights.format, tokens: tokens)
      scratchByteCount = max(scratchByteCount, kernel.scratchByteCount(columns))
      var packed = -1
      if let packing = kernel.packing {
        packed = packings.firstIndex { $0.packing.name == packing.name } ?? -1
        if packed < 0 {
          packed = packings.count
          packings.append(
            PackedActivations(
              packing: packing, tokens: tokens, columns: columns, offset: packedByteCount))
          packedByteCount += packings[packed].byteCount
        }
      }
      cut(product, kernel, packed: packed, tokens: tokens, into: &pieces)
    }
    let base = workers.scratch.sharedPiece(byteCount: packedByteCount)
    for packed in packings { pack(packed, x, tokens: tokens, columns: columns, into: base) }

    let scratch = workers.scratch.pieces(byteCount: scratchByteCount)
    pieces.withUnsafeBufferPointer { pieces in
      workers.parallel(pieces.count) { part, worker in
        let piece = pieces[part]
        let activations =
          piece.packed < 0
          ? UnsafeRawPointer(x) : UnsafeRawPointer(base + packings[piece.packed].offset)
        piece.kernel.run(
          MatrixJob(
            weights: piece.weights.base + piece.begin * piece.weights.rowByteCount,
            rowByteCount: piece.weights.rowByteCount, rowCount: piece.end - piece.begin,
            columnCount: columns, activations: activations, tokenCount: tokens,
            output: piece.output + piece.begin, outputStride: piece.weights.rowCount,
            scratch: scratch[worker]))
      }
    }
  }

  /// Decodes row `index` of `weights`: an embedding. Rows outside of the matrix are zeros.
  /// - Parameter output: [columns]
  public func row(_ weights: BlockMatrix, _ index: Int, into output: UnsafeMutablePointer<Float>) {
    guard index >= 0, index < weights.rowCount else {
      output.update(repeating: 0, count: weights.columnCount)
      return
    }
    table[weights.format].decode(
      weights.base + index * weights.rowByteCount, output, weights.columnCount)
  }

  private func kernel(for format: BlockFormat, tokens: Int) -> MatrixKernel {
    let kernels = table[format]
    #if BLAS
      if !tokensAreIndependent,
        BLAS.isWanted(matmulMode, format, kernels, tokens: tokens, exact: exactActivations)
      {
        return BLAS.kernel(format, decode: kernels.decode)
      }
    #endif
    if exactActivations, format.elementsPerBlock > 1 { return kernels.exact }
    return tokens >= kernels.tileMinimum ? kernels.tile : kernels.vector
  }

  /// Cuts a product into pieces of whole granules of rows: a few for each thread, but none smaller
  /// than what its start is worth.
  private func cut(
    _ product: Product, _ kernel: MatrixKernel, packed: Int, tokens: Int, into pieces: inout [Piece]
  ) {
    let weights = product.weights
    let granules = (weights.rowCount + kernel.rowGranule - 1) / kernel.rowGranule
    let work = weights.rowByteCount * weights.rowCount * min(tokens, 16)
    let parts = max(1, min(granules, workers.threadCount * 8, work / 32768))
    for part in 0..<(workers.threadCount == 1 ? 1 : parts) {
      let count = workers.threadCount == 1 ? 1 : parts
      let begin = granules * part / count * kernel.rowGranule
      let end = min(granules * (part + 1) / count * kernel.rowGranule, weights.rowCount)
      guard begin < end else { continue }
      pieces.append(
        Piece(
          weights: weights, output: product.output, kernel: kernel, packed: packed, begin: begin,
          end: end))
    }
  }

  private func pack(
    _ packed: PackedActivations, _ x: UnsafePointer<Float>, tokens: Int, columns: Int,
    into base: UnsafeMutableRawPointer
  ) {
    let size = packed.packing.tokensPerGroup
    overRows(packed.groupCount, width: size * columns) { groups in
      for group in groups {
        let first = group * size
        packed.packing.pack(
          ActivationJob(
            input: x + first * columns, tokenCount: min(size, tokens - first), columnCount: columns,
            output: base + packed.offset + group * packed.bytesPerGroup))
      }
    }
  }
}

/// Some rows of one product.
private struct Piece {
  let weights: BlockMatrix
  let output: UnsafeMutablePointer<Float>
  let kernel: MatrixKernel
  /// Which packed activations; -1: the floats as they are.
  let packed: Int
  let begin: Int
  let end: Int
}

/// Activations as some kernel wants them, at an offset of the shared scratch memory.
private struct PackedActivations {
  let packing: ActivationPacking
  let groupCount: Int
  let bytesPerGroup: Int
  let offset: Int

  init(packing: ActivationPacking, tokens: Int, columns: Int, offset: Int) {
    self.packing = packing
    groupCount = (tokens + packing.tokensPerGroup - 1) / packing.tokensPerGroup
    bytesPerGroup = packing.bytesPerGroup(columns)
    self.offset = offset
  }

  var byteCount: Int { (groupCount * bytesPerGroup + 63) & ~63 }
}
