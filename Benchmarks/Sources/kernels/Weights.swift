import ApusBlocks
import ApusKernels
import Synchronization

/// Memory larger than the caches, full of weights of one format; decoding walks through it chunk
/// by chunk, so that no chunk is still in a cache when its turn comes again.
final class Weights: @unchecked Sendable {
  // Sendable because only the leader of a step calls `nextChunk` and `fill`.
  static let columns = 2048
  private static let chunkByteCount = 32 << 20

  private let memory: AlignedBuffer<UInt8>
  private var chunk = 0
  private let sunk = Atomic<UInt64>(0)

  init(megabytes: Int) {
    memory = AlignedBuffer(count: megabytes << 20)
    fill(.F32)
  }

  /// Keeps a result from being optimised away.
  func sink(_ value: UInt64) { sunk.bitwiseXor(value, ordering: .relaxed) }

  /// Random rows, repeated until the memory is full.
  func fill(_ format: BlockFormat) {
    let rows = Weights.random(format, rows: 64, columns: Weights.columns)
    let size = rows.rowByteCount * rows.rowCount
    let raw = UnsafeMutableRawPointer(memory.base)
    var at = 0
    while at < memory.count {
      (raw + at).copyMemory(from: rows.base, byteCount: min(size, memory.count - at))
      at += size
    }
  }

  func nextChunk() -> UnsafeRawBufferPointer {
    chunk = (chunk + 1) % (memory.count / Weights.chunkByteCount)
    return UnsafeRawBufferPointer(
      start: memory.base + chunk * Weights.chunkByteCount, count: Weights.chunkByteCount)
  }

  /// As many rows as a chunk holds, from the next one; at the start of a repeated group of rows.
  func nextMatrix(_ format: BlockFormat) -> BlockMatrix {
    let row = Weights.columns / format.elementsPerBlock * format.bytesPerBlock
    let group = row * 64
    let bytes = nextChunk()
    let offset = (group - (chunk * Weights.chunkByteCount) % group) % group
    return BlockMatrix(
      format: format, rowCount: (bytes.count - group) / row, columnCount: Weights.columns,
      rowByteCount: row,
      base: UnsafeRawPointer(memory.base + chunk * Weights.chunkByteCount) + offset,
      owner: memory)
  }

  /// A matrix of random weights in memory of its own.
  static func random(_ format: BlockFormat, rows: Int, columns: Int) -> BlockMatrix {
    let values = floats(min(rows, 64) * columns)
    let encoded = format.encode(values)
    let size = columns / format.elementsPerBlock * format.bytesPerBlock
    let memory = AlignedBuffer<UInt8>(count: rows * size)
    for index in 0..<memory.count { memory.base[index] = encoded[index % encoded.count] }
    return BlockMatrix(
      format: format, rowCount: rows, columnCount: columns, rowByteCount: size,
      base: UnsafeRawPointer(memory.base), owner: memory)
  }

  static func floats(_ count: Int) -> [Float] {
    var state: UInt64 = 1
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
    }
  }
}
