/// How many letters two names differ by, for hints on misspelt ones.
enum EditDistance {
  /// Insertions, deletions, substitutions and swaps of neighbours.
  static func between(_ left: String, _ right: String) -> Int {
    let left = Array(left.utf8)
    let right = Array(right.utf8)
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var row = [i + 1]
      for (j, b) in right.enumerated() {
        var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (a == b ? 0 : 1))
        if i > 0, j > 0, a == right[j - 1], left[i - 1] == b {
          best = min(best, beforeLast[j - 1] + 1)
        }
        row.append(best)
      }
      beforeLast = last
      last = row
    }
    return last[right.count]
  }

  /// One slip in a short name, two in a longer one; a digit is never a slip.
  static func isNear(_ name: String, _ known: String) -> Bool {
    guard abs(name.utf8.count - known.utf8.count) <= 2, name.utf8.count <= 64 else { return false }
    guard name.filter(\.isNumber) == known.filter(\.isNumber) else { return false }
    return between(name.uppercased(), known.uppercased()) <= (known.utf8.count > 7 ? 2 : 1)
  }
}
