public import ApusJSON

extension Tokenizer {
  /// The tokenizer of a Hugging Face folder.
  /// - Parameters:
  ///   - tokenizerJSON: the bytes of `tokenizer.json`.
  ///   - config: `tokenizer_config.json`, which names the special tokens and holds the template.
  /// - Throws: ``TokenizerError`` that names the field, `unsupportedComponent` and
  ///   `unsupportedPattern` for parts that are not built here.
  public init(tokenizerJSON: [UInt8], config: JSON? = nil) throws(TokenizerError) {
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: tokenizerJSON)
    } catch {
      throw TokenizerError(
        .badFile, field: "tokenizer.json", error.message, offset: error.offset)
    }
    guard json.object != nil else {
      throw TokenizerError(.badFile, field: "tokenizer.json", "is no JSON object")
    }
    let pipeline = try TokenizerPipeline(json)
    let reader = JSONVocabularyReader(json, isByteLevel: pipeline.isByteLevel)
    let model = try reader.model()
    let vocabulary = try reader.vocabulary()
    let names = SpecialTokens(config, vocabulary)
    self.vocabulary = vocabulary
    let unknown = model.unknown.flatMap { vocabulary.id(spelt: $0) } ?? names.unknown
    let byteIDs =
      pipeline.isByteLevel
      ? vocabulary.bytePieces
      : model.fallsBackToBytes
        ? try reader.byteTokens(vocabulary) : [Int32](repeating: -1, count: 256)
    encoders = EncoderPool(
      WordEncoder(
        vocabulary,
        WordEncoder.Rules(
          merging: .ranks(try reader.merges(vocabulary)), takesWholeWords: model.takesWholeWords,
          fusesUnknown: model.fusesUnknown, isByteLevel: pipeline.isByteLevel, byteIDs: byteIDs,
          unknownID: unknown)))
    let isCut = !pipeline.patterns.isEmpty || model.takesWholeWords || pipeline.isByteLevel
    preTokenizer = PreTokenizer(
      !isCut && vocabulary.marksWords ? [.markedWords] : pipeline.patterns)
    normalization = pipeline.normalization
    wordNormalization = pipeline.wordNormalization
    isByteLevel = pipeline.isByteLevel
    (added, addedNormalized) = try reader.addedTokens(pipeline.normalization)
    unknownID = unknown
    let around = try TokenizerPipeline.around(json["post_processor"], vocabulary)
    var prefix = around.prefix
    var suffix = around.suffix
    if let bos = names.bos, names.addsBOS, prefix.isEmpty { prefix = [bos] }
    if let eos = names.eos, names.addsEOS, suffix.isEmpty { suffix = [eos] }
    prefixIDs = prefix
    suffixIDs = suffix
    bosID = names.bos ?? prefix.first
    eosID = names.eos
    endOfGeneration = EndTokens(vocabulary, named: [names.eos]).ids
    chatTemplate = names.chatTemplate
    warnings = []
  }

  /// What `tokenizer_config.json` says.
  private struct SpecialTokens {
    let bos: Int32?
    let eos: Int32?
    let unknown: Int32?
    let addsBOS: Bool
    let addsEOS: Bool
    let chatTemplate: String?

    init(_ config: JSON?, _ vocabulary: Vocabulary) {
      func id(_ name: String) -> Int32? {
        let text = config?[name]?.string ?? config?[name]?["content"]?.string
        return text.flatMap { vocabulary.id(spelt: $0) }
      }
      // Without a configuration the names that nearly all models share.
      bos = id("bos_token") ?? (config == nil ? vocabulary.id(spelt: "<s>") : nil)
      eos = id("eos_token") ?? (config == nil ? vocabulary.id(spelt: "</s>") : nil)
      unknown = id("unk_token")
      addsBOS = config?["add_bos_token"]?.bool ?? false
      addsEOS = config?["add_eos_token"]?.bool ?? false
      // Several templates have names; the one called default is for conversations.
      let templates = config?["chat_template"]?.array
      let named = templates?.first { $0["name"]?.string == "default" } ?? templates?.first
      chatTemplate = config?["chat_template"]?.string ?? named?["template"]?.string
    }
  }
}
