/// The pieces of a tokenizer by id: their spellings in one buffer, their kinds and scores, and a
/// hash table from spellings to ids.
public struct Vocabulary: Sendable {
  /// The raw values are those of `tokenizer.ggml.token_type`.
  public enum Kind: UInt8, Sendable {
    case undefined = 0
    case normal = 1
    case unknown = 2
    /// Steers the model and is no text: `<s>`, `<|im_end|>`.
    case control = 3
    /// Found in text before anything else is.
    case userDefined = 4
    case unused = 5
    /// `<0xNN>`: one byte of a character that has no piece.
    case byte = 6
  }

  /// How the pieces of a file are spelt.
  public enum Spelling: Sendable {
    /// As text, with `▁` for a space where the model says so.
    case text
    /// In GPT-2's alphabet of 256 printable characters, one for each byte.
    case byteAlphabet
  }

  public let spelling: Spelling
  /// The largest number of ids that is accepted.
  public static let maxCount = 1 << 24

  /// The pieces as the file spells them.
  private let spellings: Spellings
  private(set) var kinds: [Kind]
  /// Empty where the file has none.
  private(set) var scores: [Float]
  private(set) var table = PieceTable(PieceTable.Keys(count: 0)) { _, _ in false }
  /// The longest piece that ``find(_:_:_:)`` can return, in bytes.
  private(set) var longest = 0

  /// - Parameters:
  ///   - kinds: one per piece, or empty: all are normal.
  ///   - scores: one per piece, or empty.
  init(
    spelling: Spelling, _ spellings: Spellings, kinds: [Kind], scores: [Float] = []
  ) {
    let count = spellings.count
    self.spelling = spelling
    self.spellings = spellings
    self.kinds = kinds.count == count ? kinds : Array(repeating: .normal, count: count)
    self.scores = scores.count == count ? scores : []
    index()
  }

  public var count: Int { kinds.count }

  /// A piece in the file's spelling; none for an id that does not exist.
  func piece(_ id: Int32) -> ArraySlice<UInt8> { contains(id) ? spellings[Int(id)] : [] }

  /// What a piece stands for: its bytes where it is spelt in the alphabet of bytes.
  func bytes(_ id: Int32) -> [UInt8] {
    let piece = piece(id)
    if spelling == .byteAlphabet, isText(kind(id)), let bytes = ByteAlphabet.decode(piece) {
      return bytes
    }
    return Array(piece)
  }

  func contains(_ id: Int32) -> Bool { id >= 0 && Int(id) < count }

  func kind(_ id: Int32) -> Kind { contains(id) ? kinds[Int(id)] : .undefined }

  func score(_ id: Int32) -> Float {
    Int(id) < scores.count && id >= 0 ? scores[Int(id)] : 0
  }

  mutating func setKind(_ kind: Kind, of id: Int32) {
    if contains(id) { kinds[Int(id)] = kind }
  }

  /// Whether merging text may make this piece. Control, unknown and byte pieces are no text:
  /// a `</s>` that a user types must not become the token.
  private func isText(_ kind: Kind) -> Bool {
    switch kind {
    case .normal, .unused, .undefined: true
    case .userDefined: spelling == .text
    case .unknown, .control, .byte: false
    }
  }

  private mutating func index() {
    var keys = PieceTable.Keys(count: count)
    var longest = 0
    let spellings = spellings
    for id in 0..<kinds.count where isText(kinds[id]) {
      let range = spellings.range(id)
      guard !range.isEmpty else { continue }
      longest = max(longest, range.count)
      keys[id] = PieceTable.Key(spellings.bytes, range.lowerBound, range.upperBound)
    }
    self.longest = longest
    table = PieceTable(keys) { left, right in
      spellings.length(Int(left)) == spellings.length(Int(right))
        && spellings.bytes.equal(
          spellings.start(Int(left)), spellings.bytes, spellings.start(Int(right)),
          spellings.length(Int(left)))
    }
  }

  /// The id of the text piece spelt as the bytes `start..<end` of `text`, or -1. Where a piece occurs
  /// twice, the first.
  @inline(__always)
  func find(_ text: [UInt8], _ start: Int, _ end: Int) -> Int32 {
    guard end > start, end - start <= longest else { return -1 }
    return table.find(PieceTable.Key(text, start, end)) { isPiece($0, text, start, end) }
  }

  /// Whether a piece is spelt as some bytes of `text`.
  @inline(__always)
  func isPiece(_ id: Int32, _ text: [UInt8], _ range: Range<Int>) -> Bool {
    isPiece(id, text, range.lowerBound, range.upperBound)
  }

