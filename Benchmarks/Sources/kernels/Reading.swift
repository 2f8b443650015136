import ApusKernels

/// Reads memory as fast as it comes.
enum Reading {
  private static let pieceByteCount = 1 << 20

  /// Reads the next 32 MB of the weights' memory in pieces of 1 MB; returns the bytes.
  static func next(_ weights: Weights, _ workers: Workers) -> Double {
    let chunk = weights.nextBytes(32 << 20)
    workers.parallel(chunk.count / pieceByteCount) { part in
      guard let base = chunk.baseAddress else { return }
      weights.sink(sum(base + part * pieceByteCount, pieceByteCount))
    }
    return Double(chunk.count / pieceByteCount * pieceByteCount)
  }

  /// Four streams: one alone does not keep the memory busy.
  @inline(never)
  private static func sum(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
    typealias Line = SIMD8<UInt64>
    let quarter = count / 4
    var (a, b, c, d) = (Line.zero, Line.zero, Line.zero, Line.zero)
    var at = 0
    while at < quarter {
      a ^= bytes.loadUnaligned(fromByteOffset: at, as: Line.self)
      b ^= bytes.loadUnaligned(fromByteOffset: at &+ quarter, as: Line.self)
      c ^= bytes.loadUnaligned(fromByteOffset: at &+ 2 &* quarter, as: Line.self)
      d ^= bytes.loadUnaligned(fromByteOffset: at &+ 3 &* quarter, as: Line.self)
      at &+= 64
    }
    a = (a ^ b) ^ (c ^ d)
    var total: UInt64 = 0
    for lane in 0..<8 { total ^= a[lane] }
    return total
  }
}
