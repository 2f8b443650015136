import ApusJSON

/// Reads `model` and `added_tokens` of a `tokenizer.json`, checked against each other.
struct JSONVocabularyReader {
  struct Model {
    let unknown: String?
    let fallsBackToBytes: Bool
    let fusesUnknown: Bool
    let takesWholeWords: Bool
  }

  private struct Entry {
    let text: String
    let id: Int32
    let json: JSON
  }

  private let json: JSON
  private let isByteLevel: Bool

  init(_ json: JSON, isByteLevel: Bool) {
    self.json = json
    self.isByteLevel = isByteLevel
  }

  func model() throws(TokenizerError) -> Model {
    guard let model = json["model"]?.object else {
      throw TokenizerError(.missingField, field: "model", "is missing or no object")
    }
    // Old files do not say that they are BPE.
    let type = model["type"]?.string ?? (model["merges"] == nil ? "no type" : "BPE")
    guard type == "BPE" else {
      throw TokenizerError(
        .unsupportedComponent, field: "model.type",
        "\(TokenizerError.quoted(type)) is not built here; BPE is")
    }
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      guard (model[name]?.string ?? "").isEmpty else {
        throw TokenizerError(
          .unsupportedComponent, field: "model.\(name)", "marks inside words are not built here")
      }
    }
    return Model(
      unknown: model["unk_token"]?.string,
      fallsBackToBytes: model["byte_fallback"]?.bool ?? false,
      fusesUnknown: model["fuse_unk"]?.bool ?? false,
      takesWholeWords: model["ignore_merges"]?.bool ?? false)
  }

  private func id(_ value: JSON?, _ field: String) throws(TokenizerError) -> Int32 {
    guard let id = value?.integer, id >= 0, id < Vocabulary.maxCount else {
      throw TokenizerError(
        .badTokenId, field: field,
        "\(TokenizerError.quoted(value?.serialized() ?? "nothing")) is no id")
    }
    return Int32(id)
  }

  private func added() throws(TokenizerError) -> [Entry] {
    guard let list = json["added_tokens"], !list.isNull else { return [] }
    guard let tokens = list.array else {
      throw TokenizerError(.badField, field: "added_tokens", "is no list")
    }
    var entries: [Entry] = []
    for (index, token) in tokens.enumerated() {
      guard let text = token["content"]?.string else {
        throw TokenizerError(
          .missingField, field: "added_tokens[\(index)].content", "is missing or no text")
      }
      entries.append(
        Entry(text: text, id: try id(token["id"], "added_tokens[\(index)].id"), json: token))
    }
    return entries
  }

  func vocabulary() throws(TokenizerError) -> Vocabulary {
    guard let vocab = json["model"]?["vocab"]?.object else {
      throw TokenizerError(.missingField, field: "model.vocab", "is missing or no object")
    }
    var entries: [(text: String, id: Int32)] = []
    entries.reserveCapacity(vocab.count)
    for (text, value) in vocab {
      let field = "model.vocab[\(TokenizerError.quoted(text))]"
      entries.append((text, try id(value, field)))
    }
    let added = try added()
    for entry in added {
      if let value = vocab[entry.text] {
        guard value.integer == Int(entry.id) else { throw twice(entry.id, entry.text) }
      } else {
        entries.append((entry.text, entry.id))
      }
    }
    let count = Int(entries.map(\.id).max() ?? -1) + 1
    // Gaps are filled with empty pieces; a few are normal, most of a vocabulary is not.
    guard count > 0, count <= entries.count * 4 + 100_000 else {
      throw TokenizerError(
        .badTokenId, field: "model.vocab", "ids up to \(count - 1) for \(entries.count) tokens")
    }
    var texts = [String?](repeating: nil, count: count)
    for (text, id) in entries {
      guard texts[Int(id)] == nil else { throw twice(id, text) }
      texts[Int(id)] = text
    }
    var spellings = Spellings()
    for text in texts { spellings.append((text ?? "").utf8) }
    return Vocabulary(
      spelling: isByteLevel ? .byteAlphabet : .text, spellings, kinds: try kinds(texts, added))
  }

  private func twice(_ id: Int32, _ text: String) -> TokenizerError {
    TokenizerError(
      .badTokenId, field: "model.vocab[\(TokenizerError.quoted(text))]",
      "the id \(id) is given to two tokens, or the token has two ids")
  }

  private func kinds(
    _ texts: [String?], _ added: [Entry]
  ) throws(TokenizerError) -> [Vocabulary.Kind] {
    var kinds = texts.map { $0 == nil ? Vocabulary.Kind.unused : .normal }
    if json["model"]?["byte_fallback"]?.bool == true {
      for (id, text) in texts.enumerated() {
        guard let text, text.utf8.count == 6, text.utf8.starts(with: "<0x".utf8),
          text.utf8.last == UInt8(ascii: ">")
        else { continue }
        guard Tokenizer.byte(ofToken: Array(text.utf8)[...]) != nil else {
          throw TokenizerError(
            .badByteToken, field: "model.vocab[\(TokenizerError.quoted(text))]", "names no byte")
        }
        kinds[id] = .byte
      }
    }
    let vocab = json["model"]?["vocab"]?.object
    for entry in added {
      let isControl = entry.json["special"]?.bool ?? false
      // A word of the vocabulary that merges can make too; both spellings of it are the same.
      let isWord =
        isByteLevel && !isControl && vocab?[entry.text] != nil
        && entry.text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
      if !isWord { kinds[Int(entry.id)] = isControl ? .control : .userDefined }
    }
    return kinds
  }

  func byteTokens(_ vocabulary: Vocabulary) throws(TokenizerError) -> [Int32] {
    var ids = [Int32](repeating: -1, count: 256)
    for id in 0..<Int32(vocabulary.count) where vocabulary.kind(id) == .byte {
      if let byte = Tokenizer.byte(ofToken: vocabulary.piece(id)) { ids[Int(byte)] = id }
    }
    return ids
  }

  func merges(_ vocabulary: Vocabulary) throws(TokenizerError) -> MergeTable {
    guard let merges = json["model"]?["merges"]?.array else {
      throw TokenizerError(.missingField, field: "model.merges", "is missing or no list")
    }
    var spellings = Spellings()
    var middles: [UInt32] = []
    for (index, merge) in merges.enumerated() {
      if let line = merge.string {
        middles.append(MergeList.line)
        spellings.append(line.utf8)
      } else if let pair = merge.array, pair.count == 2, let left = pair[0].string,
        let right = pair[1].string
      {
        middles.append(UInt32(truncatingIfNeeded: spellings.bytes.count + left.utf8.count))
        spellings.append((left + right).utf8)
      } else {
        throw TokenizerError(
          .badMerge, field: "model.merges[\(index)]", "is no pair of pieces")
      }
    }
    let list = MergeList(spellings, middles: middles)
    return try MergeReader.read(
      list.count, vocabulary, passesUnknown: false, field: "model.merges"
    ) { range in
      MergeReader.Stretch(list: list, start: range.lowerBound)
    }.table
  }

  /// Those that are found in the text as it stands, and those found in normalized text, which are
  /// normalized themselves.
  func addedTokens(
    _ normalization: Normalization
  ) throws(TokenizerError) -> (plain: AddedTokens, normalized: AddedTokens) {
    var plain: [AddedTokens.Token] = []
    var normalized: [AddedTokens.Token] = []
    for entry in try added() {
      let isControl = entry.json["special"]?.bool ?? false
      var token = AddedTokens.Token(
        id: entry.id, text: Array(entry.text.utf8), isControl: isControl,
        stripsLeft: entry.json["lstrip"]?.bool ?? false,
        stripsRight: entry.json["rstrip"]?.bool ?? false,
        isSingleWord: entry.json["single_word"]?.bool ?? false)
      if entry.json["normalized"]?.bool ?? !isControl, !token.text.isEmpty {
        let range = 0..<token.text.count
        token.text = normalization.applied(to: token.text, range, isFirst: true).text
        normalized.append(token)
      } else {
        plain.append(token)
      }
    }
    return (AddedTokens(plain), AddedTokens(normalized))
  }
}
