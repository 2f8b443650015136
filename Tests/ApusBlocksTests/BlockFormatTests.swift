import ApusBlocks
import Testing

@Suite struct BlockFormatTests {
  @Test func layoutsAreThoseOfTheFiles() {
    // Elements and bytes per block, from the GGUF specification.
    let expected: [(String, Int, Int)] = [
      ("F32", 1, 4), ("F16", 1, 2), ("BF16", 1, 2), ("Q4_0", 32, 18), ("Q4_1", 32, 20),
      ("Q5_0", 32, 22), ("Q5_1", 32, 24), ("Q8_0", 32, 34), ("Q2_K", 256, 84),
      ("Q3_K", 256, 110), ("Q4_K", 256, 144), ("Q5_K", 256, 176), ("Q6_K", 256, 210),
    ]
    #expect(expected.count == BlockFormat.allCases.count)
    for (name, elements, bytes) in expected {
      let format = BlockFormat(name: name)
      #expect(format?.name == name)
      #expect(format?.elementsPerBlock == elements)
      #expect(format?.bytesPerBlock == bytes)
    }
    #expect(BlockFormat(name: "q4_k") == .Q4_K)
    #expect(BlockFormat(name: "Q4_K_M") == nil)
  }

  @Test func byteCountTakesWholeBlocksOnly() {
    #expect(BlockFormat.Q4_K.byteCount(elements: 512) == 288)
    #expect(BlockFormat.Q4_K.byteCount(elements: 0) == 0)
    #expect(BlockFormat.Q4_K.byteCount(elements: 300) == nil)
    #expect(BlockFormat.Q8_0.byteCount(elements: -32) == nil)
    #expect(BlockFormat.F32.byteCount(elements: .max) == nil)
    #expect(BlockFormat.F32.byteCount(elements: .min) == nil)
  }

  @Test(arguments: BlockFormat.allCases)
  func decodesAsTheReferenceDoes(_ format: BlockFormat) throws {
    let (blocks, expected) = try Fixture.decode(format)
    #expect(expected.count >= 64)
    let decoded = format.decode(blocks)
    #expect(decoded.count == expected.count)
    let wrong = zip(decoded, expected).enumerated().first {
      $1.0.bitPattern != $1.1.bitPattern
    }
    #expect(wrong == nil, "element \(wrong?.offset ?? 0)")
  }

  @Test(arguments: [BlockFormat.F16, .BF16, .Q4_0, .Q4_1, .Q5_0, .Q5_1, .Q8_0])
  func encodesAsTheReferenceDoes(_ format: BlockFormat) throws {
    let (floats, expected) = try Fixture.encode(format)
    #expect(floats.count >= 512)
    let encoded = format.encode(floats)
    #expect(encoded.count == expected.count)
    let wrong = zip(encoded, expected).enumerated().first { $1.0 != $1.1 }
    #expect(wrong == nil, "byte \(wrong?.offset ?? 0)")
  }

  @Test(arguments: BlockFormat.allCases)
  func needsNoAlignment(_ format: BlockFormat) throws {
    let (blocks, expected) = try Fixture.decode(format)
    let shifted = [0] + blocks
    var decoded = [Float](repeating: 0, count: expected.count)
    shifted.withUnsafeBytes { source in
      decoded.withUnsafeMutableBufferPointer { out in
        guard let from = source.baseAddress, let into = out.baseAddress else { return }
        format.decode(from + 1, into: into, count: expected.count)
      }
    }
    #expect(decoded.map(\.bitPattern) == expected.map(\.bitPattern))
  }

  @Test func halvesConvertBothWays() {
    for bits in UInt16.min...UInt16.max {
      let value = Half.float(bits)
      if value.isNaN {
        #expect(Half.float(Half.bits(value)).isNaN)
      } else if Half.bits(value) != bits {
        Issue.record("\(bits) became \(Half.bits(value))")
      }
    }
    #expect(Half.bits(65520) == 0x7C00)
    #expect(Half.bits(65519.996) == 0x7BFF)
    #expect(Half.bits(.infinity) == 0x7C00)
    #expect(Half.scaleBits(-1e9) == 0xFBFF)
    #expect(Half.scaleBits(.nan) == 0)
    #expect(Half.bits(2.9802322e-8) == 0)  // half the smallest: a tie, to even
    #expect(Half.bits(2.980233e-8) == 1)
  }
}
