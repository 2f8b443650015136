/// The merges of a BPE vocabulary: from a pair of ids to the rank of their merge and the id that
/// it makes.
struct MergeTable: Sendable {
  /// The two ids; all ones where a slot is empty.
  private var pairs: [UInt64]
  /// The rank, then the id.
  private var results: [UInt64]
  private let mask: Int
  private(set) var count = 0

  static let none: UInt64 = .max

  init(count: Int) {
    var capacity = 16
    while capacity < count * 2 { capacity *= 2 }
    pairs = Array(repeating: .max, count: capacity)
    results = Array(repeating: 0, count: capacity)
    mask = capacity - 1
  }

  @inline(__always)
  static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private func slot(_ key: UInt64) -> Int {
    let product = key &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: product ^ product >> 32) & mask
  }

  /// The first of two equal merges holds. No more than the count given at the start are kept.
  mutating func insert(_ left: Int32, _ right: Int32, rank: UInt32, id: Int32) {
    guard count * 2 <= mask else { return }
    let key = MergeTable.key(left, right)
    var slot = slot(key)
    while pairs[slot] != .max {
      if pairs[slot] == key { return }
      slot = (slot + 1) & mask
    }
    pairs[slot] = key
    results[slot] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: id))
    count += 1
  }

  /// The rank in the upper half and the id in the lower, or ``none``. The ids are not negative.
  @inline(__always)
  func find(_ left: Int32, _ right: Int32) -> UInt64 {
    let key = MergeTable.key(left, right)
    var slot = slot(key)
    while true {
      let pair = pairs[slot]
      if pair == key { return results[slot] }
      if pair == .max { return MergeTable.none }
      slot = (slot + 1) & mask
    }
  }
}
