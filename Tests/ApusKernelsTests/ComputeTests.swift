import ApusBlocks
import Testing

@testable import ApusKernels

@Suite struct ComputeTests {
  /// Products of several matrices of different formats with one x, with all numbers of threads.
  @Test(arguments: [1, 3, 40])
  func productsKeepTheirBits(tokens: Int) {
    let weights = [
      TestMatrix(.Q4_K, rows: 150, columns: 512, wild: false, seed: 1),
      TestMatrix(.Q6_K, rows: 33, columns: 512, wild: false, seed: 2),
      TestMatrix(.F16, rows: 64, columns: 512, wild: false, seed: 3),
    ]
    var random = Randomness(tokens)
    let x = random.normals(tokens * 512)
    for table in KernelTable.available {
      var first: [[Float]]?
      for threads in [1, 2, 3, 7] {
        let outputs = weights.map { AlignedBuffer<Float>(count: tokens * $0.matrix.rowCount) }
        WorkerPool(threadCount: threads).runSync { workers in
          Compute(workers: workers, table: table, matmulMode: .simd).matmul(
            zip(weights, outputs).map { Compute.Product($0.matrix, into: $1.base) }, x,
            tokens: tokens)
        }
        let found = outputs.map { Array($0.buffer) }
        if let first {
          #expect(found == first, "\(table.name), \(threads) threads")
        } else {
          for (matrix, values) in zip(weights, found) {
            let (expected, squares) = matrix.product(x, tokens: tokens)
            #expect(squaredError(values, expected, squares: squares) < 1e-4, "\(table.name)")
          }
          first = found
        }
      }
    }
  }

  @Test func exactActivationsAreExact() {
    let weights = TestMatrix(.Q4_K, rows: 40, columns: 768, wild: false, seed: 1)
    var random = Randomness(9)
    let x = random.normals(12 * 768)
    let (expected, squares) = weights.product(x, tokens: 12)
    for table in KernelTable.available {
      var out = [Float](repeating: .nan, count: 12 * 40)
      WorkerPool(threadCount: 2).runSync { workers in
        Compute(workers: workers, table: table, exactActivations: true)
          .matmul(weights.matrix, x, tokens: 12, into: &out)
      }
      #expect(squaredError(out, expected, squares: squares) < 1e-11, "\(table.name)")
    }
  }

  @Test func rowsOutsideAreZeros() {
    let weights = TestMatrix(.Q8_0, rows: 3, columns: 64, wild: false, seed: 1)
    WorkerPool(threadCount: 1).runSync { workers in
      let compute = Compute(workers: workers)
      var row = [Float](repeating: .nan, count: 64)
      compute.row(weights.matrix, 2, into: &row)
      for (found, expected) in zip(row, weights.weights[128...]) {
        #expect(abs(found - expected) < 1e-6)
      }
      for index in [-1, 3] {
        compute.row(weights.matrix, index, into: &row)
        #expect(row == [Float](repeating: 0, count: 64))
      }
    }
  }

  /// Positions of one head, rotated at once and one by one, against the definition.
  @Test(arguments: [RotaryPairing.interleaved, .halves])
  func rotations(pairing: RotaryPairing) {
    let frequencies: [Float] = [1, 0.3, 0.01]
    var random = Randomness(2)
    let x = random.normals(4 * 2 * 8)  // [tokens, heads, headSize], the last two not rotated
    for table in KernelTable.available {
      var found = x
      WorkerPool(threadCount: 2).runSync { workers in
        Compute(workers: workers, table: table).rope(
          &found, headCount: 2, headSize: 8,
          angles: RotaryTable(positions: Array(100_000..<100_004), frequencies: frequencies),
          pairing: pairing)
      }
      for token in 0..<4 {
        for head in 0..<2 {
          let base = (token * 2 + head) * 8
          for (pair, frequency) in frequencies.enumerated() {
            let angle = Double(100_000 + token) * Double(frequency)
            let a = base + (pairing == .interleaved ? 2 * pair : pair)
            let b = pairing == .interleaved ? a + 1 : a + 3
            let (cosine, sine) = (Double.cosine(angle), Double.sine(angle))
            #expect(abs(Double(found[a]) - (Double(x[a]) * cosine - Double(x[b]) * sine)) < 1e-6)
            #expect(abs(Double(found[b]) - (Double(x[a]) * sine + Double(x[b]) * cosine)) < 1e-6)
          }
          #expect(found[base + 6] == x[base + 6] && found[base + 7] == x[base + 7])
        }
      }
    }
  }

  @Test func finiteOrNot() {
    WorkerPool(threadCount: 1).runSync { workers in
      let compute = Compute(workers: workers)
      var x: [Float] = [0, -0.0, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -3]
      #expect(compute.allFinite(x, count: 5))
      for poison in [Float.nan, -.nan, .infinity, -.infinity] {
        x[2] = poison
        #expect(!compute.allFinite(x, count: 5))
      }
    }
  }

  @Test func gatherAndScatter() {
    WorkerPool(threadCount: 2).runSync { workers in
      let compute = Compute(workers: workers)
      let x: [Float] = [1, 2, 3, 4, 5, 6]
      var rows = [Float](repeating: 0, count: 6)
      compute.gather(x, rows: [2, 0, 2], width: 2, into: &rows)
      #expect(rows == [5, 6, 1, 2, 5, 6])
      var sums: [Float] = [10, 10, 20, 20]
      compute.scatterAdd(rows, rows: [1, 0, 1], weights: [1, 2, 0.5], width: 2, into: &sums)
      #expect(sums == [12, 14, 27.5, 29])
    }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension Double {
  fileprivate static func cosine(_ angle: Double) -> Double { cos(angle) }
  fileprivate static func sine(_ angle: Double) -> Double { sin(angle) }
}
