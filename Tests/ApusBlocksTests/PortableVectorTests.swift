import ApusBlocks
import Foundation
import Testing

/// The portable operations on rows against the same formulas in Double.
@Suite struct PortableVectorTests {
  let kernels = KernelTable.portable.vector
  static let counts = [1, 3, 8, 17, 64, 301]

  static func row(_ seed: UInt64, _ count: Int, _ size: Float = 3) -> [Float] {
    var generator = Generator(seed)
    return (0..<count).map { _ in generator.bell() * size }
  }

  /// Runs `body` with a copy of `x` that it may change, and returns the copy.
  static func changing(
    _ x: [Float], _ body: (UnsafeMutablePointer<Float>) -> Void
  ) -> [Float] {
    var copy = x
    copy.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { body(base) }
    }
    return copy
  }

  static func expect(
    _ actual: [Float], _ expected: [Double], _ tolerance: Double = 3e-7,
    _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(actual.count == expected.count, sourceLocation: location)
    let scale = expected.map(\.magnitude).max() ?? 0
    for (index, (a, e)) in zip(actual, expected).enumerated() {
      let allowed = tolerance * max(e.magnitude, scale * 0.01) + 1e-12
      #expect(
        (Double(a) - e).magnitude <= allowed, "element \(index): \(a), not \(e)",
        sourceLocation: location)
    }
  }

  @Test(arguments: counts) func normalisesByRootMeanSquare(_ count: Int) {
    let (x, w) = (Self.row(1, count), Self.row(2, count))
    let square = x.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(count)
    let factor = 1 / (square + 1e-5).squareRoot()
    let plain = Self.changing(x) { kernels.rmsNorm($0, nil, 1e-5, count, $0) }
    Self.expect(plain, x.map { Double($0) * factor })
    let weighted = Self.changing(x) { kernels.rmsNorm($0, w, 1e-5, count, $0) }
    Self.expect(weighted, zip(x, w).map { Double($0) * factor * Double($1) })
  }

  @Test(arguments: counts) func normalisesByMeanAndVariance(_ count: Int) {
    let (x, w, b) = (Self.row(1, count), Self.row(2, count), Self.row(3, count))
    let mean = x.reduce(0.0) { $0 + Double($1) } / Double(count)
    let variance =
      x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(count)
    let factor = 1 / (variance + 1e-5).squareRoot()
    let plain = Self.changing(x) { kernels.layerNorm($0, nil, nil, 1e-5, count, $0) }
    Self.expect(plain, x.map { (Double($0) - mean) * factor }, 1e-5)
    let full = Self.changing(x) { kernels.layerNorm($0, w, b, 1e-5, count, $0) }
    let expected = (0..<count).map {
      (Double(x[$0]) - mean) * factor * Double(w[$0]) + Double(b[$0])
    }
    Self.expect(full, expected, 1e-5)
  }

  @Test(arguments: counts) func softmaxSumsToOne(_ count: Int) {
    let x = Self.row(1, count, 20)
    let largest = Double(x.max() ?? 0)
    let powers = x.map { exp(Double($0) - largest) }
    let sum = powers.reduce(0, +)
    let actual = Self.changing(x) { kernels.softmax($0, count) }
    Self.expect(actual, powers.map { $0 / sum }, 1e-6)
    #expect(actual.reduce(0, +) > 0.99999)
  }

  @Test func softmaxGivesMaskedScoresNothing() {
    let actual = Self.changing([0, -.infinity, 0, -200]) { kernels.softmax($0, 4) }
    #expect(actual[1] == 0 && actual[3] < 1e-30)
    #expect(actual[0] == 0.5 && actual[2] == 0.5)
    let huge = Self.changing([3e38, 3e38]) { kernels.softmax($0, 2) }
    #expect(huge == [0.5, 0.5])
  }

  @Test(arguments: counts) func gates(_ count: Int) {
    let (g, u) = (Self.row(1, count, 8), Self.row(2, count))
    func gated(_ f: (Double) -> Double) -> [Double] {
      zip(g, u).map { f(Double($0)) * Double($1) }
    }
    let tanhForm = { (x: Double) in
      0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    }
    let exactForm = { (x: Double) in 0.5 * x * (1 + erf(x / 2.0.squareRoot())) }
    let silu = Self.changing(g) { kernels.siluMultiply($0, u, count, $0) }
    Self.expect(silu, gated { $0 / (1 + exp(-$0)) }, 1e-6)
    let tanhGated = Self.changing(g) { kernels.geluTanhMultiply($0, u, count, $0) }
    Self.expect(tanhGated, gated(tanhForm), 2e-5)
    let exactGated = Self.changing(g) { kernels.geluExactMultiply($0, u, count, $0) }
    Self.expect(exactGated, gated(exactForm), 2e-5)
    let tanhPlain = Self.changing(g) { kernels.geluTanh($0, count, $0) }
    Self.expect(tanhPlain, g.map { tanhForm(Double($0)) }, 2e-5)
    let exactPlain = Self.changing(g) { kernels.geluExact($0, count, $0) }
    Self.expect(exactPlain, g.map { exactForm(Double($0)) }, 2e-5)
  }

  @Test func gatesHoldAtTheEnds() {
    let ends: [Float] = [-1e4, -100, -0.0, 0, 100, 1e4]
    let ones = [Float](repeating: 1, count: ends.count)
    for actual in [
      Self.changing(ends) { kernels.siluMultiply($0, ones, 6, $0) },
      Self.changing(ends) { kernels.geluTanh($0, 6, $0) },
      Self.changing(ends) { kernels.geluExact($0, 6, $0) },
    ] {
      #expect(actual.allSatisfy { $0.isFinite })
      #expect(actual[0].magnitude < 1e-30 && actual[1].magnitude < 1e-30)
      #expect(actual[2] == 0 && actual[3] == 0)
      #expect(actual[4] == 100 && actual[5] == 1e4)
    }
  }

  @Test(arguments: counts) func adds(_ count: Int) {
    let (a, b) = (Self.row(1, count), Self.row(2, count))
    let sum = Self.changing(a) { kernels.add($0, b, count, $0) }
    #expect(sum == zip(a, b).map { $0 + $1 })
    let scaled = Self.changing(a) { kernels.addScaled(b, 0.3, count, $0) }
    Self.expect(scaled, zip(a, b).map { Double($0) + Double(Float(0.3)) * Double($1) }, 1e-5)
    let whole = Self.changing(a) { kernels.scale($0, -2.5, count) }
    #expect(whole == a.map { $0 * -2.5 })
    let capped = Self.changing(a) { kernels.softcap($0, 1.5, count) }
    Self.expect(capped, a.map { 1.5 * tanh(Double($0) / 1.5) }, 1e-6)
  }

  @Test(arguments: [1, 4, 9]) func rotatesPairs(_ pairs: Int) {
    let x = Self.row(1, 2 * pairs)
    let angles = Self.row(2, pairs)
    let (c, s) = (angles.map { cosf($0) }, angles.map { sinf($0) })
    for interleaved in [true, false] {
      if !interleaved && pairs == 1 { continue }  // one pair: the same thing
      let rotated = Self.changing(x) {
        kernels.rotate($0, c, s, pairs, interleaved ? 1 : pairs)
      }
      var expected = x.map(Double.init)
      for i in 0..<pairs {
        let (p, q) = interleaved ? (2 * i, 2 * i + 1) : (i, i + pairs)
        let (a, b) = (Double(x[p]), Double(x[q]))
        expected[p] = a * Double(c[i]) - b * Double(s[i])
        expected[q] = a * Double(s[i]) + b * Double(c[i])
      }
      Self.expect(rotated, expected, 2e-5)
    }
  }

  @Test func encodesHalves() {
    let x: [Float] = [0, 1, -2.5, 65519.996, 65520, 1e-8, 2.980233e-8, 0.1, -.infinity]
    var out = [UInt16](repeating: 0, count: x.count)
    kernels.encodeHalf(x, &out, x.count)
    #expect(out == x.map(Half.bits))
    #expect(out[1] == 0x3C00 && out[4] == 0x7C00 && out[6] == 1)
  }
}
