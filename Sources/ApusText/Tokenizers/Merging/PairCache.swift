/// What joining two pieces makes, for the pairs that came last: text repeats itself.
struct PairCache: Sendable {
  private struct Entry {
    /// The two ids; all ones where it is empty.
    var pair: UInt64 = .max
    var result: UInt64 = 0
  }

  private var entries: [Entry] = []
  private static let bits = 14

  @inline(__always)
  private static func place(_ pair: UInt64) -> Int {
    Int(truncatingIfNeeded: (pair &* 0x9E37_79B9_7F4A_7C15) >> UInt64(64 - bits))
  }

  /// `nil` where the pair is not known.
  @inline(__always)
  func find(_ left: Int32, _ right: Int32) -> UInt64? {
    guard !entries.isEmpty else { return nil }
    let pair = MergeTable.pair(left, right)
    let entry = entries[Self.place(pair)]
    return entry.pair == pair ? entry.result : nil
  }

  mutating func insert(_ left: Int32, _ right: Int32, _ result: UInt64) {
    if entries.isEmpty { entries = Array(repeating: Entry(), count: 1 << Self.bits) }
    let pair = MergeTable.pair(left, right)
    entries[Self.place(pair)] = Entry(pair: pair, result: result)
  }
}
