import ApusBlocks
import Foundation
import Testing

/// Properties of encoding and then decoding, on random blocks of every size. `APUS_TEST_BLOCKS` sets
/// how many blocks a format gets (100000 or more where a change of an encoder is examined).
@Suite struct RoundTripTests {
  static let blockCount =
    ProcessInfo.processInfo.environment["APUS_TEST_BLOCKS"].flatMap(Int.init) ?? 1500

  /// Nearly normal rows; some all of one sign, some with one large element, most mixed; of sizes
  /// from 2^-6 to 2^5.
  static func row(_ generator: inout Generator, _ count: Int) -> [Float] {
    let bits = generator.next()
    let size = Float(sign: .plus, exponent: Int(bits % 12) - 6, significand: 1)
    var row = (0..<count).map { _ in generator.bell() * size }
    switch (bits >> 8) % 8 {
    case 0: row = row.map(\.magnitude)
    case 1: row = row.map { -$0.magnitude }
    case 2: row[Int((bits >> 16) % UInt64(count))] *= 20
    case 3: row = row.map { $0 + 3 * size }
    default: break
    }
    return row
  }

  /// The step between neighbouring values, and how many steps an element may be off: half of one,
  /// plus what the rounding of the scale to binary16 moves the outermost value.
  @Test(arguments: [
    (BlockFormat.Q4_0, 8, 1.0), (.Q5_0, 16, 1.0), (.Q8_0, 127, 0.5), (.Q4_1, 15, 0.5),
    (.Q5_1, 31, 0.5),
  ])
  func staysWithinAStep(_ format: BlockFormat, _ levels: Float, _ steps: Float) {
    var generator = Generator(UInt64(format.rawValue))
    var worst: Float = 0
    for _ in 0..<Self.blockCount {
      let values = Self.row(&generator, 32)
      let decoded = format.decode(format.encode(values))
      guard let low = values.min(), let high = values.max() else { continue }
      let offset = format == .Q4_1 || format == .Q5_1
      let step = (offset ? high - low : max(high.magnitude, low.magnitude)) / levels
      // Roundings to binary16: of the scale, times the level; of the offset.
      let slack = step * levels / 2048 + (offset ? low.magnitude / 2048 : 0) + step * 0.001
      for (x, y) in zip(values, decoded) {
        worst = max(worst, (x - y).magnitude / (step * steps + slack))
      }
    }
    #expect(worst <= 1)
  }

  /// The error of any one block, relative to its root mean square.
  @Test(arguments: [
    (BlockFormat.Q2_K, 0.45), (.Q3_K, 0.3), (.Q4_K, 0.15), (.Q5_K, 0.07), (.Q6_K, 0.05),
  ])
  func losesLittleInAnyBlock(_ format: BlockFormat, _ bound: Double) {
    var generator = Generator(UInt64(format.rawValue))
    var worst = 0.0
    for _ in 0..<Self.blockCount {
      let values = Self.row(&generator, 256)
      worst = max(worst, EncodingTests.errors(format, values)[0])
    }
    #expect(worst <= bound)
  }

  /// What a block decodes to is encoded without loss where the scale is found again: the
  /// formats whose scale follows from the extreme element.
  @Test(arguments: [BlockFormat.F32, .F16, .BF16, .Q4_0, .Q5_0, .Q8_0])
  func encodesWhatItDecoded(_ format: BlockFormat) {
    var generator = Generator(UInt64(format.rawValue) + 100)
    for _ in 0..<Self.blockCount {
      let once = format.encode(Self.row(&generator, 32))
      let values = format.decode(once)
      #expect(format.decode(format.encode(values)) == values)
    }
  }
}
