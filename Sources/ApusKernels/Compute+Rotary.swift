import ApusBlocks

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Which elements of a head a rotation turns together.
public enum RotaryPairing: Sendable {
  /// `2i` with `2i + 1`: GGUF's llama.
  case interleaved
  /// `i` with `i + rotaryDims / 2`: GPT-NeoX, Hugging Face.
  case halves
}

/// Cosines and sines of the tokens of a step, made once for all layers and heads.
public final class RotaryTable: Sendable {
  /// First the cosines, then the sines: [tokens, pairs] each.
  private let values: AlignedBuffer<Float>
  public let tokenCount: Int
  /// Half of the rotated elements of a head.
  public let pairCount: Int

  /// - Parameter positions: of each token.
  /// - Parameter frequencies: radians per position of each pair.
  /// - Parameter magnitude: multiplies cosines and sines (YaRN); 1 otherwise.
  public init(positions: [Int], frequencies: [Float], magnitude: Float = 1) {
    tokenCount = positions.count
    pairCount = frequencies.count
    values = AlignedBuffer(count: tokenCount * pairCount * 2)
    let sines = values.base + tokenCount * pairCount
    for (token, position) in positions.enumerated() {
      for (pair, frequency) in frequencies.enumerated() {
        // In Double: at position 100000 an F32 angle is off by a hundredth.
        let angle = Double(position) * Double(frequency)
        values.base[token * pairCount + pair] = Float(cos(angle)) * magnitude
        sines[token * pairCount + pair] = Float(sin(angle)) * magnitude
      }
    }
  }

  func cosines(_ token: Int) -> UnsafePointer<Float> {
    UnsafePointer(values.base + token * pairCount)
  }

  func sines(_ token: Int) -> UnsafePointer<Float> {
    UnsafePointer(values.base + (tokenCount + token) * pairCount)
  }
}

extension Compute {
  /// Rotates the first `2 * table.pairCount` elements of each head of `x` [tokens, heads, headSize]
  /// in place; `tokens` is the table's.
  public func rope(
    _ x: UnsafeMutablePointer<Float>, headCount: Int, headSize: Int, angles: RotaryTable,
    pairing: RotaryPairing
  ) {
    let distance = pairing == .interleaved ? 1 : angles.pairCount
    precondition(angles.pairCount * 2 <= headSize, "more rotated elements than a head has")
    overRows(angles.tokenCount, width: headCount * headSize) { range in
      for token in range {
        for head in 0..<headCount {
          table.vector.rotate(
            x + (token * headCount + head) * headSize, angles.cosines(token), angles.sines(token),
            angles.pairCount, distance)
        }
      }
    }
  }
}