  /// Whether a piece is spelt as the bytes `start..<end` of `text`.
  @inline(__always)
  private func isPiece(_ id: Int32, _ text: [UInt8], _ start: Int, _ end: Int) -> Bool {
    spellings.length(Int(id)) == end &- start
      && text.equal(start, spellings.bytes, spellings.start(Int(id)), end &- start)
  }

  /// The next id or this one, whichever is what ``find(_:_:_:)`` has for two spellings put together,
  /// which have eight bytes or more in all; -1 where neither is.
  @inline(__always)
  func found(
    _ id: Int32, orNext text: [UInt8], _ first: Range<Int>, _ second: Range<Int>
  ) -> Int32 {
    guard id >= 0, Int(id) &+ 1 < count else { return -1 }
    // Which of the two it is cannot be foreseen: length and first bytes say it without a branch.
    let start = spellings.start(Int(id) &+ 1)
    guard start <= spellings.bytes.count &- 8 else { return -1 }
    let difference = spellings.length(Int(id) &+ 1) ^ (first.count &+ second.count)
    let isNext =
      UInt64(truncatingIfNeeded: difference)
      | (spellings.bytes.eight(start) ^ text.head(first, second)) == 0
    let likely = isNext ? id &+ 1 : id
    if isFound(likely, text, first, second) { return likely }
    let other = isNext ? id : id &+ 1
    return isFound(other, text, first, second) ? other : -1
  }

  /// Whether an id is what ``find(_:_:_:)`` has for two spellings put together.
  @inline(__always)
  private func isFound(
    _ id: Int32, _ text: [UInt8], _ first: Range<Int>, _ second: Range<Int>
  ) -> Bool {
    let count = first.count &+ second.count
    guard table.isFound(id), spellings.length(Int(id)) == count else { return false }
    let start = spellings.start(Int(id))
    if count <= 16 {
      return text.head(first, second) == spellings.bytes.eight(start)
        && text.tail(first, second) == spellings.bytes.eight(start &+ count &- 8)
    }
    return text.equal(first.lowerBound, spellings.bytes, start, first.count)
      && text.equal(second.lowerBound, spellings.bytes, start &+ first.count, second.count)
  }

  /// Whether `▁` is a piece, and stands in each piece in front of all other characters. Then no
  /// merge joins what stands before a `▁` with it.
  var marksWords: Bool {
    let bytes = spellings.bytes
    func isMark(_ place: Int) -> Bool {
      bytes[place] == 0xE2 && bytes[place + 1] == 0x96 && bytes[place + 2] == 0x81
    }
    guard find([0xE2, 0x96, 0x81], 0, 3) >= 0 else { return false }
    for id in 0..<count where isText(kinds[id]) {
      let range = spellings.range(id)
      var place = range.lowerBound
      while place + 3 <= range.upperBound, isMark(place) { place += 3 }
      while place + 3 <= range.upperBound {
        if isMark(place) { return false }
        place += 1
      }
    }
    return true
  }

  /// The id of a piece in the file's spelling, whatever its kind.
  func id(spelt spelling: String) -> Int32? { ids(spelt: [spelling])[spelling] }

  /// The ids of those spellings that occur, whatever their kind. A text that the alphabet of bytes
  /// cannot spell is taken for what a piece stands for.
  func ids(spelt spellings: [String]) -> [String: Int32] {
    var result: [String: Int32] = [:]
    let literals = spellings.map { Array($0.utf8) }
    let lengths = Set(literals.map(\.count))
    // Those that the table leaves out are few: control tokens, bytes.
    for id in 0..<count where !isText(kinds[id]) {
      guard lengths.contains(self.spellings.length(id)) else { continue }
      for (literal, spelling) in zip(literals, spellings)
      where isPiece(Int32(id), literal, 0, literal.count) {
        if result[spelling] == nil { result[spelling] = Int32(id) }
      }
    }
    for (literal, spelling) in zip(literals, spellings) where result[spelling] == nil {
      var id = find(literal, 0, literal.count)
      if id < 0, self.spelling == .byteAlphabet, ByteAlphabet.decode(literal[...]) == nil {
        id = find(bytes: literal, 0..<literal.count)
      }
      if id >= 0 { result[spelling] = id }
    }
    return result
  }

  /// The id of the piece that stands for bytes, or -1.
  private func find(bytes: [UInt8], _ range: Range<Int>) -> Int32 {
    var spelling: [UInt8] = []
    ByteAlphabet.append(bytes, range, to: &spelling)
    return find(spelling, 0, spelling.count)
  }

  /// A piece in the file's spelling.
  func spelt(_ id: Int32) -> String { String(decoding: piece(id), as: UTF8.self) }

  /// The piece of each single byte, -1 where there is none.
  var bytePieces: [Int32] { (0...UInt8.max).map { find(bytes: [$0], 0..<1) } }
}
