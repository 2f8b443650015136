/// Merges the characters or bytes of a word into pieces of a vocabulary. Its buffers serve word
/// after word.
struct PieceMerger {
  /// A run of bytes that is one piece so far; its id is -1 where the vocabulary has none for it.
  private struct Symbol {
    var id: Int32
    var start: Int
    /// 0 once it has merged into the one on its left.
    var length: Int
    var previous: Int32
    /// -1 behind the last one.
    var next: Int32
    /// What merging it with the next one makes, and how late; `UInt32.max`: not possible.
    var merged: Int32 = -1
    var rank: UInt32 = .max
  }

  private let vocabulary: Vocabulary
  private let rule: MergeRule
  private var symbols: [Symbol] = []
  private var cache = PairCache()

  /// Words up to this many symbols are searched from end to end for each merge; for longer ones a
  /// queue keeps the time nearly linear.
  private static let shortWord = 32

  init(_ vocabulary: Vocabulary, _ rule: MergeRule) {
    self.vocabulary = vocabulary
    self.rule = rule
  }

  mutating func removeAll() { symbols.removeAll(keepingCapacity: true) }

  /// Adds what a word begins with: one character or byte.
  mutating func append(_ id: Int32, _ start: Int, _ length: Int) {
    let count = symbols.count
    if count > 0 { symbols[count - 1].next = Int32(truncatingIfNeeded: count) }
    symbols.append(
      Symbol(
        id: id, start: start, length: length, previous: Int32(truncatingIfNeeded: count) - 1,
        next: -1))
  }

  /// Merges as long as there is something to merge, and passes on what is left: ids (-1 for none)
  /// and their bytes.
  mutating func merge(_ text: [UInt8], _ body: (Int32, Range<Int>) -> Void) {
    var index = 0
    while index < symbols.count {
      update(index, text)
      index += 1
    }
    if symbols.count <= Self.shortWord { mergeShort(text) } else { mergeLong(text) }
    index = symbols.isEmpty ? -1 : 0
    while index >= 0 {
      let symbol = symbols[index]
      body(symbol.id, symbol.start..<(symbol.start + symbol.length))
      index = Int(symbol.next)
    }
  }

  private mutating func mergeShort(_ text: [UInt8]) {
    guard !symbols.isEmpty else { return }
    while true {
      var best = -1
      var bestRank = UInt32.max
      var index = 0
      while index >= 0 {
        if symbols[index].rank < bestRank {
          bestRank = symbols[index].rank
          best = index
        }
        index = Int(symbols[index].next)
      }
      guard best >= 0 else { return }
      join(best, text)
    }
  }

  private mutating func mergeLong(_ text: [UInt8]) {
    var queue = MergeQueue()
    var index = 0
    while index < symbols.count {
      let rank = symbols[index].rank
      if rank != .max { queue.push(rank: rank, position: Int32(truncatingIfNeeded: index)) }
      index += 1
    }
    while let (rank, position) = queue.pop() {
      let index = Int(position)
      // What stands here may have changed since it was queued.
      guard symbols[index].length > 0, symbols[index].rank == rank else { continue }
      join(index, text)
      let previous = symbols[index].previous
      if previous >= 0 {
        let rank = symbols[Int(previous)].rank
        if rank != .max { queue.push(rank: rank, position: previous) }
      }
      let next = symbols[index].rank
      if next != .max { queue.push(rank: next, position: position) }
    }
  }

  /// Merges a symbol with the next one.
  @inline(__always)
  private mutating func join(_ index: Int, _ text: [UInt8]) {
    let right = Int(symbols[index].next)
    let next = symbols[right].next
    symbols[index].length += symbols[right].length
    symbols[index].id = symbols[index].merged
    symbols[index].next = next
    symbols[right].length = 0
    symbols[right].rank = .max
    if next >= 0 { symbols[Int(next)].previous = Int32(truncatingIfNeeded: index) }
    update(index, text)
    let previous = Int(symbols[index].previous)
    if previous >= 0 { update(previous, text) }
  }

  /// Looks up what merging a symbol with the next one would make.
  @inline(__always)
  private mutating func update(_ index: Int, _ text: [UInt8]) {
    let next = Int(symbols[index].next)
    guard next >= 0 else {
      symbols[index].rank = .max
      return
    }
    let found = find(index, next, text)
    symbols[index].rank = UInt32(truncatingIfNeeded: found >> 32)
    symbols[index].merged = Int32(truncatingIfNeeded: found)
  }

  /// The rank and the id of what two neighbours make, as ``MergeTable/find(_:_:)`` has them.
  @inline(__always)
  private mutating func find(_ left: Int, _ right: Int, _ text: [UInt8]) -> UInt64 {
    let (first, second) = (symbols[left].id, symbols[right].id)
    switch rule {
    case .ranks(let table):
      return first >= 0 && second >= 0 ? table.find(first, second) : MergeTable.none
    case .scores:
      let isKnown = first >= 0 && second >= 0
      if isKnown, let result = cache.find(first, second) { return result }
      let start = symbols[left].start
      let id = vocabulary.find(text, start, start + symbols[left].length + symbols[right].length)
      guard id >= 0 else {
        if isKnown { cache.insert(first, second, MergeTable.none) }
        return MergeTable.none
      }
      let result = Self.rank(vocabulary.score(id)) << 32 | UInt64(UInt32(bitPattern: id))
      if isKnown { cache.insert(first, second, result) }
      return result
    }
  }

  /// A number that is the smaller the higher the score is, and below `UInt32.max`. NaN counts as
  /// the lowest.
  private static func rank(_ score: Float) -> UInt64 {
    if score.isNaN { return UInt64(UInt32.max - 1) }
    let bits = (score == 0 ? 0 : score).bitPattern
    let ascending = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
    return UInt64(~ascending)
  }
}
