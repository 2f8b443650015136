/// Reads merges, each two pieces in the file's spelling with a space between them.
struct MergeReader {
  private let vocabulary: Vocabulary
  private(set) var table: MergeTable
  private var rank: UInt32 = 0
  /// Merges that name pieces outside the vocabulary, where those are passed over.
  private(set) var unknownCount = 0
  private let passesUnknown: Bool

  /// - Parameter passesUnknown: Whether a merge that names a piece outside the vocabulary is passed
  ///   over, as the reference does with GGUF files, or an error.
  init(_ vocabulary: Vocabulary, count: Int, passesUnknown: Bool) {
    self.vocabulary = vocabulary
    self.passesUnknown = passesUnknown
    table = MergeTable(count: count)
  }

  /// Adds `left right`.
  mutating func add(_ line: [UInt8], field: String) throws(TokenizerError) {
    // The second byte at the earliest: a piece can be the space itself.
    guard let space = line.indices.dropFirst().first(where: { line[$0] == 0x20 }),
      space + 1 < line.count
    else { throw notTwo(line, field) }
    let right = line[(space + 1)...]
    guard !right.dropFirst().contains(0x20) else { throw notTwo(line, field) }
    try add(line[..<space], right, field: field)
  }

  mutating func add(
    _ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>, field: String
  ) throws(TokenizerError) {
    defer { rank += 1 }
    let first = piece(left)
    let second = piece(right)
    let whole = first.bytes + second.bytes
    let id = vocabulary.find(whole, 0, whole.count)
    guard first.id >= 0, second.id >= 0, id >= 0 else {
      unknownCount += 1
      if passesUnknown { return }
      throw unknown(first.id < 0 ? left : second.id < 0 ? right : left + right, field)
    }
    table.insert(first.id, second.id, rank: rank, id: id)
  }

  private func piece(_ spelling: ArraySlice<UInt8>) -> (id: Int32, bytes: [UInt8]) {
    let bytes =
      vocabulary.spelling == .byteAlphabet
      ? ByteAlphabet.decode(spelling) ?? [] : Array(spelling)
    return (vocabulary.find(bytes, 0, bytes.count), bytes)
  }

  private func notTwo(_ line: [UInt8], _ field: String) -> TokenizerError {
    TokenizerError(
      .badMerge, field: field,
      "\(TokenizerError.quoted(String(decoding: line, as: UTF8.self))) is no pair of pieces")
  }

  private func unknown(_ spelling: ArraySlice<UInt8>, _ field: String) -> TokenizerError {
    TokenizerError(
      .badMerge, field: field,
      "the vocabulary lacks \(TokenizerError.quoted(String(decoding: spelling, as: UTF8.self)))")
  }
}
