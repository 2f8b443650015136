import ApusBlocks
import Testing

@testable import ApusKernels

/// One kernel of one table on one shape.
private func run(
  _ kernel: MatrixKernel, _ weights: BlockMatrix, _ x: [Float], tokens: Int
) -> [Float] {
  let columns = weights.columnCount
  let input = GuardedBytes(x)
  let scratch = AlignedBuffer<UInt8>(count: kernel.scratchByteCount(columns))
  var activations = UnsafeRawPointer(input.base)
  var packed = AlignedBuffer<UInt8>(count: 0)
  if let packing = kernel.packing {
    let size = packing.tokensPerGroup
    let groups = (tokens + size - 1) / size
    packed = AlignedBuffer(count: groups * packing.bytesPerGroup(columns))
    for group in 0..<groups {
      packing.pack(
        ActivationJob(
          input: input.floats + group * size * columns,
          tokenCount: min(size, tokens - group * size), columnCount: columns,
          output: UnsafeMutableRawPointer(packed.base) + group * packing.bytesPerGroup(columns)))
    }
    activations = UnsafeRawPointer(packed.base)
  }
  let output = GuardedBytes([Float](repeating: .nan, count: tokens * weights.rowCount))
  withExtendedLifetime((input, packed, scratch, weights.owner)) {
    kernel.run(
      MatrixJob(
        weights: weights.base, rowByteCount: weights.rowByteCount, rowCount: weights.rowCount,
        columnCount: columns, activations: activations, tokenCount: tokens,
        output: output.floats, outputStride: weights.rowCount,
        scratch: UnsafeMutableRawPointer(scratch.base)))
  }
  return Array(UnsafeBufferPointer(start: output.floats, count: tokens * weights.rowCount))
}

private struct Case: CustomTestStringConvertible, Sendable {
  let table: KernelTable
  let format: BlockFormat
  var testDescription: String { "\(table.name) \(format.name)" }

  static let all = KernelTable.available.flatMap { table in
    BlockFormat.allCases.map { Case(table: table, format: $0) }
  }
}

