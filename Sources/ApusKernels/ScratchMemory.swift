import ApusBlocks

/// Memory that kernels use between two operations of a step; grows to what the largest one needs
/// and is kept for the next step. Steps run one at a time, so one per pool is enough.
final class ScratchMemory: @unchecked Sendable {
  // Sendable because only the leader of the running step asks for memory, before it publishes an
  // operation.
  private let threadCount: Int
  private var shared: AlignedBuffer<UInt8>
  private var own: AlignedBuffer<UInt8>
  private var ownByteCount = 0

  init(threadCount: Int) {
    self.threadCount = threadCount
    shared = AlignedBuffer(count: 0)
    own = AlignedBuffer(count: 0)
  }

  /// One piece for all threads; what it held is lost.
  func sharedPiece(byteCount: Int) -> UnsafeMutableRawPointer {
    if shared.count < byteCount { shared = AlignedBuffer(count: byteCount) }
    return UnsafeMutableRawPointer(shared.base)
  }

  /// A piece for each thread.
  func pieces(byteCount: Int) -> ScratchPieces {
    // A page more keeps neighbours off each other's prefetched lines.
    let stride = (byteCount + 63) & ~63 + 4096
    if ownByteCount < stride {
      own = AlignedBuffer(count: stride * threadCount)
      ownByteCount = stride
    }
    return ScratchPieces(base: UnsafeMutableRawPointer(own.base), stride: ownByteCount)
  }
}

/// Scratch memory of every thread.
struct ScratchPieces: @unchecked Sendable {
  // Sendable because each thread touches its own piece only.
  let base: UnsafeMutableRawPointer
  let stride: Int

  subscript(worker: Int) -> UnsafeMutableRawPointer { base + worker &* stride }
}
