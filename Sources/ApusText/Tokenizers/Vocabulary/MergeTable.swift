/// The merges of a BPE vocabulary: from a pair of ids to the rank of their merge and the id that
/// it makes. An open-addressing hash table of ranks, with seven bits of the hash each: most pairs
/// that are asked for are no merge, and touch nothing else.
struct MergeTable: Sendable {
  /// 0: empty. Otherwise seven bits of the hash, then the rank + 1.
  private var slots: [UInt32]
  private let mask: Int
  /// By rank, the two ids and what they make.
  private var pairs: [UInt64]
  private var ids: [Int32]
  private var count = 0

  static let none: UInt64 = .max

  /// Another one in each process, so that no file can be made whose merges all collide.
  private static let seed = UInt64.random(in: .min ... .max)
  private let seed = Self.seed

  /// - Parameter count: how many merges there are, those left out included; no more can be added.
  init(count: Int) {
    var capacity = 16
    while capacity * 3 < count * 4 + 4 { capacity *= 2 }
    slots = Array(repeating: 0, count: capacity)
    mask = capacity - 1
    pairs = Array(repeating: .max, count: count)
    ids = Array(repeating: -1, count: count)
  }

  @inline(__always)
  static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private func hash(_ pair: UInt64) -> UInt64 { .folded(pair ^ seed, 0x9E37_79B9_7F4A_7C15) }

  private static let rankMask: UInt32 = 1 << 25 - 1

  /// Leaves a rank out.
  mutating func skip() { count += 1 }

  /// Adds the merge of the next rank. The first of two equal merges holds.
  @inline(__always)
  mutating func append(_ pair: UInt64, _ id: Int32) {
    let hash = hash(pair)
    let tag = UInt32(truncatingIfNeeded: hash >> 57) << 25
    var place = Int(truncatingIfNeeded: hash) & mask
    while slots[place] != 0 {
      if rank(slots[place], tag, pair) != nil {
        skip()
        return
      }
      place = (place &+ 1) & mask
    }
    pairs[count] = pair
    ids[count] = id
    count &+= 1
    slots[place] = tag | UInt32(truncatingIfNeeded: count)
  }

  /// Adds merges, as many as there are ids.
  mutating func append(_ pairs: [UInt64], _ ids: some Collection<Int32>) {
    // Brings in the memory that they will touch, of all of them at once.
    var touched: UInt32 = 0
    for pair in pairs[..<ids.count] {
      touched |= slots[Int(truncatingIfNeeded: hash(pair)) & mask]
    }
    precondition(touched != .max || count >= 0)
    for (pair, id) in zip(pairs, ids) { append(pair, id) }
  }

  /// The rank in the upper half and the id in the lower, or ``none``.
  @inline(__always)
  func find(_ left: Int32, _ right: Int32) -> UInt64 {
    let pair = MergeTable.pair(left, right)
    let hash = hash(pair)
    let tag = UInt32(truncatingIfNeeded: hash >> 57) << 25
    var place = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[place]
      if slot == 0 { return MergeTable.none }
      if let rank = rank(slot, tag, pair) {
        return UInt64(truncatingIfNeeded: rank) << 32 | UInt64(UInt32(bitPattern: ids[rank]))
      }
      place = (place &+ 1) & mask
    }
  }

  /// The rank in a slot, where that is of the pair.
  @inline(__always)
  private func rank(_ slot: UInt32, _ tag: UInt32, _ pair: UInt64) -> Int? {
    guard (slot ^ tag) & ~Self.rankMask == 0 else { return nil }
    let rank = Int(slot & Self.rankMask) &- 1
    return pairs[rank] == pair ? rank : nil
  }
}
