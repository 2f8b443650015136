/// An open-addressing hash table from pieces to ids. Its two arrays are small enough to stay in a
/// cache: a slot holds the id and seven bits of the hash, and beside each id stand the bytes of the
/// piece, where it has up to seven, or more of its hash.
struct PieceTable: Sendable {
  /// What a piece is looked for by.
  struct Key: Sendable {
    /// Up to seven bytes and in the uppermost their number; of longer pieces a hash and all ones.
    fileprivate let value: UInt64

    /// Whether it takes the bytes to tell the piece from others.
    var isLong: Bool { value >= 0xFF << 56 }

    static let longestWhole = 7

    /// Of no piece.
    static let none = Key(value: 0)

    @inline(__always)
    fileprivate init(value: UInt64) { self.value = value }

    /// Of two pieces put together, which have up to seven bytes in all.
    @inline(__always)
    init(_ first: Key, _ second: Key) {
      let bytes: UInt64 = 1 << 56 - 1
      let lengths = (first.value & ~bytes) &+ (second.value & ~bytes)
      value = lengths | first.value & bytes | (second.value & bytes) &<< (first.value >> 56 &* 8)
    }

    /// Of the bytes `start..<end`, which are at least one.
    @inline(__always)
    init(_ bytes: [UInt8], _ start: Int, _ end: Int) {
      let length = end &- start
      let whole = length <= Self.longestWhole
      value =
        whole
        ? bytes.upToEight(start, length) | UInt64(truncatingIfNeeded: length) << 56
        : bytes.hash(start, end, seed: PieceTable.seed) | 0xFF << 56
    }
  }

  /// 0: empty. Otherwise seven bits of the hash, then the id + 1.
  private var slots: [UInt32]
  private let mask: Int
  /// By id; 0 for what was not inserted.
  private var keys: [UInt64]

  /// Another one in each process, so that no file can be made whose pieces all collide.
  private static let seed = UInt64.random(in: .min ... .max)
  private let seed = Self.seed

  /// - Parameters:
  ///   - keys: by id, `nil` for ids that shall not be found.
  ///   - areEqual: whether two ids have the same piece; asked of long ones alone.
  init(_ keys: Keys, areEqual: (Int32, Int32) -> Bool) {
    var capacity = 16
    while capacity * 3 < keys.values.count * 4 + 4 { capacity *= 2 }
    slots = Array(repeating: 0, count: capacity)
    mask = capacity - 1
    self.keys = keys.values
    for id in 0..<self.keys.count where self.keys[id] != 0 {
      insert(Int32(truncatingIfNeeded: id), areEqual)
    }
  }

  /// The keys of a vocabulary's pieces. They are made before the table is: a loop over nothing but
  /// the table waits for several places in memory at once.
  struct Keys {
    fileprivate var values: [UInt64]

    init(count: Int) { values = Array(repeating: 0, count: count) }

    @inline(__always)
    subscript(id: Int) -> Key {
      get { Key(value: values[id]) }
      set { values[id] = newValue.value }
    }
  }

  @inline(__always)
  private func hash(_ key: Key) -> UInt64 { .folded(key.value ^ seed, 0x9E37_79B9_7F4A_7C15) }

  @inline(__always)
  private func tag(_ hash: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: hash >> 57) << 25 }

  private static let idMask: UInt32 = 1 << 25 - 1

  /// Of two equal pieces the first is found.
  @inline(__always)
  private mutating func insert(_ id: Int32, _ areEqual: (Int32, Int32) -> Bool) {
    let key = Key(value: keys[Int(id)])
    let hash = hash(key)
    let tag = tag(hash)
    var place = Int(truncatingIfNeeded: hash) & mask
    while slots[place] != 0 {
      if matches(slots[place], tag, key, { areEqual($0, id) }) {
        keys[Int(id)] = 0
        return
      }
      place = (place &+ 1) & mask
    }
    slots[place] = tag | UInt32(bitPattern: id &+ 1)
  }

  /// Whether this id is found for its own piece.
  @inline(__always)
  func isFound(_ id: Int32) -> Bool {
    id >= 0 && Int(id) < keys.count && keys[Int(id)] != 0
  }

  /// The next id or this one, whichever is found for a piece that is held whole; -1 where neither
  /// is. Which of the two cannot be foreseen: there is no branch between them.
  @inline(__always)
  func found(_ id: Int32, orNext key: Key) -> Int32 {
    let place = Int(id)
    guard place >= 0, place &+ 1 < keys.count else { return -1 }
    let isNext = keys[place &+ 1] == key.value
    let isThis = keys[place] == key.value
    return isNext ? id &+ 1 : isThis ? id : -1
  }

  /// The id of a piece, or -1.
  /// - Parameter isEqual: whether the bytes are those of an id; asked of long pieces alone.
  @inline(__always)
  func find(_ key: Key, isEqual: (Int32) -> Bool) -> Int32 {
    let hash = hash(key)
    let tag = tag(hash)
    var place = Int(truncatingIfNeeded: hash) & mask
    while true {
      let slot = slots[place]
      if slot == 0 { return -1 }
      if matches(slot, tag, key, isEqual) { return Self.id(slot) }
      place = (place &+ 1) & mask
    }
  }

  /// The id of a piece that is held whole, or -1.
  @inline(__always)
  func find(whole key: Key) -> Int32 { find(key) { _ in false } }

  /// What stands where a piece is looked for first, or behind that if it looks more like the piece: for
  /// ``candidate(_:_:)``, so that many pieces can be looked for at once.
  @inline(__always)
  func slot(_ key: Key) -> UInt32 {
    let hash = hash(key)
    let place = Int(truncatingIfNeeded: hash) & mask
    // Loaded both: which it is cannot be foreseen.
    let (first, second) = (slots[place], slots[(place &+ 1) & mask])
    return (first ^ tag(hash)) & ~Self.idMask == 0 ? first : second
  }

  /// The id in a slot where it has a key, else -1: that of the piece, if the key holds it whole.
  @inline(__always)
  func candidate(_ slot: UInt32, _ key: Key) -> Int32 {
    guard !keys.isEmpty else { return -1 }
    // An empty slot is compared with some piece: that takes no branch.
    let id = Self.id(slot)
    let isEqual = keys[Int(max(id, 0))] == key.value
    return isEqual && slot != 0 ? id : -1
  }

  @inline(__always)
  private static func id(_ slot: UInt32) -> Int32 { Int32(bitPattern: slot & idMask) &- 1 }

  @inline(__always)
  private func matches(
    _ slot: UInt32, _ tag: UInt32, _ key: Key, _ isEqual: (Int32) -> Bool
  ) -> Bool {
    guard (slot ^ tag) & ~Self.idMask == 0 else { return false }
    let id = Self.id(slot)
    return keys[Int(id)] == key.value && (!key.isLong || isEqual(id))
  }
}
