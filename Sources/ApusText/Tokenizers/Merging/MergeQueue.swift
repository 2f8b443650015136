/// A priority queue of places where a merge is possible: by rank, then from left to right.
///
/// Most places of one rank arrive from left to right, so each rank has a run, which takes them in
/// constant time; only those that arrive out of order go through a heap. A megabyte of one letter,
/// where a plain heap is deepest, thus never sorts anything.
struct MergeQueue {
  private struct Run {
    var rank: UInt32
    var positions: [Int32] = []
    var cursor = 0
  }

  private var runs: [Run] = []
  private var runOfRank: [UInt32: Int] = [:]
  /// The ranks whose runs are not empty, as rank and index of the run.
  private var ranks = MinHeap()
  /// Places out of order, as rank and position.
  private var strays = MinHeap()
  /// The run that the last place went to: neighbours often share their rank.
  private var last: (rank: UInt32, index: Int)?

  private func run(of rank: UInt32) -> Int? {
    if let last, last.rank == rank { return last.index }
    return runOfRank[rank]
  }

  mutating func push(rank: UInt32, position: Int32) {
    if let index = run(of: rank) {
      last = (rank, index)
      let isEmpty = runs[index].cursor == runs[index].positions.count
      if isEmpty {
        runs[index].positions.removeAll(keepingCapacity: true)
        runs[index].cursor = 0
        ranks.push(UInt64(rank) << 32 | UInt64(index))
      } else if let last = runs[index].positions.last, last > position {
        strays.push(UInt64(rank) << 32 | UInt64(UInt32(bitPattern: position)))
        return
      }
      runs[index].positions.append(position)
    } else {
      last = (rank, runs.count)
      runOfRank[rank] = runs.count
      ranks.push(UInt64(rank) << 32 | UInt64(runs.count))
      runs.append(Run(rank: rank, positions: [position]))
    }
  }

  /// The lowest rank, and of that the leftmost place; `nil` where nothing is left.
  mutating func pop() -> (rank: UInt32, position: Int32)? {
    if let top = ranks.top {
      let index = Int(top & 0xFFFF_FFFF)
      let position = runs[index].positions[runs[index].cursor]
      let key = top & ~0xFFFF_FFFF | UInt64(UInt32(bitPattern: position))
      if let stray = strays.top, stray < key { return popStray() }
      runs[index].cursor += 1
      if runs[index].cursor == runs[index].positions.count { ranks.pop() }
      return (UInt32(truncatingIfNeeded: top >> 32), position)
    }
    return popStray()
  }

  private mutating func popStray() -> (rank: UInt32, position: Int32)? {
    guard let top = strays.pop() else { return nil }
    return (
      UInt32(truncatingIfNeeded: top >> 32),
      Int32(bitPattern: UInt32(truncatingIfNeeded: top))
    )
  }
}
