import ApusBlocks
import Testing

@testable import ApusKernels

/// Every table against the portable one, whose own tests compare it with Double arithmetic.
@Suite struct VectorKernelTests {
  private static let counts = [1, 3, 8, 13, 64, 100]

  private func check(
    _ name: String, _ tolerance: Float = 2e-6,
    _ operation: (VectorKernels, [Float], [Float], Int) -> [Float]
  ) {
    for table in KernelTable.available {
      for count in VectorKernelTests.counts {
        var random = Randomness(count)
        let a = random.normals(count).map { $0 * 3 }
        let b = random.normals(count)
        let expected = operation(KernelTable.portable.vector, a, b, count)
        let found = operation(table.vector, a, b, count)
        for (x, y) in zip(found, expected) {
          #expect(abs(x - y) <= tolerance * max(1, abs(y)), "\(name) of \(table.name), \(count)")
        }
      }
    }
  }

  /// Runs an operation on memory that ends at a forbidden page.
  private func output(
    _ input: [Float], _ body: (UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    let memory = GuardedBytes(input)
    body(memory.floats)
    return Array(UnsafeBufferPointer(start: memory.floats, count: input.count))
  }

  @Test func norms() {
    check("rmsNorm") { kernels, a, b, count in
      output(a) { kernels.rmsNorm($0, b, 1e-5, count, $0) }
    }
    check("rmsNorm without weight") { kernels, a, _, count in
      output(a) { kernels.rmsNorm($0, nil, 1e-5, count, $0) }
    }
    check("layerNorm") { kernels, a, b, count in
      output(a) { kernels.layerNorm($0, b, a, 1e-5, count, $0) }
    }
    check("layerNorm without bias") { kernels, a, b, count in
      output(a) { kernels.layerNorm($0, b, nil, 1e-5, count, $0) }
    }
    check("layerNorm without weight") { kernels, a, _, count in
      output(a) { kernels.layerNorm($0, nil, nil, 1e-5, count, $0) }
    }
  }

  @Test func activationFunctions() {
    check("softmax") { kernels, a, _, count in output(a) { kernels.softmax($0, count) } }
    check("siluMultiply") { kernels, a, b, count in
      output(a) { kernels.siluMultiply($0, b, count, $0) }
    }
    check("geluTanhMultiply") { kernels, a, b, count in
      output(a) { kernels.geluTanhMultiply($0, b, count, $0) }
    }
    check("geluTanh") { kernels, a, _, count in output(a) { kernels.geluTanh($0, count, $0) } }
    check("geluExactMultiply") { kernels, a, b, count in
      output(a) { kernels.geluExactMultiply($0, b, count, $0) }
    }
    check("geluExact") { kernels, a, _, count in output(a) { kernels.geluExact($0, count, $0) } }
    check("softcap") { kernels, a, _, count in output(a) { kernels.softcap($0, 2.5, count) } }
  }

  @Test func sums() {
    check("add") { kernels, a, b, count in output(a) { kernels.add($0, b, count, $0) } }
    check("addScaled") { kernels, a, b, count in
      output(a) { kernels.addScaled(b, 0.3, count, $0) }
    }
    check("scale") { kernels, a, _, count in output(a) { kernels.scale($0, 0.3, count) } }
  }

  @Test func rotations() {
    check("rotate neighbours") { kernels, a, b, count in
      output(a) { kernels.rotate($0, b, a, count / 2, 1) }
    }
    check("rotate halves") { kernels, a, b, count in
      output(a) { kernels.rotate($0, b, a, count / 2, count / 2) }
    }
  }

  @Test func extremes() {
    for table in KernelTable.available {
      let wide: [Float] = [-1e30, -100, -88, -1e-30, 0, 1e-30, 88, 100, 1e30, .nan, -0.0]
      let silu = output(wide) { table.vector.siluMultiply($0, wide, wide.count, $0) }
      #expect(silu[0].magnitude == 0 && silu[1].magnitude < 1e-30 && silu[4] == 0)
      #expect(silu[7] == 10000 && silu[9].isNaN)
      let gelu = output(wide) { table.vector.geluTanh($0, wide.count, $0) }
      #expect(gelu[1].magnitude < 1e-30 && gelu[7] == 100 && gelu[9].isNaN)
      let exact = output(wide) { table.vector.geluExact($0, wide.count, $0) }
      #expect(exact[1].magnitude < 1e-30 && exact[7] == 100 && exact[9].isNaN)
      let masked = output([-.infinity, 0, -.infinity, 0]) { table.vector.softmax($0, 4) }
      #expect(masked == [0, 0.5, 0, 0.5])
      let large = output([1000, 1000, -1000]) { table.vector.softmax($0, 3) }
      #expect(large == [0.5, 0.5, 0])
    }
  }

  @Test func halves() {
    var random = Randomness(3)
    let x = random.normals(37) + [0, -0.0, 65504, 65520, 1e-8, 6e-8, -3e-5, .infinity]
    var expected = [UInt16](repeating: 0, count: x.count)
    KernelTable.portable.vector.encodeHalf(x, &expected, x.count)
    for table in KernelTable.available {
      var found = [UInt16](repeating: 0, count: x.count)
      table.vector.encodeHalf(x, &found, x.count)
      #expect(found == expected, "\(table.name)")
    }
  }
}
