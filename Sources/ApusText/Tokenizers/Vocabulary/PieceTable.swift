/// An open-addressing hash table from pieces to ids. It holds 32 bits of each hash and the id; the
/// pieces themselves stay where they are.
struct PieceTable: Sendable {
  /// 0: empty. Otherwise the upper half of the hash, then the id + 1.
  private var slots: [UInt64]
  private let mask: Int

  /// Another one in each process, so that no file can be made whose pieces all collide.
  private static let seed = UInt64.random(in: .min ... .max)

  init(count: Int) {
    var capacity = 16
    while capacity < count * 2 { capacity *= 2 }
    slots = Array(repeating: 0, count: capacity)
    mask = capacity - 1
  }

  /// FNV-1a with a final mix.
  @inline(__always)
  static func hash(_ bytes: [UInt8], _ start: Int, _ end: Int) -> UInt64 {
    var hash = seed
    var index = start
    while index < end {
      hash = (hash ^ UInt64(bytes[index])) &* 0x100_0000_01B3
      index += 1
    }
    hash ^= hash >> 29
    hash = hash &* 0xBF58_476D_1CE4_E5B9
    return hash ^ hash >> 32
  }

  /// Keeps the first of two equal pieces.
  @inline(__always)
  mutating func insert(_ id: Int32, hash: UInt64, isEqual: (Int32) -> Bool) {
    let tag = (hash >> 32) << 32
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let entry = slots[slot]
      if (entry >> 32) << 32 == tag, isEqual(Int32(truncatingIfNeeded: entry) &- 1) { return }
      slot = (slot + 1) & mask
    }
    slots[slot] = tag | UInt64(UInt32(bitPattern: id &+ 1))
  }

  @inline(__always)
  func find(hash: UInt64, isEqual: (Int32) -> Bool) -> Int32 {
    let tag = (hash >> 32) << 32
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let entry = slots[slot]
      if entry == 0 { return -1 }
      if (entry >> 32) << 32 == tag {
        let id = Int32(truncatingIfNeeded: entry) &- 1
        if isEqual(id) { return id }
      }
      slot = (slot + 1) & mask
    }
  }
}
