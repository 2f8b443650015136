/// A word of many symbols while it merges: what is left of each knows its neighbours, and a queue
/// knows the next merge, so that the time is nearly linear.
struct LongWord {
  private struct Link {
    var symbol: PieceMerger.Symbol
    var previous: Int32
    /// -1 behind the last one.
    var next: Int32
    /// Whether it has merged into the one on its left.
    var isGone = false
    /// What merging it with the next one makes, and how late; `UInt32.max`: not possible.
    var merged: Int32 = -1
    var rank: UInt32 = .max
  }

  /// What merging two neighbours makes, as ``MergeTable/find(_:_:)`` has it: their ids, where the
  /// first begins, and where the second ends (`nil`: with the word).
  typealias Find = (_ first: Int32, _ second: Int32, _ start: Int, _ end: Int?) -> UInt64

  private var links: [Link] = []

  init(_ symbols: [PieceMerger.Symbol]) {
    links.reserveCapacity(symbols.count)
    for (index, symbol) in symbols.enumerated() {
      links.append(
        Link(
          symbol: symbol, previous: Int32(truncatingIfNeeded: index) - 1,
          next: index + 1 < symbols.count ? Int32(truncatingIfNeeded: index) + 1 : -1))
    }
  }

  /// What is left.
  var symbols: [PieceMerger.Symbol] { links.lazy.filter { !$0.isGone }.map(\.symbol) }

  mutating func merge(_ find: Find) {
    var queue = MergeQueue()
    for index in links.indices { update(index, &queue, find) }
    while let (rank, position) = queue.pop() {
      let index = Int(position)
      // What stands here may have changed since it was queued.
      guard !links[index].isGone, links[index].rank == rank else { continue }
      join(index)
      let previous = Int(links[index].previous)
      if previous >= 0 { update(previous, &queue, find) }
      update(index, &queue, find)
    }
  }

  /// Merges a symbol with the next one.
  @inline(__always)
  private mutating func join(_ index: Int) {
    let right = Int(links[index].next)
    let next = links[right].next
    links[index].symbol.id = links[index].merged
    links[index].next = next
    links[right].isGone = true
    if next >= 0 { links[Int(next)].previous = Int32(truncatingIfNeeded: index) }
  }

  /// Looks up what merging a symbol with the next one would make.
  @inline(__always)
  private mutating func update(_ index: Int, _ queue: inout MergeQueue, _ find: Find) {
    let next = Int(links[index].next)
    guard next >= 0 else {
      links[index].rank = .max
      return
    }
    let second = links[next]
    let end = second.next >= 0 ? Int(links[Int(second.next)].symbol.start) : nil
    let symbol = links[index].symbol
    let found = find(symbol.id, second.symbol.id, Int(symbol.start), end)
    let rank = UInt32(truncatingIfNeeded: found >> 32)
    links[index].rank = rank
    links[index].merged = Int32(truncatingIfNeeded: found)
    if rank != .max { queue.push(rank: rank, position: Int32(truncatingIfNeeded: index)) }
  }
}