@Suite struct MatrixKernelTests {
  /// Odd numbers of rows, of tokens and of blocks; a forbidden page behind the last row, the last
  /// activation and the last result.
  @Test(arguments: Case.all)
  private func agreesWithExactArithmetic(_ test: Case) {
    let kernels = test.table[test.format]
    let isFloat = test.format.elementsPerBlock == 1
    let width = test.format.elementsPerBlock == 256 ? 256 : 32
    for (rows, blocks, wild) in [(1, 1, true), (7, 3, false), (16, 2, true), (37, 5, true)] {
      let columns = isFloat ? blocks * 32 - 3 : blocks * width
      let weights = TestMatrix(
        test.format, rows: rows, columns: columns, wild: wild, seed: rows)
      for tokens in [1, 2, 5, 16, 33] {
        var random = Randomness(tokens)
        let x = random.normals(tokens * columns)
        let (expected, squares) = weights.product(x, tokens: tokens)
        let exact = squaredError(
          run(kernels.exact, weights.matrix, x, tokens: tokens), expected, squares: squares)
        #expect(exact < 1e-11, "exact, \(rows) rows, \(columns) columns, \(tokens) tokens")
        for (name, kernel) in [("vector", kernels.vector), ("tile", kernels.tile)] {
          let error = squaredError(
            run(kernel, weights.matrix, x, tokens: tokens), expected, squares: squares)
          // llama.cpp allows 5e-4 in its own comparison of quantised products.
          #expect(
            error < (isFloat ? 1e-11 : 3e-4),
            "\(name), \(rows) rows, \(columns) columns, \(tokens) tokens")
        }
      }
    }
  }

  @Test(arguments: Case.all)
  private func tokensDoNotSeeTheirNeighbours(_ test: Case) {
    let columns = test.format.elementsPerBlock == 1 ? 77 : 512
    let weights = TestMatrix(test.format, rows: 19, columns: columns, wild: false, seed: 4)
    var random = Randomness(8)
    let x = random.normals(21 * columns)
    let kernels = test.table[test.format]
    for kernel in [kernels.exact, kernels.vector, kernels.tile] {
      let together = run(kernel, weights.matrix, x, tokens: 21)
      for token in 0..<21 {
        let alone = run(
          kernel, weights.matrix, Array(x[token * columns..<(token + 1) * columns]), tokens: 1)
        #expect(Array(together[token * 19..<(token + 1) * 19]) == alone)
      }
    }
  }

  /// Any number of tokens may take either kernel: what a token gives depends on neither.
  @Test(arguments: Case.all)
  private func rowsAndTilesAgreeToTheBit(_ test: Case) {
    let kernels = test.table[test.format]
    let isFloat = test.format.elementsPerBlock == 1
    let width = test.format.elementsPerBlock == 256 ? 256 : 32
    // Float rows of whole registers take another way than ragged ones.
    let ends = isFloat ? [3, 16] : [0]
    for (rows, blocks, end) in [(1, 1), (33, 3), (64, 8), (70, 13), (5, 70)]
      .flatMap({ shape in ends.map { (shape.0, shape.1, $0) } })
    {
      let columns = blocks * (isFloat ? 32 : width) - end
      let weights = TestMatrix(test.format, rows: rows, columns: columns, wild: true, seed: rows)
      for tokens in 1...14 {
        var random = Randomness(tokens)
        let x = random.normals(tokens * columns)
        let few = run(kernels.vector, weights.matrix, x, tokens: tokens)
        let many = run(kernels.tile, weights.matrix, x, tokens: tokens)
        let agree = few == many
        #expect(agree, "\(rows) rows, \(columns) columns, \(tokens) tokens")
      }
    }
  }

  /// AVX2 and AVX-512 add up in one order.
  @Test(arguments: BlockFormat.allCases)
  private func instructionSetsAgreeToTheBit(_ format: BlockFormat) {
    let tables = KernelTable.available.filter { $0[.Q8_0].unpacking != nil }
    let columns = [1: 1283, 32: 1248, 256: 1280][format.elementsPerBlock] ?? 0
    let weights = TestMatrix(format, rows: 37, columns: columns, wild: true, seed: 9)
    var random = Randomness(3)
    let x = random.normals(7 * columns)
    for kernel in [\MatrixKernels.vector, \.tile, \.exact] {
      let results = tables.map { run($0[format][keyPath: kernel], weights.matrix, x, tokens: 7) }
      let agree = results.allSatisfy { $0 == results[0] }
      #expect(agree)
    }
  }

  @Test(arguments: Case.all)
  private func decodes(_ test: Case) {
    let columns = test.format.elementsPerBlock == 1 ? 77 : 768
    let weights = TestMatrix(test.format, rows: 1, columns: columns, wild: true, seed: 5)
    let out = GuardedBytes([Float](repeating: .nan, count: columns))
    test.table[test.format].decode(weights.matrix.base, out.floats, columns)
    for (found, expected) in zip(
      UnsafeBufferPointer(start: out.floats, count: columns), weights.weights)
    {
      #expect(abs(found - expected) <= 4e-7 * max(abs(expected), 0.1))
    }
  }

  /// Largest quants and largest activations of one sign: where 16-bit sums would overflow.
  @Test(arguments: Case.all)
  private func extremesDoNotOverflow(_ test: Case) {
    let format = test.format
    guard format.elementsPerBlock > 1 else { return }
    for fill in [UInt8(0xFF), 0x7F, 0x80, 0x00] {
      let count = 512 / format.elementsPerBlock * 16
      var bytes = [UInt8](repeating: fill, count: count * format.bytesPerBlock)
      for block in 0..<count {
        for offset in [0, 2, 80, 82, 108, 208] where offset + 2 <= format.bytesPerBlock {
          bytes[block * format.bytesPerBlock + offset] = 0x00
          bytes[block * format.bytesPerBlock + offset + 1] = 0x3C
        }
      }
      let memory = GuardedBytes(bytes)
      let matrix = BlockMatrix(
        format: format, rowCount: 16, columnCount: 512,
        rowByteCount: 512 / format.elementsPerBlock * format.bytesPerBlock,
        base: UnsafeRawPointer(memory.base), owner: memory)
      let weights = format.decode(bytes)
      for sign in [Float(1), -1] {
        let x = [Float](repeating: sign * 127, count: 512 * 4)
        let rows = (0..<16).map { row -> Double in
          var sum = 0.0
          for weight in weights[row * 512..<(row + 1) * 512] { sum += Double(weight * sign * 127) }
          return sum
        }
        let expected = rows + rows + rows + rows
        let kernels = test.table[format]
        for kernel in [kernels.exact, kernels.vector, kernels.tile] {
          #expect(squaredError(run(kernel, matrix, x, tokens: 4), expected) < 1e-9)
        }
      }
    }
  }

  @Test(arguments: Case.all)
  private func notANumberComesOut(_ test: Case) {
    let columns = test.format.elementsPerBlock == 1 ? 64 : 512
    let weights = TestMatrix(test.format, rows: 16, columns: columns, wild: false, seed: 6)
    for poison in [Float.nan, .infinity] {
      var x = [Float](repeating: 1, count: 4 * columns)
      x[columns + 5] = poison
      let kernels = test.table[test.format]
      for kernel in [kernels.exact, kernels.vector, kernels.tile] {
        let found = run(kernel, weights.matrix, x, tokens: 4)
        #expect(found[16..<32].contains { !$0.isFinite })
        #expect(!found[0..<16].contains { !$0.isFinite })
      }
    }
  }
}
