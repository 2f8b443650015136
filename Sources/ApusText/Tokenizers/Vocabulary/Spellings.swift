/// Pieces or merges as a file spells them, all in one buffer.
struct Spellings: Sendable {
  private(set) var bytes: [UInt8] = []
  /// Where each begins, and behind the last one where another would.
  private var offsets: [UInt32] = [0]
  /// Bytes between one and the next.
  private let gap: Int

  init() { gap = 0 }

  /// - Parameters:
  ///   - offsets: where each begins, and where another would behind the last one; rising, none but the
  ///     last beyond the bytes, and that by the gap at most. One without a gap to the next is empty.
  ///   - gap: bytes between one and the next that belong to neither.
  init(_ bytes: [UInt8], offsets: [UInt32], gap: Int) {
    self.bytes = bytes
    self.offsets = offsets
    self.gap = gap
  }

  var count: Int { offsets.count &- 1 }

  @inline(__always)
  func range(_ index: Int) -> Range<Int> {
    let start = Int(offsets[index])
    return start..<max(start, Int(offsets[index &+ 1]) &- gap)
  }

  @inline(__always)
  func start(_ index: Int) -> Int { Int(offsets[index]) }

  @inline(__always)
  func length(_ index: Int) -> Int {
    max(0, Int(offsets[index &+ 1]) &- Int(offsets[index]) &- gap)
  }

  subscript(index: Int) -> ArraySlice<UInt8> { bytes[range(index)] }

  /// Whether there is room for so many more bytes.
  func hasRoom(_ count: Int) -> Bool { bytes.count + count <= Int(UInt32.max) }

  /// Adds one more; only where there is no gap.
  mutating func append(_ spelling: some Collection<UInt8>) {
    bytes += spelling
    offsets.append(UInt32(truncatingIfNeeded: bytes.count))
  }
}
