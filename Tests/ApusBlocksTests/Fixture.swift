import ApusBlocks
import Foundation

/// Golden files of Fixtures/blocks, which `make.py` there makes with the package `gguf`.
enum Fixture {
  static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/blocks")

  /// Blocks and the floats that they decode to.
  static func decode(_ format: BlockFormat) throws -> (blocks: [UInt8], floats: [Float]) {
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "\(format.name).decode")))
    let unit = format.bytesPerBlock + 4 * format.elementsPerBlock
    let size = bytes.count / unit * format.bytesPerBlock
    return (Array(bytes[..<size]), floats(bytes[size...]))
  }

  /// Floats and the blocks that they encode to.
  static func encode(_ format: BlockFormat) throws -> (floats: [Float], blocks: [UInt8]) {
    let bytes = [UInt8](try Data(contentsOf: folder.appending(path: "\(format.name).encode")))
    let unit = format.bytesPerBlock + 4 * format.elementsPerBlock
    let size = bytes.count / unit * 4 * format.elementsPerBlock
    return (floats(bytes[..<size]), Array(bytes[size...]))
  }

  private static func floats(_ bytes: ArraySlice<UInt8>) -> [Float] {
    bytes.withUnsafeBytes { raw in
      (0..<raw.count / 4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
  }
}

/// SplitMix64, and numbers that any language can make alike from it.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Four 16-bit numbers summed, about 0: nearly normal with standard deviation 0.577.
  mutating func bell() -> Float {
    let bits = next()
    let sum =
      Int32(bits & 0xFFFF) + Int32((bits >> 16) & 0xFFFF) + Int32((bits >> 32) & 0xFFFF)
      + Int32(bits >> 48)
    return Float(sum - 131_070) / 65536
  }

  mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    while bytes.count < count {
      let bits = next()
      for shift in stride(from: 0, to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
      }
    }
    return Array(bytes[..<count])
  }
}
