/// The pieces of a tokenizer by id: their bytes in one buffer, their kinds and scores, and a hash
/// table from bytes to ids.
///
/// A piece of a byte-level vocabulary is held as the bytes that it stands for, not in the
/// spelling of the file; pieces of other vocabularies as they are spelt.
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

  private(set) var bytes: [UInt8]
  /// Where piece `id` begins, and behind the last one the end.
  private(set) var offsets: [UInt32]
  private(set) var kinds: [Kind]
  /// Empty where the file has none.
  private(set) var scores: [Float]
  private var table = PieceTable(count: 0)
  /// Pieces of a byte-level vocabulary with a character outside its alphabet: no text becomes them.
  private var unspelt: Set<Int> = []
  /// The longest piece that ``find(_:_:_:)`` can return, in bytes.
  private(set) var longest = 0

  /// - Parameters:
  ///   - bytes: the spellings one after another.
  ///   - offsets: where each begins, and the end; each at most `bytes.count`, rising.
  ///   - kinds: one per piece, or empty: all are normal.
  ///   - scores: one per piece, or empty.
  init(
    spelling: Spelling, bytes: [UInt8], offsets: [UInt32], kinds: [Kind], scores: [Float] = []
  ) {
    let count = max(0, offsets.count - 1)
    self.spelling = spelling
    self.kinds = kinds.count == count ? kinds : Array(repeating: .normal, count: count)
    self.scores = scores.count == count ? scores : []
    switch spelling {
    case .text:
      self.bytes = bytes
      self.offsets = offsets
    case .byteAlphabet:
      (self.bytes, self.offsets, unspelt) = ByteAlphabet.decoded(
        bytes, offsets,
        isText: self.kinds.map { $0 == .normal || $0 == .unused || $0 == .undefined })
    }
    index()
  }

  public var count: Int { kinds.count }

  func range(_ id: Int32) -> Range<Int> {
    let index = Int(id)
    return Int(offsets[index])..<Int(offsets[index + 1])
  }

  /// The bytes of a piece; none for an id that does not exist.
  func piece(_ id: Int32) -> ArraySlice<UInt8> {
    guard contains(id) else { return [] }
    return bytes[range(id)]
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
    var table = PieceTable(count: count)
    longest = 0
    for id in 0..<count where isText(kinds[id]) && !unspelt.contains(id) {
      let start = Int(offsets[id])
      let end = Int(offsets[id + 1])
      guard end > start else { continue }
      longest = max(longest, end - start)
      table.insert(Int32(id), hash: PieceTable.hash(bytes, start, end)) { other in
        let range = self.range(other)
        return Vocabulary.equal(bytes, start, end, bytes, range.lowerBound, range.upperBound)
      }
    }
    self.table = table
  }

  /// The id of the text piece with the bytes `start..<end` of `text`, or -1. Where a piece occurs
  /// twice, the first.
  func find(_ text: [UInt8], _ start: Int, _ end: Int) -> Int32 {
    guard end > start, end - start <= longest else { return -1 }
    return table.find(hash: PieceTable.hash(text, start, end)) { id in
      let range = self.range(id)
      return Vocabulary.equal(text, start, end, bytes, range.lowerBound, range.upperBound)
    }
  }

  @inline(__always)
  private static func equal(
    _ left: [UInt8], _ leftStart: Int, _ leftEnd: Int,
    _ right: [UInt8], _ rightStart: Int, _ rightEnd: Int
  ) -> Bool {
    guard leftEnd - leftStart == rightEnd - rightStart else { return false }
    var index = 0
    while leftStart + index < leftEnd {
      if left[leftStart + index] != right[rightStart + index] { return false }
      index += 1
    }
    return true
  }

  /// The id of a piece in the file's spelling, whatever its kind.
  func id(spelt spelling: String) -> Int32? { ids(spelt: [spelling])[spelling] }

  /// The ids of those spellings that occur, whatever their kind.
  func ids(spelt spellings: [String]) -> [String: Int32] {
    var result: [String: Int32] = [:]
    let literals = spellings.map { Array($0.utf8) }
    let lengths = Set(literals.map(\.count))
    // Those that the table leaves out are few: control tokens, bytes.
    for id in 0..<count where !isText(kinds[id]) || unspelt.contains(id) {
      let start = Int(offsets[id])
      let end = Int(offsets[id + 1])
      guard lengths.contains(end - start) else { continue }
      for (literal, spelling) in zip(literals, spellings)
      where Vocabulary.equal(literal, 0, literal.count, bytes, start, end) {
        if result[spelling] == nil { result[spelling] = Int32(id) }
      }
    }
    for (literal, spelling) in zip(literals, spellings) where result[spelling] == nil {
      var text = literal
      if self.spelling == .byteAlphabet, let decoded = ByteAlphabet.decode(literal[...]) {
        text = decoded
      }
      let id = find(text, 0, text.count)
      if id >= 0 { result[spelling] = id }
    }
    return result
  }

  /// A piece in the file's spelling.
  func spelt(_ id: Int32) -> String {
    guard contains(id) else { return "" }
    let piece = bytes[range(id)]
    if spelling == .byteAlphabet, isText(kinds[Int(id)]) { return ByteAlphabet.encode(piece) }
    return String(decoding: piece, as: UTF8.self)
  }

  /// The piece of each single byte, -1 where there is none.
  var bytePieces: [Int32] { (0...UInt8.max).map { find([$0], 0, 1) } }
}
