import ApusFiles

/// Reads the vocabulary keys of a GGUF file, checked against each other.
struct GGUFVocabularyReader {
  private let metadata: GGUFMetadata

  init(_ metadata: GGUFMetadata) { self.metadata = metadata }

  private func read<Value>(
    _ key: String, _ body: (GGUFMetadata) throws(FileError) -> Value
  ) throws(TokenizerError) -> Value {
    do throws(FileError) {
      return try body(metadata)
    } catch {
      throw TokenizerError(.badField, field: key, error.description)
    }
  }

  func string(_ key: String) throws(TokenizerError) -> String? {
    try read(key) { (metadata) throws(FileError) in try metadata.string(key) }
  }

  func bool(_ key: String) throws(TokenizerError) -> Bool? {
    try read(key) { (metadata) throws(FileError) in try metadata.bool(key) }
  }

  /// The id under `tokenizer.ggml.<name>_token_id`, `nil` where the key is absent or says none.
  func id(
    _ name: String, default fallback: Int32?, in vocabulary: Vocabulary
  ) throws(TokenizerError) -> Int32? {
    let key = "tokenizer.ggml.\(name)_token_id"
    let value = try read(key) { (metadata) throws(FileError) in try metadata.int(key) }
    guard let value else { return fallback.flatMap { vocabulary.contains($0) ? $0 : nil } }
    // All ones mean none.
    if value == Int(UInt32.max) || value == -1 { return nil }
    guard let id = Int32(exactly: value), vocabulary.contains(id) else {
      throw TokenizerError(
        .badTokenId, field: key, "\(value) is no id of a vocabulary of \(vocabulary.count)")
    }
    return id
  }

  func vocabulary(
    _ spelling: Vocabulary.Spelling, wantsScores: Bool
  ) throws(TokenizerError) -> Vocabulary {
    let key = "tokenizer.ggml.tokens"
    let strings = try read(key) { (metadata) throws(FileError) in try metadata.strings(key) }
    guard let strings else {
      throw TokenizerError(.missingField, field: key, "is missing; the file has no vocabulary")
    }
    let count = strings.count
    guard count > 0, count <= Vocabulary.maxCount else {
      throw TokenizerError(.badCount, field: key, "\(count) tokens")
    }
    return Vocabulary(
      spelling: spelling, try spellings(strings, key), kinds: try kinds(count),
      scores: wantsScores ? try scores(count) : [])
  }

  private func spellings(
    _ strings: GGUFStrings, _ key: String
  ) throws(TokenizerError) -> Spellings {
    guard strings.fitsOneBuffer else {
      throw TokenizerError(.badCount, field: key, "4 GiB of text or more")
    }
    return Self.spellings(strings, 0..<strings.count)
  }

  private static func spellings(_ strings: GGUFStrings, _ range: Range<Int>) -> Spellings {
    let (bytes, offsets) = strings.contiguous(range)
    return Spellings(bytes, offsets: offsets, gap: GGUFStrings.gap)
  }

  private func kinds(_ count: Int) throws(TokenizerError) -> [Vocabulary.Kind] {
    let key = "tokenizer.ggml.token_type"
    let values = try read(key) { (metadata) throws(FileError) in try metadata.ints(key) }
    guard let values else { return [] }
    guard values.count == count else { throw self.count(key, values.count, count) }
    return values.map { UInt8(exactly: $0).flatMap(Vocabulary.Kind.init) ?? .undefined }
  }

  private func scores(_ count: Int) throws(TokenizerError) -> [Float] {
    let key = "tokenizer.ggml.scores"
    let values = try read(key) { (metadata) throws(FileError) in try metadata.floats(key) }
    guard let values else {
      throw TokenizerError(.missingField, field: key, "is missing; merges follow the scores")
    }
    guard values.count == count else { throw self.count(key, values.count, count) }
    return values
  }

  private func count(_ key: String, _ given: Int, _ wanted: Int) -> TokenizerError {
    TokenizerError(.badCount, field: key, "\(given) values for \(wanted) tokens")
  }

  /// The merges, and how many name pieces outside the vocabulary and are passed over.
  func merges(
    _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> (table: MergeTable, unknownCount: Int) {
    let key = "tokenizer.ggml.merges"
    let strings = try read(key) { (metadata) throws(FileError) in try metadata.strings(key) }
    // A vocabulary of single bytes has none.
    guard let strings else { return (MergeTable(), 0) }
    guard strings.count <= Vocabulary.maxCount else {
      throw TokenizerError(.badCount, field: key, "\(strings.count) merges")
    }
    guard strings.fitsOneBuffer else {
      throw TokenizerError(.badCount, field: key, "4 GiB of text or more")
    }
    // Read by stretches: all at once they would be copied to memory that no cache holds.
    return try MergeReader.read(
      strings.count, vocabulary, passesUnknown: true, field: key
    ) { range in
      MergeReader.Stretch(list: MergeList(Self.spellings(strings, range)), start: 0)
    }
  }

  /// The ids of `<0x00>` to `<0xFF>`.
  func byteTokens(_ vocabulary: Vocabulary) throws(TokenizerError) -> [Int32] {
    var ids = [Int32](repeating: -1, count: 256)
    for id in 0..<Int32(vocabulary.count) where vocabulary.kind(id) == .byte {
      guard let byte = Tokenizer.byte(ofToken: vocabulary.piece(id)) else {
        throw TokenizerError(
          .badByteToken, field: "tokenizer.ggml.tokens[\(id)]",
          "\(TokenizerError.quoted(vocabulary.spelt(id))) is marked as a byte and names none")
      }
      if ids[Int(byte)] < 0 { ids[Int(byte)] = id }
    }
    return ids
  }

  func addedTokens(_ vocabulary: Vocabulary) -> AddedTokens {
    var tokens: [AddedTokens.Token] = []
    for id in 0..<Int32(vocabulary.count) {
      let kind = vocabulary.kind(id)
      guard kind == .control || kind == .userDefined || kind == .unknown else { continue }
      tokens.append(
        AddedTokens.Token(
          id: id, text: Array(vocabulary.piece(id)), isControl: kind != .userDefined))
    }
    return AddedTokens(tokens)
  }

  func endTokens(_ vocabulary: Vocabulary, _ eos: Int32?) throws(TokenizerError) -> EndTokens {
    var named = [eos]
    var roles: [EndTokens.Role: Int32] = [:]
    for role in EndTokens.Role.allCases {
      roles[role] = try id(role.rawValue, default: nil, in: vocabulary)
    }
    for name in ["eot", "eom"] { named.append(try id(name, default: nil, in: vocabulary)) }
    return EndTokens(vocabulary, named: named, roles: roles)
  }
}
