/// Makes the table of merges that name pieces of a vocabulary.
///
/// Most merges make the piece behind that of the merge before, or the same in another way, and are
/// only compared with it. Look-ups wait until there are many: then the processor waits for many
/// places in memory at once.
struct MergeReader {
  private struct Pending {
    let first: PieceTable.Key
    let second: PieceTable.Key
    /// What the merge makes.
    let id: Int32
    /// Which merge it is.
    let index: Int
  }

  private let vocabulary: Vocabulary
  private let merges: MergeList
  /// Whether a merge that names a piece outside the vocabulary is passed over.
  private let passesUnknown: Bool
  /// The field of the file, for errors.
  private let field: String

  private var table: MergeTable
  private var unknownCount = 0
  /// What the last merge made.
  private var last: Int32 = -1
  private var pending: [Pending] = []
  private static let mostPending = 256
  /// By pending merge.
  private var slots: (first: [UInt32], second: [UInt32])
  private var pairs = [UInt64](repeating: 0, count: mostPending)

  private init(
    _ merges: MergeList, _ vocabulary: Vocabulary, passesUnknown: Bool, field: String
  ) {
    self.merges = merges
    self.vocabulary = vocabulary
    self.passesUnknown = passesUnknown
    self.field = field
    table = MergeTable(count: merges.count)
    pending.reserveCapacity(Self.mostPending)
    let zeros = [UInt32](repeating: 0, count: Self.mostPending)
    slots = (zeros, zeros)
  }

  /// The table, and how many merges name pieces outside the vocabulary.
  /// - Parameters:
  ///   - passesUnknown: Whether such a merge is passed over, as the reference does with GGUF files,
  ///     or an error.
  ///   - field: where the merges stand in the file.
  static func read(
    _ merges: MergeList, _ vocabulary: Vocabulary, passesUnknown: Bool, field: String
  ) throws(TokenizerError) -> (table: MergeTable, unknownCount: Int) {
    var reader = MergeReader(merges, vocabulary, passesUnknown: passesUnknown, field: field)
    for index in 0..<merges.count {
      guard let merge = reader.usual(index) else {
        try reader.flush()
        try reader.add(index)
        continue
      }
      reader.last = merge.id
      reader.pending.append(merge)
      if reader.pending.count == Self.mostPending { try reader.flush() }
    }
    try reader.flush()
    return (reader.table, reader.unknownCount)
  }

  /// A short merge, or one that makes a likely piece; `nil` where it is another, or something is
  /// wrong.
  @inline(__always)
  private func usual(_ index: Int) -> Pending? {
    guard let (left, right) = merges.pieces(index), !left.isEmpty, !right.isEmpty else {
      return nil
    }
    let bytes = merges.bytes
    let pieces = vocabulary.table
    let first = PieceTable.Key(bytes, left.lowerBound, left.upperBound)
    let second = PieceTable.Key(bytes, right.lowerBound, right.upperBound)
    var id = last &+ 1
    if left.count &+ right.count <= PieceTable.Key.longestWhole {
      let whole = PieceTable.Key(first, second)
      if !pieces.isFound(id, whole) {
        id = pieces.isFound(last, whole) ? last : pieces.find(whole: whole)
      }
      if id < 0 { return nil }
    } else if !vocabulary.isFound(id, bytes, left, right) {
      id = last
      if !vocabulary.isFound(id, bytes, left, right) { return nil }
    }
    return Pending(first: first, second: second, id: id, index: index)
  }

  /// Looks up the halves of the merges that wait, and adds these to the table: loops as small as can
  /// be, whose turns do not wait for each other.
  private mutating func flush() throws(TokenizerError) {
    let pieces = vocabulary.table
    let count = pending.count
    for place in 0..<count {
      slots.first[place] = pieces.slot(pending[place].first)
      slots.second[place] = pieces.slot(pending[place].second)
    }
    var isComplete = true
    for place in 0..<count {
      let merge = pending[place]
      var first = pieces.id(slots.first[place], merge.first)
      if first < 0 { first = half(merge.index, merge.first, isFirst: true) }
      var second = pieces.id(slots.second[place], merge.second)
      if second < 0 { second = half(merge.index, merge.second, isFirst: false) }
      if first < 0 || second < 0 { isComplete = false }
      pairs[place] = MergeTable.pair(first, second)
    }
    if isComplete {
      table.append(pairs, pending.lazy.map(\.id))
    } else {
      for merge in pending { try add(merge.index) }
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// The id of one of a merge's pieces that is long or does not stand where it is looked for first;
  /// -1 where the vocabulary lacks it.
  @inline(__always)
  private func half(_ index: Int, _ key: PieceTable.Key, isFirst: Bool) -> Int32 {
    key.isLong ? longHalf(index, isFirst: isFirst) : vocabulary.table.find(whole: key)
  }

  private func longHalf(_ index: Int, isFirst: Bool) -> Int32 {
    guard let (left, right) = merges.pieces(index) else { return -1 }
    let range = isFirst ? left : right
    return vocabulary.find(merges.bytes, range.lowerBound, range.upperBound)
  }

  /// Adds any merge.
  private mutating func add(_ index: Int) throws(TokenizerError) {
    guard let (left, right) = merges.pieces(index) else {
      throw error(index, "\(quoted(merges.range(index))) is no pair of pieces")
    }
    let first = vocabulary.find(merges.bytes, left.lowerBound, left.upperBound)
    let second = vocabulary.find(merges.bytes, right.lowerBound, right.upperBound)
    let whole = merges.bytes[left] + merges.bytes[right]
    let id = vocabulary.find(Array(whole), 0, whole.count)
    guard first >= 0, second >= 0, id >= 0 else {
      unknownCount += 1
      table.skip()
      if passesUnknown { return }
      let missing = first < 0 ? quoted(left) : second < 0 ? quoted(right) : quoted(left, right)
      throw error(index, "the vocabulary lacks \(missing)")
    }
    last = id
    table.append(MergeTable.pair(first, second), id)
  }

  private func error(_ index: Int, _ message: String) -> TokenizerError {
    TokenizerError(.badMerge, field: "\(field)[\(index)]", message)
  }

  private func quoted(_ ranges: Range<Int>...) -> String {
    let spelling = ranges.flatMap { merges.bytes[$0] }
    return TokenizerError.quoted(String(decoding: spelling, as: UTF8.self))
  }
}
