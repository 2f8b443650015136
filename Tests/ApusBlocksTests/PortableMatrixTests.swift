import ApusBlocks
import Testing

/// The portable products against sums in Double over the decoded weights.
@Suite struct PortableMatrixTests {
  static let rows = 5
  static let columns = 512
  static let tokens = 3

  @Test(arguments: BlockFormat.allCases)
  func multipliesDecodedWeights(_ format: BlockFormat) throws {
    var generator = Generator(3)
    let weights = format.encode((0..<Self.rows * Self.columns).map { _ in generator.bell() })
    let x = (0..<Self.tokens * Self.columns).map { _ in generator.bell() }
    let decoded = format.decode(weights)
    let rowBytes = try #require(format.byteCount(elements: Self.columns))
    let kernels = KernelTable.portable[format]
    for kernel in [kernels.exact, kernels.vector, kernels.tile] {
      #expect(kernel.packing == nil)
      let scratch = AlignedBuffer<UInt8>(count: kernel.scratchByteCount(Self.columns))
      // One row more on each side, which must stay as it is.
      let stride = Self.rows + 2
      var out = [Float](repeating: 7, count: Self.tokens * stride)
      weights.withUnsafeBytes { w in
        x.withUnsafeBytes { x in
          out.withUnsafeMutableBufferPointer { out in
            guard let w = w.baseAddress, let x = x.baseAddress, let y = out.baseAddress else {
              return
            }
            kernel.run(
              MatrixJob(
                weights: w, rowByteCount: rowBytes, rowCount: Self.rows,
                columnCount: Self.columns, activations: x, tokenCount: Self.tokens,
                output: y + 1, outputStride: stride,
                scratch: UnsafeMutableRawPointer(scratch.base)))
          }
        }
      }
      for token in 0..<Self.tokens {
        #expect(out[token * stride] == 7 && out[(token + 1) * stride - 1] == 7)
        for row in 0..<Self.rows {
          var sum = 0.0
          var magnitude = 0.0
          for c in 0..<Self.columns {
            let term = Double(decoded[row * Self.columns + c]) * Double(x[token * Self.columns + c])
            sum += term
            magnitude += term.magnitude
          }
          let difference = (Double(out[token * stride + 1 + row]) - sum).magnitude
          #expect(difference <= 2e-7 * magnitude, "\(format.name) row \(row) token \(token)")
        }
      }
    }
  }

  @Test(arguments: BlockFormat.allCases)
  func decodesRows(_ format: BlockFormat) throws {
    let (blocks, expected) = try Fixture.decode(format)
    var out = [Float](repeating: 0, count: expected.count)
    blocks.withUnsafeBytes { source in
      out.withUnsafeMutableBufferPointer { out in
        guard let from = source.baseAddress, let into = out.baseAddress else { return }
        KernelTable.portable[format].decode(from, into, expected.count)
      }
    }
    #expect(out.map(\.bitPattern) == expected.map(\.bitPattern))
  }

  /// Numbers of columns that are no multiple of a register.
  @Test func multipliesOddWidths() {
    var generator = Generator(5)
    for columns in [1, 2, 7, 8, 31, 33, 63, 65, 100] {
      let a = (0..<columns).map { _ in generator.bell() }
      let b = (0..<columns).map { _ in generator.bell() }
      let kernel = KernelTable.portable[.F32].exact
      let scratch = AlignedBuffer<UInt8>(count: kernel.scratchByteCount(columns))
      var y: Float = 0
      a.withUnsafeBytes { w in
        b.withUnsafeBytes { x in
          withUnsafeMutablePointer(to: &y) { y in
            guard let w = w.baseAddress, let x = x.baseAddress else { return }
            kernel.run(
              MatrixJob(
                weights: w, rowByteCount: columns * 4, rowCount: 1, columnCount: columns,
                activations: x, tokenCount: 1, output: y, outputStride: 1,
                scratch: UnsafeMutableRawPointer(scratch.base)))
          }
        }
      }
      let sum = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect((Double(y) - sum).magnitude < 1e-5, "\(columns) columns")
    }
  }
}
