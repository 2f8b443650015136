public import ApusFiles

extension Tokenizer {
  /// The tokenizer of a GGUF file (`tokenizer.ggml.*`).
  /// - Throws: ``TokenizerError`` that names the key.
  public init(_ gguf: GGUF) throws(TokenizerError) { try self.init(metadata: gguf.metadata) }

  init(metadata: GGUFMetadata) throws(TokenizerError) {
    let reader = GGUFVocabularyReader(metadata)
    let model = try reader.string("tokenizer.ggml.model")
    switch model {
    case "llama": try self.init(scores: reader)
    case "gpt2": try self.init(merges: reader)
    case .some(let other):
      throw TokenizerError(
        .unsupportedComponent, field: "tokenizer.ggml.model",
        "\(TokenizerError.quoted(other)) is no kind of vocabulary that is read here")
    case nil:
      throw TokenizerError(
        .missingField, field: "tokenizer.ggml.model", "is missing; the file has no vocabulary")
    }
  }

  /// SentencePiece with scores and byte fallback.
  private init(scores reader: GGUFVocabularyReader) throws(TokenizerError) {
    var vocabulary = try reader.vocabulary(.text, wantsScores: true)
    let bos = try reader.id("bos", default: 1, in: vocabulary)
    let eos = try reader.id("eos", default: 2, in: vocabulary)
    let ends = try reader.endTokens(vocabulary, eos)
    ends.mark(in: &vocabulary)
    self.vocabulary = vocabulary
    let unknown = try reader.id("unknown", default: 0, in: vocabulary)
    encoders = EncoderPool(
      WordEncoder(
        vocabulary,
        WordEncoder.Rules(
          merging: .scores, byteIDs: try reader.byteTokens(vocabulary), unknownID: unknown)))
    preTokenizer = PreTokenizer(vocabulary.marksWords ? [.markedWords] : [])
    let prefixes = try reader.bool("tokenizer.ggml.add_space_prefix") ?? true
    normalization = Normalization(prefix: prefixes ? .always : .never, marksSpaces: true)
    wordNormalization = Normalization()
    isByteLevel = false
    added = reader.addedTokens(vocabulary)
    addedNormalized = AddedTokens([])
    unknownID = unknown
    bosID = bos
    eosID = eos
    prefixIDs =
      try reader.bool("tokenizer.ggml.add_bos_token") ?? true ? [bos].compactMap(\.self) : []
    suffixIDs =
      try reader.bool("tokenizer.ggml.add_eos_token") ?? false ? [eos].compactMap(\.self) : []
    endOfGeneration = ends.ids
    chatTemplate = try reader.string("tokenizer.chat_template")
    warnings = []
  }

  /// Byte-pair encoding over bytes.
  private init(merges reader: GGUFVocabularyReader) throws(TokenizerError) {
    var vocabulary = try reader.vocabulary(.byteAlphabet, wantsScores: false)
    var warnings: [String] = []
    let name = try reader.string("tokenizer.ggml.pre")
    if name == nil {
      warnings.append(
        "the file does not say how words are cut (tokenizer.ggml.pre is missing); the default is"
          + " used, and answers may be worse than the model's best")
    }
    guard let (preTokenizer, takesWholeWords, defaultBOS) = PreTokenizer.named(name ?? "default")
    else {
      throw TokenizerError(
        .unsupportedPattern, field: "tokenizer.ggml.pre",
        "\(TokenizerError.quoted(name ?? "")) is no way to cut words that is built here")
    }
    let bos = try reader.id("bos", default: nil, in: vocabulary)
    let eos = try reader.id("eos", default: nil, in: vocabulary)
    let ends = try reader.endTokens(vocabulary, eos)
    ends.mark(in: &vocabulary)
    self.vocabulary = vocabulary
    let merges = try reader.merges(vocabulary)
    if merges.unknownCount > 0 {
      warnings.append(
        "\(merges.unknownCount) merges name pieces outside the vocabulary and are passed over")
    }
    let unknown = try reader.id("unknown", default: nil, in: vocabulary)
    encoders = EncoderPool(
      WordEncoder(
        vocabulary,
        WordEncoder.Rules(
          merging: .ranks(merges.table), takesWholeWords: takesWholeWords, isByteLevel: true,
          byteIDs: vocabulary.bytePieces, unknownID: unknown)))
    self.preTokenizer = preTokenizer
    normalization = Normalization()
    wordNormalization = Normalization()
    isByteLevel = true
    added = reader.addedTokens(vocabulary)
    addedNormalized = AddedTokens([])
    unknownID = unknown
    bosID = bos
    eosID = eos
    let addsBOS = try reader.bool("tokenizer.ggml.add_bos_token") ?? defaultBOS
    let addsEOS = try reader.bool("tokenizer.ggml.add_eos_token") ?? false
    prefixIDs = addsBOS ? [bos].compactMap(\.self) : []
    suffixIDs = addsEOS ? [eos].compactMap(\.self) : []
    endOfGeneration = ends.ids
    chatTemplate = try reader.string("tokenizer.chat_template")
    self.warnings = warnings
  }
}
