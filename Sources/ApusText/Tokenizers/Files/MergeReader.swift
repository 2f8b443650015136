import Dispatch
import Synchronization

/// Makes the table of merges that name pieces of a vocabulary.
///
/// Most of the time goes into finding the ids, which no merge needs of another: all processors take
/// part, each with some thousand merges at a time.
enum MergeReader {
  /// Some merges in a row.
  struct Stretch {
    /// What they are part of.
    let list: MergeList
    /// The first of them in the list.
    let start: Int
  }

  private static let stretchCount = 8192

  /// The table, and how many merges name pieces outside the vocabulary.
  /// - Parameters:
  ///   - passesUnknown: Whether such a merge is passed over, as the reference does with GGUF files,
  ///     or an error.
  ///   - field: where the merges stand in the file.
  ///   - read: what holds a range of the merges; called by several threads.
  static func read(
    _ count: Int, _ vocabulary: Vocabulary, passesUnknown: Bool, field: String,
    _ read: @Sendable (Range<Int>) -> Stretch
  ) throws(TokenizerError) -> (table: MergeTable, unknownCount: Int) {
    let stretches = (count + stretchCount - 1) / stretchCount
    let resolved = Mutex(
      [Result<MergeResolver.Resolved, TokenizerError>](
        repeating: .success(MergeResolver.Resolved()), count: stretches))
    DispatchQueue.concurrentPerform(iterations: stretches) { index in
      let range = index * stretchCount..<min((index + 1) * stretchCount, count)
      let resolver = MergeResolver(
        read(range), index: range.lowerBound, vocabulary, passesUnknown: passesUnknown, field: field
      )
      let result = resolver.resolve(range.count)
      resolved.withLock { $0[index] = result }
    }
    var pairs: [UInt64] = []
    var ids: [Int32] = []
    var unknownCount = 0
    pairs.reserveCapacity(count)
    ids.reserveCapacity(count)
    for result in resolved.withLock({ $0 }) {
      let stretch = try result.get()
      pairs += stretch.pairs
      ids += stretch.ids
      unknownCount += stretch.unknownCount
    }
    return (MergeTable(pairs, ids), unknownCount)
  }
}
