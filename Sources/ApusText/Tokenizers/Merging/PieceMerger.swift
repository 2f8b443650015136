/// Merges the characters or bytes of a word into pieces of a vocabulary. Its buffers serve word
/// after word.
struct PieceMerger: Sendable {
  /// A run of bytes that is one piece so far; its id is -1 where the vocabulary has none for it.
  struct Symbol {
    var id: Int32
    /// Its first byte, counted from the beginning of the word.
    var start: Int32
  }

  private let vocabulary: Vocabulary
  private let merges: MergeTable
  private let usesScores: Bool
  private var cache = PairCache()
  /// Where the word begins, and how many bytes it has.
  private var start = 0
  private var length = 0
  private var symbols: [Symbol] = []
  /// What merging each symbol with the next one makes, as ``MergeTable/find(_:_:)`` has it.
  private var pairs: [UInt64] = []

  /// Words up to this many symbols are searched from end to end for each merge; for longer ones a
  /// queue keeps the time nearly linear.
  private static let shortWord = 96

  init(_ vocabulary: Vocabulary, _ rule: MergeRule) {
    self.vocabulary = vocabulary
    switch rule {
    case .scores:
      merges = MergeTable()
      usesScores = true
    case .ranks(let table):
      merges = table
      usesScores = false
    }
  }

  /// Begins a word at a place in a text.
  mutating func begin(_ start: Int) {
    self.start = start
    length = 0
    symbols.removeAll(keepingCapacity: true)
  }

  /// Adds what a word begins with: one character or byte.
  @inline(__always)
  mutating func append(_ id: Int32, _ width: Int) {
    symbols.append(Symbol(id: id, start: Int32(truncatingIfNeeded: length)))
    length += width
  }

  /// Merges as long as there is something to merge, and passes on what is left: ids (-1 for none)
  /// and their bytes.
  @inline(__always)
  mutating func merge(_ text: [UInt8], _ body: (Int32, Range<Int>) -> Void) {
    if symbols.count <= Self.shortWord { mergeShort(text) } else { mergeLong(text) }
    for index in symbols.indices {
      body(symbols[index].id, start + Int(symbols[index].start)..<start + end(index))
    }
  }

  /// Where a symbol ends, counted from the beginning of the word.
  @inline(__always)
  private func end(_ index: Int) -> Int {
    index + 1 < symbols.count ? Int(symbols[index + 1].start) : length
  }

  private mutating func mergeShort(_ text: [UInt8]) {
    guard symbols.count > 1 else { return }
    pairs.removeAll(keepingCapacity: true)
    for index in 0..<symbols.count - 1 { pairs.append(find(index, text)) }
    while true {
      var best = MergeTable.none
      var place = 0
      // Of equal ranks the leftmost.
      for index in 0..<pairs.count where pairs[index] >> 32 < best >> 32 {
        best = pairs[index]
        place = index
      }
      guard best != MergeTable.none else { return }
      symbols[place].id = Int32(truncatingIfNeeded: best)
      remove(place)
      if place > 0 { pairs[place - 1] = find(place - 1, text) }
      if place < pairs.count { pairs[place] = find(place, text) }
    }
  }

  /// Takes out the symbol behind a place, and the pair of the two.
  @inline(__always)
  private mutating func remove(_ place: Int) {
    for index in place + 1..<pairs.count {
      symbols[index] = symbols[index + 1]
      pairs[index - 1] = pairs[index]
    }
    symbols.removeLast()
    pairs.removeLast()
  }

  private mutating func mergeLong(_ text: [UInt8]) {
    var word = LongWord(symbols)
    word.merge { first, second, start, end in
      find(first, second, text, self.start + start, self.start + (end ?? length))
    }
    symbols = word.symbols
  }

  @inline(__always)
  private mutating func find(_ index: Int, _ text: [UInt8]) -> UInt64 {
    find(
      symbols[index].id, symbols[index + 1].id, text, start + Int(symbols[index].start),
      start + end(index + 1))
  }

  /// The rank and the id of what two neighbours make, whose bytes are `start..<end`.
  @inline(__always)
  private mutating func find(
    _ first: Int32, _ second: Int32, _ text: [UInt8], _ start: Int, _ end: Int
  ) -> UInt64 {
    let isKnown = first >= 0 && second >= 0
    if !usesScores { return isKnown ? merges.find(first, second) : MergeTable.none }
    if isKnown, let result = cache.find(first, second) { return result }
    let id = vocabulary.find(text, start, end)
    let result =
      id >= 0
      ? Self.rank(vocabulary.score(id)) << 32 | UInt64(UInt32(bitPattern: id)) : MergeTable.none
    if isKnown { cache.insert(first, second, result) }
    return result
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
