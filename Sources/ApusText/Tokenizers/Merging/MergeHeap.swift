/// The merges that are possible, the best first: a binary heap. A merge that came to nothing because
/// one of its parts has merged otherwise stays in it and is recognised when it comes up.
struct MergeHeap {
  struct Entry {
    /// Rank or reversed score in the upper half, the left symbol in the lower: less is better, and
    /// of equals the leftmost.
    let key: UInt64
    /// The piece that it makes.
    let id: Int32
    /// The bytes of both parts, by which an entry is recognised as out of date.
    let size: Int

    var left: Int { Int(truncatingIfNeeded: key & 0xFFFF_FFFF) }
  }

  private var entries: [Entry] = []

  mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  mutating func push(_ entry: Entry) {
    var child = entries.count
    entries.append(entry)
    while child > 0 {
      let parent = (child - 1) / 2
      if entries[parent].key <= entry.key { break }
      entries[child] = entries[parent]
      child = parent
    }
    entries[child] = entry
  }

  mutating func pop() -> Entry? {
    guard let top = entries.first, let last = entries.popLast() else { return nil }
    let count = entries.count
    guard count > 0 else { return top }
    var parent = 0
    while true {
      var child = parent * 2 + 1
      guard child < count else { break }
      if child + 1 < count, entries[child + 1].key < entries[child].key { child += 1 }
      if last.key <= entries[child].key { break }
      entries[parent] = entries[child]
      parent = child
    }
    entries[parent] = last
    return top
  }
}
