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

  static let none: UInt64 = .max

  /// Another one in each process, so that no file can be made whose merges all collide.
  private static let seed = UInt64.random(in: .min ... .max)
  private let seed = Self.seed

  /// No merges.
  init() { self.init([], []) }

  /// - Parameters:
  ///   - pairs: by rank. The first of two equal merges holds.
  ///   - ids: as many; where one is negative, its rank is left out.
  init(_ pairs: [UInt64], _ ids: [Int32]) {
    var capacity = 16
    while capacity * 3 < pairs.count * 4 + 4 { capacity *= 2 }
    slots = Array(repeating: 0, count: capacity)
    mask = capacity - 1
    self.pairs = pairs
    self.ids = ids
    fill()
  }

  /// Slots of one part of the table: they stay in the second cache while it is filled.
  private static let partBits = 15

  /// Fills the table part by part. Rank by rank, nearly every merge would wait for the memory of its
  /// slot: half of the time.
  private mutating func fill() {
    let parts = max(1, slots.count >> Self.partBits)
    /// By part, where the next of its merges stands among the sorted.
    var places = [Int](repeating: 0, count: parts + 1)
    for rank in pairs.indices where ids[rank] >= 0 {
      places[place(pairs[rank]) >> Self.partBits + 1] += 1
    }
    for part in 0..<parts { places[part + 1] += places[part] }
    let count = places[parts]
    var sorted = [UInt64](repeating: 0, count: count)
    var ranks = [UInt32](repeating: 0, count: count)
    for rank in pairs.indices where ids[rank] >= 0 {
      let part = place(pairs[rank]) >> Self.partBits
      sorted[places[part]] = pairs[rank]
      ranks[places[part]] = UInt32(truncatingIfNeeded: rank)
      places[part] += 1
    }
    for index in 0..<count { insert(sorted[index], ranks[index]) }
  }

  @inline(__always)
  static func pair(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private func hash(_ pair: UInt64) -> UInt64 { .folded(pair ^ seed, 0x9E37_79B9_7F4A_7C15) }

  private static let rankMask: UInt32 = 1 << 25 - 1

  /// Where a pair is looked for first.
  @inline(__always)
  private func place(_ pair: UInt64) -> Int { Int(truncatingIfNeeded: hash(pair)) & mask }

  @inline(__always)
  private mutating func insert(_ pair: UInt64, _ rank: UInt32) {
    let hash = hash(pair)
    let tag = UInt32(truncatingIfNeeded: hash >> 57) << 25
    var place = Int(truncatingIfNeeded: hash) & mask
    while slots[place] != 0 {
      if self.rank(slots[place], tag, pair) != nil { return }
      place = (place &+ 1) & mask
    }
    slots[place] = tag | rank &+ 1
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
