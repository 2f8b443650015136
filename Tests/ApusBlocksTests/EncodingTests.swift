import ApusBlocks
import Testing

@Suite struct EncodingTests {
  /// Errors of llama.cpp's reference encoder (ggml 0.25.3, `ggml_quantize_chunk` without an
  /// importance matrix, rows of 1024) on `bell(21)` and on its cubes, which have heavy tails:
  /// the root mean square error over the root mean square, plain and with weights |x|.
  static let reference: [(format: BlockFormat, bell: [Double], cubes: [Double])] = [
    (.Q4_0, [0.081586, 0.059491], [0.107789, 0.048697]),
    (.Q4_1, [0.075787, 0.052766], [0.111423, 0.034628]),
    (.Q5_0, [0.040404, 0.029081], [0.057744, 0.023963]),
    (.Q5_1, [0.036641, 0.025473], [0.053487, 0.016675]),
    (.Q8_0, [0.005061, 0.003602], [0.008147, 0.002988]),
    (.Q2_K, [0.287548, 0.192891], [0.396019, 0.117446]),
    (.Q3_K, [0.146086, 0.103680], [0.157325, 0.072990]),
    (.Q4_K, [0.068715, 0.048288], [0.090467, 0.034895]),
    (.Q5_K, [0.034787, 0.024789], [0.049052, 0.018563]),
    (.Q6_K, [0.017014, 0.011370], [0.023761, 0.008434]),
  ]

  static func bell(_ seed: UInt64) -> [Float] {
    var generator = Generator(seed)
    return (0..<65536).map { _ in generator.bell() }
  }

  /// The relative error of encoding and decoding, plain and weighted with |x|.
  static func errors(_ format: BlockFormat, _ values: [Float]) -> [Double] {
    let decoded = format.decode(format.encode(values))
    var (error, energy, weightedError, weightedEnergy) = (0.0, 0.0, 0.0, 0.0)
    for (x, y) in zip(values, decoded) {
      let (square, whole) = (Double(x - y) * Double(x - y), Double(x) * Double(x))
      error += square
      energy += whole
      weightedError += square * Double(x.magnitude)
      weightedEnergy += whole * Double(x.magnitude)
    }
    return [(error / energy).squareRoot(), (weightedError / weightedEnergy).squareRoot()]
  }

  @Test(arguments: reference.indices)
  func losesNoMoreThanTheReference(_ index: Int) {
    let (format, bell, cubes) = Self.reference[index]
    let values = Self.bell(21)
    let slack = format.elementsPerBlock == 256 ? 1.0 : 1.0002  // the figures have six digits
    for (errors, bounds) in [
      (Self.errors(format, values), bell),
      (Self.errors(format, values.map { $0 * $0 * $0 }), cubes),
    ] {
      for (error, bound) in zip(errors, bounds) {
        #expect(error <= bound * slack, "\(format.name): \(error / bound) of the reference")
      }
    }
  }

  @Test(arguments: BlockFormat.allCases)
  func zerosStayZero(_ format: BlockFormat) {
    let decoded = format.decode(format.encode([Float](repeating: 0, count: 512)))
    #expect(decoded.allSatisfy { $0 == 0 })
  }

  @Test(arguments: BlockFormat.allCases)
  func anyBytesDecodeAndAnyFloatsEncode(_ format: BlockFormat) {
    var generator = Generator(11)
    let blocks = 100_000 / format.elementsPerBlock
    for _ in 0..<8 {
      let floats = format.decode(generator.bytes(blocks * format.bytesPerBlock))
      #expect(floats.count == blocks * format.elementsPerBlock)
      // Infinities, NaN and numbers of every size are among these.
      let noise = BlockFormat.F32.decode(generator.bytes(4096 * 4))
      #expect(format.encode(noise).count == format.byteCount(elements: 4096))
      #expect(format.encode(floats).count == blocks * format.bytesPerBlock)
    }
    for extreme in [
      Float.infinity, -.infinity, .nan, .greatestFiniteMagnitude, Float(bitPattern: 1),
    ] {
      let row = [Float](repeating: extreme, count: 256)
      #expect(format.encode(row).count == format.byteCount(elements: 256))
      var one = [Float](repeating: 0.5, count: 256)
      one[77] = extreme
      #expect(format.encode(one).count == format.byteCount(elements: 256))
    }
  }
}
