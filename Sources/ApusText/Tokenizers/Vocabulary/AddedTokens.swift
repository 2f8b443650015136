/// Tokens that are found in text before it is cut into words: control tokens and those that a user
/// defined. At each place the longest holds.
struct AddedTokens: Sendable {
  struct Token: Sendable {
    let id: Int32
    var text: [UInt8]
    /// Steers the model; found only where special tokens are asked for.
    let isControl: Bool
    /// The token takes the spaces on its left or right with it.
    var stripsLeft = false
    var stripsRight = false
    /// Not found next to a letter or a digit.
    var isSingleWord = false
  }

  enum Fragment: Equatable {
    case text(Range<Int>)
    case token(Int32)
  }

  /// Sorted by their bytes, so that those with a common beginning stand together and a shorter one
  /// before the longer ones that begin with it.
  private let tokens: [Token]
  /// By first byte: where its tokens begin in `tokens`, and behind the last one the end.
  private let starts: [Int]

  init(_ tokens: [Token]) {
    // Of two equal ones the first holds; the order of the list decides between them.
    let order = tokens.indices.filter { !tokens[$0].text.isEmpty }.sorted {
      let (left, right) = (tokens[$0].text, tokens[$1].text)
      if left.lexicographicallyPrecedes(right) { return true }
      return $0 < $1 && left == right
    }
    var sorted: [Token] = []
    sorted.reserveCapacity(order.count)
    for index in order where sorted.last?.text != tokens[index].text {
      sorted.append(tokens[index])
    }
    var starts = [Int](repeating: 0, count: 257)
    for token in sorted { starts[Int(token.text[0]) + 1] += 1 }
    for byte in 1...256 { starts[byte] += starts[byte - 1] }
    self.tokens = sorted
    self.starts = starts
  }

  var isEmpty: Bool { tokens.isEmpty }

  /// Those that steer the model.
  var controls: AddedTokens { AddedTokens(tokens.filter(\.isControl)) }

  /// For each byte whether a token begins there, be it inside of another one.
  func places(in bytes: [UInt8]) -> [Bool] {
    bytes.indices.map { place in
      let byte = Int(bytes[place])
      return starts[byte] < starts[byte + 1]
        && longest(at: place, bytes, bytes.count, parseSpecial: true) != nil
    }
  }

  /// Cuts `bytes[range]` into tokens and the text between them.
  /// - Parameter isQuoted: Whether a `TextQuoter` has marked what is no control token.
  func fragments(
    _ bytes: [UInt8], _ range: Range<Int>, parseSpecial: Bool, isQuoted: Bool = false
  ) -> [Fragment] {
    guard !tokens.isEmpty else { return range.isEmpty ? [] : [.text(range)] }
    var result: [Fragment] = []
    var start = range.lowerBound
    var place = start
    while place < range.upperBound {
      let byte = Int(bytes[place])
      guard starts[byte] < starts[byte + 1],
        let token = longest(at: place, bytes, range.upperBound, parseSpecial: parseSpecial)
      else {
        place += 1
        continue
      }
      let end = place + token.text.count
      if isQuoted, token.isControl, TextQuoter.isMark(at: end, bytes) {
        place = end
        continue
      }
      if token.isSingleWord, isInWord(bytes, place..<end, range) {
        place = end
        continue
      }
      var first = place
      if token.stripsLeft {
        while let space = Self.characterBefore(first, bytes, start), space.kind.contains(.space) {
          first = space.start
        }
      }
      if start < first { result.append(.text(start..<first)) }
      result.append(.token(token.id))
      place = end
      if token.stripsRight {
        while place < range.upperBound {
          let (scalar, width) = ClassifiedText.decode(bytes, place, range.upperBound)
          guard CharacterClass(code: scalar).contains(.space) else { break }
          place += width
        }
      }
      start = place
    }
    if start < range.upperBound { result.append(.text(start..<range.upperBound)) }
    return result
  }

  /// The longest token at a place. With each byte the tokens that can still be meant become fewer:
  /// two binary searches, however many there are.
  private func longest(
    at place: Int, _ bytes: [UInt8], _ end: Int, parseSpecial: Bool
  ) -> Token? {
    var low = starts[Int(bytes[place])]
    var high = starts[Int(bytes[place]) + 1]
    var length = 1
    var result: Token?
    while low < high {
      // The shortest of those that agree with the text so far comes first.
      if tokens[low].text.count == length {
        if parseSpecial || !tokens[low].isControl { result = tokens[low] }
        low += 1
      }
      guard place + length < end else { break }
      let byte = bytes[place + length]
      low = first(from: low, to: high, at: length) { $0 >= byte }
      high = first(from: low, to: high, at: length) { $0 > byte }
      length += 1
    }
    return result
  }

  /// The first of some tokens, all longer than `depth`, whose byte there satisfies a condition
  /// that holds for all after it too.
  @inline(__always)
  private func first(
    from start: Int, to end: Int, at depth: Int, _ condition: (UInt8) -> Bool
  ) -> Int {
    var (low, high) = (start, end)
    while low < high {
      let middle = (low + high) / 2
      if condition(tokens[middle].text[depth]) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Whether a letter, a mark, a digit or `_` touches a place from outside.
  private func isInWord(_ bytes: [UInt8], _ place: Range<Int>, _ range: Range<Int>) -> Bool {
    if let before = Self.characterBefore(place.lowerBound, bytes, range.lowerBound),
      Self.isWord(before.scalar)
    {
      return true
    }
    guard place.upperBound < range.upperBound else { return false }
    return Self.isWord(ClassifiedText.decode(bytes, place.upperBound, range.upperBound).scalar)
  }

  /// `\w` (Unicode, TR18 annex C).
  private static func isWord(_ code: UInt32) -> Bool {
    guard let scalar = Unicode.Scalar(code) else { return false }
    if scalar.properties.isAlphabetic || scalar.properties.isJoinControl { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      return true
    default: return false
    }
  }

  private static func characterBefore(
    _ place: Int, _ bytes: [UInt8], _ start: Int
  ) -> (scalar: UInt32, kind: CharacterClass, start: Int)? {
    guard place > start else { return nil }
    var first = place - 1
    while first > start, place - first < 4, bytes[first] & 0xC0 == 0x80 { first -= 1 }
    let (scalar, width) = ClassifiedText.decode(bytes, first, place)
    // A byte that ends no character stands for itself.
    guard first + width == place else { return (.max, [], place - 1) }
    return (scalar, CharacterClass(code: scalar), first)
  }
}
