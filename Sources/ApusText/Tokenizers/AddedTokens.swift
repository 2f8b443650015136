/// Tokens that are found in text before it is cut into words: control tokens and those that a user
/// defined. At each place the longest holds.
struct AddedTokens: Sendable {
  struct Token: Sendable {
    let id: Int32
    let text: [UInt8]
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

  private let tokens: [Token]
  /// By first byte: the places in `tokens`, longer ones first.
  private let candidates: [[Int32]]

  init(_ tokens: [Token]) {
    self.tokens = tokens.filter { !$0.text.isEmpty }
    var candidates = [[Int32]](repeating: [], count: 256)
    for (place, token) in self.tokens.enumerated() {
      candidates[Int(token.text[0])].append(Int32(place))
    }
    for byte in candidates.indices where candidates[byte].count > 1 {
      let tokens = self.tokens
      candidates[byte].sort {
        let (left, right) = (tokens[Int($0)].text.count, tokens[Int($1)].text.count)
        return left != right ? left > right : $0 < $1
      }
    }
    self.candidates = candidates
  }

  func fragments(_ bytes: [UInt8], parseSpecial: Bool) -> [Fragment] {
    guard !tokens.isEmpty else { return bytes.isEmpty ? [] : [.text(0..<bytes.count)] }
    var result: [Fragment] = []
    var start = 0
    var place = 0
    while place < bytes.count {
      guard let token = token(at: place, bytes, parseSpecial: parseSpecial) else {
        place += 1
        continue
      }
      var end = place
      if token.stripsLeft {
        while end > start {
          let width = Whitespace.width(before: end, in: bytes, from: start)
          if width == 0 { break }
          end -= width
        }
      }
      if start < end { result.append(.text(start..<end)) }
      result.append(.token(token.id))
      place += token.text.count
      if token.stripsRight {
        while true {
          let width = Whitespace.width(at: place, in: bytes)
          if width == 0 { break }
          place += width
        }
      }
      start = place
    }
    if start < bytes.count { result.append(.text(start..<bytes.count)) }
    return result
  }

  private func token(at place: Int, _ bytes: [UInt8], parseSpecial: Bool) -> Token? {
    for candidate in candidates[Int(bytes[place])] {
      let token = tokens[Int(candidate)]
      let end = place + token.text.count
      guard parseSpecial || !token.isControl, end <= bytes.count else { continue }
      var index = 1
      while index < token.text.count, bytes[place + index] == token.text[index] { index += 1 }
      guard index == token.text.count else { continue }
      if token.isSingleWord {
        if place > 0, Self.isWord(bytes[place - 1]) { continue }
        if end < bytes.count, Self.isWord(bytes[end]) { continue }
      }
      return token
    }
    return nil
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_") || Character(Unicode.Scalar(byte)).isLetter
      || Character(Unicode.Scalar(byte)).isNumber
  }
}
