import ApusBlocks
import ApusKernels
import Synchronization

/// Memory larger than the caches, full of weights of one format; products walk through it, so
/// that nothing is still in a cache when its turn comes again.
final class Weights: @unchecked Sendable {
  // Sendable because only the leader of a step moves on, and only `fill` writes.
  let columns: Int

  private let memory: AlignedBuffer<UInt8>
  private var at = 0
  private let sunk = Atomic<UInt64>(0)

  init(megabytes: Int, columns: Int) {
    self.columns = columns
    memory = AlignedBuffer(count: megabytes << 20)
    fill(.F32)
  }

  /// Keeps a result from being optimised away.
  func sink(_ value: UInt64) { sunk.bitwiseXor(value, ordering: .relaxed) }

  /// Random rows, repeated until the memory is full.
  func fill(_ format: BlockFormat) {
    let group = 64 * rowByteCount(format)
    let encoded = format.encode(Weights.floats(64 * columns))
    encoded.withUnsafeBytes { source in
      guard let base = source.baseAddress else { return }
      let target = UnsafeMutableRawPointer(memory.base)
      for start in stride(from: 0, to: memory.count, by: group) {
        (target + start).copyMemory(from: base, byteCount: min(group, memory.count - start))
      }
    }
  }

  func rowByteCount(_ format: BlockFormat) -> Int {
    columns / format.elementsPerBlock * format.bytesPerBlock
  }

  func nextBytes(_ count: Int) -> UnsafeRawBufferPointer {
    if at + count > memory.count { at = 0 }
    defer { at += count }
    return UnsafeRawBufferPointer(start: memory.base + at, count: count)
  }

  /// The next rows of the memory, which `fill` has filled with this format.
  func nextMatrix(_ format: BlockFormat, rows: Int) -> BlockMatrix {
    let row = rowByteCount(format)
    at = (at + row - 1) / row * row
    let bytes = nextBytes(rows * row)
    return BlockMatrix(
      format: format, rowCount: rows, columnCount: columns, rowByteCount: row,
      base: bytes.baseAddress ?? UnsafeRawPointer(memory.base), owner: memory)
  }

  static func floats(_ count: Int) -> [Float] {
    var state: UInt64 = 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
    }
  }
}
