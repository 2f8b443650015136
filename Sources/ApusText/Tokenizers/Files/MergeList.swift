/// Merges as a file spells them.
struct MergeList {
  private let spellings: Spellings
  /// Where the second piece of each begins, directly behind the first. ``line``, or nothing at all:
  /// there is a space between the two, which is yet to be found.
  private let middles: [UInt32]

  /// In place of a middle.
  static let line = UInt32.max

  /// - Parameter middles: where the second piece of each begins, or ``line``; empty where all are
  ///   lines.
  init(_ spellings: Spellings, middles: [UInt32] = []) {
    self.spellings = spellings
    self.middles = middles
  }

  var bytes: [UInt8] { spellings.bytes }
  var count: Int { spellings.count }

  /// All of a merge.
  @inline(__always)
  func range(_ index: Int) -> Range<Int> { spellings.range(index) }

  /// Where its pieces lie; `nil` where there are not two.
  @inline(__always)
  func pieces(_ index: Int) -> (left: Range<Int>, right: Range<Int>)? {
    let range = range(index)
    if !middles.isEmpty, middles[index] != Self.line {
      let middle = Int(middles[index])
      return (range.lowerBound..<middle, middle..<range.upperBound)
    }
    if let space = bytes.onlySpace(range.lowerBound, range.count), space &+ 1 < range.upperBound {
      return (range.lowerBound..<space, space &+ 1..<range.upperBound)
    }
    // The second byte of a piece at the earliest: it can be the space itself.
    let space = bytes.firstSpace(range.lowerBound &+ 1, range.upperBound)
    guard space &+ 1 < range.upperBound,
      bytes.firstSpace(space &+ 2, range.upperBound) >= range.upperBound
    else { return nil }
    return (range.lowerBound..<space, space &+ 1..<range.upperBound)
  }
}
