/// What joining two pieces makes, for the pairs that came last: text repeats itself.
struct PairCache {
  private var pairs: [UInt64] = []
  private var results: [UInt64] = []
  private static let capacity = 1 << 13

  @inline(__always)
  private static func slot(_ key: UInt64) -> Int {
    Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 51)
  }

  /// `nil` where the pair is not known.
  @inline(__always)
  func find(_ left: Int32, _ right: Int32) -> UInt64? {
    guard !pairs.isEmpty else { return nil }
    let key = MergeTable.key(left, right)
    let slot = PairCache.slot(key)
    return pairs[slot] == key ? results[slot] : nil
  }

  mutating func insert(_ left: Int32, _ right: Int32, _ result: UInt64) {
    if pairs.isEmpty {
      pairs = Array(repeating: .max, count: PairCache.capacity)
      results = Array(repeating: 0, count: PairCache.capacity)
    }
    let key = MergeTable.key(left, right)
    let slot = PairCache.slot(key)
    pairs[slot] = key
    results[slot] = result
  }
}
