/// Which two neighbours may become one piece, and which first.
enum MergeRule: Sendable {
  /// By the score of the piece that the two make, the highest first (SentencePiece).
  case scores
  /// By the place of the pair in a list (byte-pair encoding).
  case ranks(MergeTable)
}

/// Merges the characters or bytes of a word into pieces of a vocabulary.
struct PieceMerger {
  /// A run of bytes that is one piece so far; its id is -1 where the vocabulary has none for it.
  private struct Symbol {
    var id: Int32
    var start: Int
    /// 0 once it has merged into the one on its left.
    var length: Int
    var previous: Int32
    var next: Int32
  }

  private let vocabulary: Vocabulary
  private let rule: MergeRule
  private var symbols: [Symbol] = []
  private var heap = MergeHeap()

  init(_ vocabulary: Vocabulary, _ rule: MergeRule) {
    self.vocabulary = vocabulary
    self.rule = rule
  }

  mutating func removeAll() { symbols.removeAll(keepingCapacity: true) }

  /// Adds what a word begins with: one character or byte.
  mutating func append(_ id: Int32, _ start: Int, _ length: Int) {
    let index = Int32(symbols.count)
    if let last = symbols.indices.last { symbols[last].next = index }
    symbols.append(
      Symbol(id: id, start: start, length: length, previous: index - 1, next: -1))
  }

  /// Merges as long as there is something to merge, and passes on what is left: ids (-1 for none)
  /// and their bytes.
  mutating func merge(_ text: [UInt8], _ body: (Int32, Range<Int>) -> Void) {
    heap.removeAll()
    for left in symbols.indices.dropLast() { consider(left, left + 1, text) }
    while let entry = heap.pop() {
      let left = entry.left
      let next = Int(symbols[left].next)
      guard symbols[left].length > 0, next >= 0,
        symbols[left].length + symbols[next].length == entry.size
      else { continue }
      symbols[left].id = entry.id
      symbols[left].length = entry.size
      symbols[next].length = 0
      let after = symbols[next].next
      symbols[left].next = after
      if after >= 0 {
        symbols[Int(after)].previous = Int32(left)
        consider(left, Int(after), text)
      }
      let before = Int(symbols[left].previous)
      if before >= 0 { consider(before, left, text) }
    }
    var index = symbols.isEmpty ? -1 : 0
    while index >= 0 {
      let symbol = symbols[index]
      body(symbol.id, symbol.start..<(symbol.start + symbol.length))
      index = Int(symbol.next)
    }
  }

  private mutating func consider(_ left: Int, _ right: Int, _ text: [UInt8]) {
    let (first, second) = (symbols[left], symbols[right])
    let size = first.length + second.length
    switch rule {
    case .ranks(let table):
      guard first.id >= 0, second.id >= 0 else { return }
      let found = table.find(first.id, second.id)
      guard found != MergeTable.none else { return }
      heap.push(
        MergeHeap.Entry(
          key: (found >> 32) << 32 | UInt64(left),
          id: Int32(bitPattern: UInt32(truncatingIfNeeded: found)), size: size))
    case .scores:
      let id = vocabulary.find(text, first.start, first.start + size)
      guard id >= 0 else { return }
      heap.push(
        MergeHeap.Entry(
          key: Self.descending(vocabulary.score(id)) << 32 | UInt64(left), id: id, size: size))
    }
  }

  /// A number that is the smaller the higher the score is. NaN counts as the lowest.
  private static func descending(_ score: Float) -> UInt64 {
    if score.isNaN { return UInt64(UInt32.max) }
    let bits = (score == 0 ? 0 : score).bitPattern
    let ascending = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
    return UInt64(~ascending)
  }
}
