import ApusBlocks

@testable import ApusKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers that are the same in every run.
struct Randomness {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func bits() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }

  mutating func float() -> Float { Float(bits() >> 40) / Float(1 << 23) - 1 }

  /// Roughly normal.
  mutating func normal() -> Float { (float() + float() + float() + float()) * 0.9 }

  mutating func normals(_ count: Int) -> [Float] { (0..<count).map { _ in normal() } }
}

/// Bytes that end where a page begins that must not be touched.
final class GuardedBytes: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  private let mapping: UnsafeMutableRawPointer
  private let length: Int

  init(_ bytes: [UInt8]) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let whole = (bytes.count + page - 1) / page * page
    length = whole + page
    guard
      let mapping = mmap(
        nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | apusMapAnonymous, -1, 0),
      mapping != MAP_FAILED
    else { preconditionFailure("no memory for a test") }
    self.mapping = mapping
    base = mapping + (whole - bytes.count)
    bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { base.copyMemory(from: start, byteCount: bytes.count) }
    }
    mprotect(mapping + whole, page, PROT_NONE)
  }

  convenience init(_ floats: [Float]) { self.init(floats.withUnsafeBytes { Array($0) }) }

  var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }

  deinit { munmap(mapping, length) }
}

#if canImport(Darwin)
  private let apusMapAnonymous = MAP_ANON
#else
  private let apusMapAnonymous = Int32(MAP_ANONYMOUS)
#endif

/// A matrix that lies in front of a forbidden page.
struct TestMatrix {
  let matrix: BlockMatrix
  /// What its blocks decode to, row by row.
  let weights: [Float]

  /// - Parameter wild: blocks of random bits (with sane scales) rather than encoded numbers, so
  ///   that every quant and every sub-block scale turns up.
  init(_ format: BlockFormat, rows: Int, columns: Int, wild: Bool, seed: Int) {
    var random = Randomness(seed)
    var bytes: [UInt8]
    if wild, let scales = TestMatrix.scaleOffsets[format] {
      let count = rows * columns / format.elementsPerBlock
      bytes = (0..<count * format.bytesPerBlock).map { _ in
        UInt8(truncatingIfNeeded: random.bits() >> 24)
      }
      for block in 0..<count {
        for offset in scales {
          let half = Half.bits(random.float() * 0.01)
          bytes[block * format.bytesPerBlock + offset] = UInt8(truncatingIfNeeded: half)
          bytes[block * format.bytesPerBlock + offset + 1] = UInt8(truncatingIfNeeded: half >> 8)
        }
      }
    } else {
      bytes = format.encode(random.normals(rows * columns))
    }
    weights = format.decode(bytes)
    let memory = GuardedBytes(bytes)
    matrix = BlockMatrix(
      format: format, rowCount: rows, columnCount: columns,
      rowByteCount: columns / format.elementsPerBlock * format.bytesPerBlock,
      base: UnsafeRawPointer(memory.base), owner: memory)
  }

  /// [tokens, rows] in Double, and the sum of all squared terms: what an error is measured against
  /// (a single result may be near zero by chance).
  func product(_ x: [Float], tokens: Int) -> (values: [Double], squares: Double) {
    let columns = matrix.columnCount
    var result = [Double](repeating: 0, count: tokens * matrix.rowCount)
    var squares = 0.0
    for token in 0..<tokens {
      for row in 0..<matrix.rowCount {
        var sum = 0.0
        for column in 0..<columns {
          let term = Double(weights[row * columns + column]) * Double(x[token * columns + column])
          sum += term
          squares += term * term
        }
        result[token * matrix.rowCount + row] = sum
      }
    }
    return (result, squares)
  }

  /// Where binary16 scales lie in a block.
  private static let scaleOffsets: [BlockFormat: [Int]] = [
    .Q4_0: [0], .Q4_1: [0, 2], .Q5_0: [0], .Q5_1: [0, 2], .Q8_0: [0], .Q2_K: [80, 82],
    .Q3_K: [108], .Q4_K: [0, 2], .Q5_K: [0, 2], .Q6_K: [208],
  ]
}

/// Σ(a-b)² / squares; without squares over Σb².
func squaredError(
  _ found: [Float], _ expected: [Double], squares: Double? = nil
) -> Double {
  var error = 0.0
  var size = 0.0
  for (a, b) in zip(found, expected) {
    error += (Double(a) - b) * (Double(a) - b)
    size += b * b
  }
  let whole = squares ?? size
  return whole > 0 ? error / whole : error
}
