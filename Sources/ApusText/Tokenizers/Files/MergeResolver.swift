/// Finds the ids of what merges name.
///
/// Most merges make the piece behind that of the merge before, or the same in another way, and are
/// only compared with it. Their halves are looked up some hundred at a time, in loops that hardly
/// branch on what comes from memory: then the processor waits for many places at once.
struct MergeResolver: Sendable {
  /// What was found.
  struct Resolved: Sendable {
    /// By merge; -1 for the id of one that is passed over.
    var pairs: [UInt64] = []
    var ids: [Int32] = []
    /// Those that name pieces outside the vocabulary.
    var unknownCount = 0
  }

  /// A merge that waits for the ids of its halves.
  private struct Pending {
    var left = 0..<0
    var right = 0..<0
    var first: PieceTable.Key
    var second: PieceTable.Key
    /// What stands where the halves are looked for first, and whose pieces that is.
    var slots: (first: UInt32, second: UInt32)
    var halves: (first: Int32, second: Int32) = (-1, -1)
    /// What the merge makes; -1 where something is wrong with it.
    var id: Int32
  }

  private let vocabulary: Vocabulary
  private let merges: MergeList
  /// The first merge in the list, and which of the file it is.
  private let start: Int
  private let index: Int
  private let passesUnknown: Bool
  private let field: String
  private static let mostPending = 256

  /// - Parameter index: which merge of the file the first one is. For the others see
  ///   ``MergeReader``.
  init(
    _ stretch: MergeReader.Stretch, index: Int, _ vocabulary: Vocabulary, passesUnknown: Bool,
    field: String
  ) {
    merges = stretch.list
    start = stretch.start
    self.index = index
    self.vocabulary = vocabulary
    self.passesUnknown = passesUnknown
    self.field = field
  }

  /// The first `count` merges; throws the error of the first one that has one.
  func resolve(_ count: Int) -> Result<Resolved, TokenizerError> {
    let range = start..<start + count
    do throws(TokenizerError) {
      var result = Resolved()
      result.pairs.reserveCapacity(range.count)
      result.ids.reserveCapacity(range.count)
      var pending: [Pending] = []
      pending.reserveCapacity(Self.mostPending)
      /// What the last merge made.
      var last: Int32 = -1
      var start = range.lowerBound
      while start < range.upperBound {
        let end = min(start + Self.mostPending, range.upperBound)
        pending.removeAll(keepingCapacity: true)
        for index in start..<end {
          let merge = usual(index, after: last) ?? unusual(index)
          if merge.id >= 0 { last = merge.id }
          pending.append(merge)
        }
        find(&pending)
        try add(pending, start, to: &result)
        start = end
      }
      return .success(result)
    } catch {
      return .failure(error)
    }
  }

  /// A merge that makes a likely piece, or one that is short; `nil` where it is another, or
  /// something is wrong.
  @inline(__always)
  private func usual(_ index: Int, after last: Int32) -> Pending? {
    guard let (left, right) = merges.pieces(index), !left.isEmpty, !right.isEmpty else {
      return nil
    }
    let bytes = merges.bytes
    let pieces = vocabulary.table
    let first = PieceTable.Key(bytes, left.lowerBound, left.upperBound)
    let second = PieceTable.Key(bytes, right.lowerBound, right.upperBound)
    var id: Int32
    if left.count &+ right.count <= PieceTable.Key.longestWhole {
      let whole = PieceTable.Key(first, second)
      id = pieces.found(last, orNext: whole)
      if id < 0 { id = pieces.find(whole: whole) }
    } else {
      id = vocabulary.found(last, orNext: bytes, left, right)
    }
    guard id >= 0 else { return nil }
    return Pending(
      left: left, right: right, first: first, second: second,
      slots: (pieces.slot(first), pieces.slot(second)), id: id)
  }

  /// Any other merge.
  private func unusual(_ index: Int) -> Pending {
    guard let (left, right) = merges.pieces(index), !left.isEmpty, !right.isEmpty else {
      return Pending(first: .none, second: .none, slots: (0, 0), id: -1)
    }
    let first = PieceTable.Key(merges.bytes, left.lowerBound, left.upperBound)
    let second = PieceTable.Key(merges.bytes, right.lowerBound, right.upperBound)
    let whole = Array(merges.bytes[left] + merges.bytes[right])
    let pieces = vocabulary.table
    return Pending(
      left: left, right: right, first: first, second: second,
      slots: (pieces.slot(first), pieces.slot(second)),
      id: vocabulary.find(whole, 0, whole.count))
  }

  /// The halves of merges, where they stand in the first place that they are looked for.
  private func find(_ pending: inout [Pending]) {
    let pieces = vocabulary.table
    for place in pending.indices {
      let merge = pending[place]
      pending[place].halves = (
        pieces.candidate(merge.slots.first, merge.first),
        pieces.candidate(merge.slots.second, merge.second)
      )
    }
  }

  private func add(
    _ pending: [Pending], _ start: Int, to result: inout Resolved
  ) throws(TokenizerError) {
    for place in pending.indices {
      let merge = pending[place]
      let first = half(merge.halves.first, merge.first, merge.left)
      let second = half(merge.halves.second, merge.second, merge.right)
      var id = merge.id
      if first < 0 || second < 0 || id < 0 {
        try pass(start + place, first, second)
        result.unknownCount += 1
        id = -1
      }
      result.pairs.append(MergeTable.pair(first, second))
      result.ids.append(id)
    }
  }

  /// The id of a merge's piece, of which there may be a candidate; -1 where the vocabulary lacks it.
  @inline(__always)
  private func half(_ candidate: Int32, _ key: PieceTable.Key, _ range: Range<Int>) -> Int32 {
    if candidate >= 0, !key.isLong || vocabulary.isPiece(candidate, merges.bytes, range) {
      return candidate
    }
    return vocabulary.find(merges.bytes, range.lowerBound, range.upperBound)
  }

  /// Passes a merge over that names something outside the vocabulary, unless that is an error.
  private func pass(_ index: Int, _ first: Int32, _ second: Int32) throws(TokenizerError) {
    guard let (left, right) = merges.pieces(index) else {
      throw error(index, "\(quoted(merges.range(index))) is no pair of pieces")
    }
    if passesUnknown { return }
    let missing = first < 0 ? quoted(left) : second < 0 ? quoted(right) : quoted(left, right)
    throw error(index, "the vocabulary lacks \(missing)")
  }

  private func error(_ place: Int, _ message: String) -> TokenizerError {
    TokenizerError(.badMerge, field: "\(field)[\(index + place - start)]", message)
  }

  private func quoted(_ ranges: Range<Int>...) -> String {
    let spelling = ranges.flatMap { merges.bytes[$0] }
    return TokenizerError.quoted(String(decoding: spelling, as: UTF8.self))
  }
}
