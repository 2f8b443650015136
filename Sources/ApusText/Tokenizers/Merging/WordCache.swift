/// The ids of words that came before: text repeats itself. Each word has two places, of which the
/// one that was not used last is given away.
struct WordCache: Sendable {
  /// A word to look for.
  struct Key {
    /// The bytes of up to 15, filled with zeros, and the length in the last one. Of longer ones a
    /// hash.
    fileprivate let first: UInt64
    fileprivate let second: UInt64
    fileprivate let start: Int
    fileprivate let end: Int

    fileprivate var isLong: Bool { second == .max }

    /// Of the bytes `start..<end`, which are at least one.
    @inline(__always)
    init(_ bytes: [UInt8], _ start: Int, _ end: Int) {
      let length = end &- start
      self.start = start
      self.end = end
      if length <= 8 {
        first = bytes.upToEight(start, length)
        second = UInt64(truncatingIfNeeded: length) << 56
      } else if length <= 15 {
        first = bytes.eight(start)
        second =
          bytes.upToEight(start &+ 8, length &- 8) | UInt64(truncatingIfNeeded: length) << 56
      } else {
        first = bytes.hash(start, end, seed: 0x2D35_8DCC_AA6C_78A5)
        second = .max
      }
    }
  }

  private struct Entry {
    var first: UInt64 = 0
    var second: UInt64 = 0
    /// Up to three ids, or where they begin in `ids`; where a long word begins in `words`; its
    /// length in the upper and the number of ids in the lower half, which is 0 in an empty entry.
    var ids = SIMD4<Int32>()
  }

  private static let smallest = 1 << 9
  private static let largest = 1 << 15
  /// Longer words come back too seldom.
  static let longestWord = 256

  private var entries: [Entry] = []
  private var used = 0
  /// The bytes of long words, and the ids of words that have more than three or are long.
  private var words: [UInt8] = []
  private var ids: [Int32] = []
  private static let mostBytes = 1 << 20
  private static let mostIDs = 1 << 18

  /// Appends the ids of a word to `result`; false where they are not known.
  @inline(__always)
  mutating func append(_ key: Key, _ bytes: [UInt8], to result: inout [Int32]) -> Bool {
    guard !entries.isEmpty else { return false }
    let place = place(key.first, key.second)
    if entries[place].first == key.first, entries[place].second == key.second {
      return append(entries[place].ids, key, bytes, to: &result)
    }
    let other = place ^ 1
    if entries[other].first == key.first, entries[other].second == key.second {
      entries.swapAt(place, other)
      return append(entries[place].ids, key, bytes, to: &result)
    }
    return false
  }

  @inline(__always)
  private func append(
    _ value: SIMD4<Int32>, _ key: Key, _ bytes: [UInt8], to result: inout [Int32]
  ) -> Bool {
    let count = value[3]
    if key.isLong { return appendLong(value, key, bytes, to: &result) }
    if count > 3 {
      result += ids[Int(value[0])..<Int(value[0] &+ count)]
      return true
    }
    if count == 0 { return false }
    result.append(value[0])
    if count > 1 { result.append(value[1]) }
    if count > 2 { result.append(value[2]) }
    return true
  }

  private func appendLong(
    _ value: SIMD4<Int32>, _ key: Key, _ bytes: [UInt8], to result: inout [Int32]
  ) -> Bool {
    let length = key.end - key.start
    guard value[3] > 0, Int(value[2]) == length else { return false }
    let word = Int(value[1])
    for index in 0..<length where words[word + index] != bytes[key.start + index] { return false }
    result += ids[Int(value[0])..<Int(value[0] &+ value[3])]
    return true
  }

  /// Keeps the ids of a word that was not found. A word of no ids is not kept.
  mutating func insert(_ key: Key, _ bytes: [UInt8], _ new: ArraySlice<Int32>) {
    let length = key.end - key.start
    guard !new.isEmpty, length <= Self.longestWord else { return }
    makeRoom()
    var value = SIMD4<Int32>(0, 0, 0, Int32(truncatingIfNeeded: new.count))
    if key.isLong || new.count > 3 {
      value[0] = Int32(truncatingIfNeeded: ids.count)
      ids += new
      if key.isLong {
        value[1] = Int32(truncatingIfNeeded: words.count)
        value[2] = Int32(truncatingIfNeeded: length)
        words += bytes[key.start..<key.end]
      }
    } else {
      for (lane, id) in new.enumerated() { value[lane] = id }
    }
    insert(Entry(first: key.first, second: key.second, ids: value))
  }

  private mutating func insert(_ entry: Entry) {
    let place = place(entry.first, entry.second)
    if entries[place].ids[3] == 0 {
      used += 1
    } else {
      if entries[place ^ 1].ids[3] == 0 { used += 1 }
      entries[place ^ 1] = entries[place]
    }
    entries[place] = entry
  }

  /// The table grows with the words, so that a short text pays for no large one; where the bytes
  /// or ids beside it become many, all is forgotten.
  private mutating func makeRoom() {
    if words.count > Self.mostBytes || ids.count > Self.mostIDs {
      words.removeAll(keepingCapacity: true)
      ids.removeAll(keepingCapacity: true)
      used = 0
      entries = Array(repeating: Entry(), count: entries.count)
    }
    guard entries.isEmpty || used * 2 > entries.count && entries.count < Self.largest else {
      return
    }
    let old = entries
    entries = Array(repeating: Entry(), count: old.isEmpty ? Self.smallest : old.count * 4)
    used = 0
    for entry in old where entry.ids[3] > 0 { insert(entry) }
  }

  /// The first of a word's two places.
  @inline(__always)
  private func place(_ first: UInt64, _ second: UInt64) -> Int {
    let hash = UInt64.folded(first ^ 0xA076_1D64_78BD_642F, second ^ 0xE703_7ED1_A0B4_28DB)
    return Int(truncatingIfNeeded: hash) & (entries.count &- 1)
  }
}
