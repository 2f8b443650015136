import ApusBlocks
import ApusKernels
import Testing

/// Products through BLAS: built with the trait `BLAS` only.
@Suite(.enabled(if: Compute.hasBLAS, "built without the trait BLAS")) struct BLASTests {
  static let rows = 300
  static let columns = 512

  static func floats(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
    }
  }

  static func product(
    _ matrix: BlockMatrix, _ x: [Float], tokens: Int, threads: Int, mode: Compute.MatmulMode,
    table: KernelTable = .best
  ) -> [Float] {
    let y = AlignedBuffer<Float>(count: tokens * matrix.rowCount)
    WorkerPool(threadCount: threads).runSync { workers in
      Compute(workers: workers, table: table, matmulMode: mode)
        .matmul(matrix, x, tokens: tokens, into: y.base)
    }
    return Array(y.buffer)
  }

  @Test(arguments: BlockFormat.allCases)
  func multipliesDecodedWeights(_ format: BlockFormat) throws {
    let size = try #require(format.byteCount(elements: Self.columns))
    // One byte before the weights, so that none is aligned.
    let bytes = [0] + format.encode(Self.floats(Self.rows * Self.columns, seed: 1))
    let memory = AlignedBuffer<UInt8>(count: bytes.count)
    for (index, byte) in bytes.enumerated() { memory[index] = byte }
    let weights = format.decode(Array(bytes.dropFirst()))
    for offset in [0, 1] {
      if offset == 0 { for index in 1..<bytes.count { memory[index - 1] = bytes[index] } }
      if offset == 1 { for index in 0..<bytes.count { memory[index] = bytes[index] } }
      let matrix = BlockMatrix(
        format: format, rowCount: Self.rows, columnCount: Self.columns, rowByteCount: size,
        base: UnsafeRawPointer(memory.base + offset), owner: memory)
      let tokens = 9
      let x = Self.floats(tokens * Self.columns, seed: 2)
      let y = Self.product(matrix, x, tokens: tokens, threads: 2, mode: .blas)
      var worst = 0.0
      for token in 0..<tokens {
        for row in 0..<Self.rows {
          var (sum, size) = (0.0, 0.0)
          for c in 0..<Self.columns {
            let term = Double(weights[row * Self.columns + c]) * Double(x[token * Self.columns + c])
            sum += term
            size += term.magnitude
          }
          worst = max(worst, (Double(y[token * Self.rows + row]) - sum).magnitude / size)
        }
      }
      #expect(worst < 1e-6, "\(format.name) at offset \(offset)")
    }
  }

  @Test func givesTheSameBitsFromAnyNumberOfThreads() throws {
    let format = BlockFormat.Q4_K
    let (rows, columns, tokens) = (1100, 2048, 17)
    let bytes = format.encode(Self.floats(64 * columns, seed: 1))
    let size = try #require(format.byteCount(elements: columns))
    let memory = AlignedBuffer<UInt8>(count: rows * size)
    for index in 0..<memory.count { memory[index] = bytes[index % bytes.count] }
    let matrix = BlockMatrix(
      format: format, rowCount: rows, columnCount: columns, rowByteCount: size,
      base: UnsafeRawPointer(memory.base), owner: memory)
    let x = Self.floats(tokens * columns, seed: 3)
    let one = Self.product(matrix, x, tokens: tokens, threads: 1, mode: .blas)
    for threads in [2, 3, 5] {
      let many = Self.product(matrix, x, tokens: tokens, threads: threads, mode: .blas)
      #expect(many.map(\.bitPattern) == one.map(\.bitPattern), "\(threads) threads")
    }
    // It is another computation than the kernels' own.
    #expect(Self.product(matrix, x, tokens: tokens, threads: 1, mode: .simd) != one)
  }

  /// `.auto` is what measurement says: BLAS for many tokens of floats where the table has no tiles
  /// of its own for them, otherwise the kernels.
  @Test(arguments: KernelTable.available.indices)
  func autoTakesTheFasterOne(_ index: Int) throws {
    let table = KernelTable.available[index]
    let (rows, columns) = (256, 256)
    let many: Compute.MatmulMode = table[.F16].hasTile ? .simd : .blas
    #expect(table[.F16].hasTile == table.name.hasPrefix("avx"))
    #expect(Compute.isUniform([.F16], mode: .auto, table: table) == (many == .simd))
    for (format, tokens, expected) in [
      (BlockFormat.F32, 64, many), (.F16, 200, many), (.BF16, 64, many), (.F32, 63, .simd),
      (.Q8_0, 64, .simd), (.Q4_K, 200, .simd),
    ] {
      let bytes = format.encode(Self.floats(rows * columns, seed: 4))
      let memory = AlignedBuffer<UInt8>(count: bytes.count)
      for index in 0..<memory.count { memory[index] = bytes[index] }
      let matrix = BlockMatrix(
        format: format, rowCount: rows, columnCount: columns, rowByteCount: bytes.count / rows,
        base: UnsafeRawPointer(memory.base), owner: memory)
      let x = Self.floats(tokens * columns, seed: 5)
      let product = { (mode: Compute.MatmulMode) in
        Self.product(matrix, x, tokens: tokens, threads: 1, mode: mode, table: table)
      }
      let other: Compute.MatmulMode = expected == .blas ? .simd : .blas
      #expect(product(.auto) == product(expected), "\(format.name), \(tokens) tokens")
      #expect(product(.auto) != product(other), "\(format.name), \(tokens) tokens")
    }
  }
}
