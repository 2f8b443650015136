import ApusJSON

/// What a `tokenizer.json` does with a text before and after merging, as far as it is built here.
struct TokenizerPipeline {
  private(set) var normalization = Normalization()
  private(set) var wordNormalization = Normalization()
  private(set) var patterns: [WordPattern] = []
  private(set) var isByteLevel = false

  init(_ json: JSON) throws(TokenizerError) {
    try normalizer(json["normalizer"], "normalizer")
    try preTokenizer(json["pre_tokenizer"], "pre_tokenizer")
    try decoder(json["decoder"], "decoder")
  }

  private static func unsupported(_ field: String, _ what: String?) -> TokenizerError {
    TokenizerError(
      .unsupportedComponent, field: field,
      "\(TokenizerError.quoted(what ?? "no type")) is not built here")
  }

  /// The parts of a sequence with their fields; nesting is bounded by the JSON parser.
  private static func parts(
    _ json: JSON, _ name: String, _ field: String
  ) throws(TokenizerError) -> [(JSON, String)] {
    guard let parts = json[name]?.array else {
      throw TokenizerError(.badField, field: "\(field).\(name)", "is no list")
    }
    return parts.enumerated().map { ($1, "\(field).\(name)[\($0)]") }
  }

  private mutating func normalizer(_ json: JSON?, _ field: String) throws(TokenizerError) {
    guard let json, !json.isNull else { return }
    switch json["type"]?.string {
    case "Sequence":
      for (part, field) in try Self.parts(json, "normalizers", field) {
        try normalizer(part, field)
      }
    case "Prepend":
      guard json["prepend"]?.string == "▁" else {
        throw Self.unsupported("\(field).prepend", json["prepend"]?.string)
      }
      normalization.prefix = .always
      normalization.marksSpaces = true
    case "Replace":
      guard json["pattern"]?["String"]?.string == " ", json["content"]?.string == "▁" else {
        throw Self.unsupported("\(field).pattern", json["pattern"]?.serialized())
      }
      normalization.marksSpaces = true
    case "NFC": normalization.composes = true
    case let other: throw Self.unsupported("\(field).type", other)
    }
  }

  private mutating func preTokenizer(_ json: JSON?, _ field: String) throws(TokenizerError) {
    guard let json, !json.isNull else { return }
    switch json["type"]?.string {
    case "Sequence":
      for (part, field) in try Self.parts(json, "pretokenizers", field) {
        try preTokenizer(part, field)
      }
    case "ByteLevel":
      isByteLevel = true
      if json["add_prefix_space"]?.bool ?? true {
        wordNormalization.prefix = .always
        wordNormalization.prefixesOnce = true
      }
      if json["use_regex"]?.bool ?? true { patterns.append(.gpt2) }
    case "Split": patterns.append(try split(json, field))
    case "Digits":
      patterns.append(json["individual_digits"]?.bool ?? false ? .digit : .digits)
    case "Metaspace":
      guard json["replacement"]?.string ?? "▁" == "▁" else {
        throw Self.unsupported("\(field).replacement", json["replacement"]?.string)
      }
      wordNormalization.marksSpaces = true
      wordNormalization.prefixesOnce = true
      let prefixes = json["add_prefix_space"]?.bool ?? true
      switch json["prepend_scheme"]?.string ?? (prefixes ? "always" : "never") {
      case "always": wordNormalization.prefix = .always
      case "first": wordNormalization.prefix = .first
      case "never": wordNormalization.prefix = .never
      case let other: throw Self.unsupported("\(field).prepend_scheme", other)
      }
      if json["split"]?.bool ?? true { patterns.append(.metaspace) }
    case let other: throw Self.unsupported("\(field).type", other)
    }
  }

  private func split(_ json: JSON, _ field: String) throws(TokenizerError) -> WordPattern {
    guard let expression = json["pattern"]?["Regex"]?.string,
      let pattern = WordPattern(expression: expression)
    else {
      throw TokenizerError(
        .unsupportedPattern, field: "\(field).pattern",
        "\(TokenizerError.quoted(json["pattern"]?.serialized() ?? "")) is no way to cut words that"
          + " is built here; expressions from files are not run")
    }
    let behavior = json["behavior"]?.string ?? "Isolated"
    let isInverted = json["invert"]?.bool ?? false
    // What matches is kept either way, and these two leave nothing between matches.
    let coversAll =
      switch pattern {
      case .gpt2, .llama3: true
      default: false
      }
    guard behavior == "Isolated" || behavior == "Removed" && isInverted && coversAll else {
      throw Self.unsupported("\(field).behavior", behavior)
    }
    return pattern
  }

  private mutating func decoder(_ json: JSON?, _ field: String) throws(TokenizerError) {
    guard let json, !json.isNull else { return }
    switch json["type"]?.string {
    case "Sequence":
      for (part, field) in try Self.parts(json, "decoders", field) { try decoder(part, field) }
    case "ByteLevel": isByteLevel = true
    case "Replace", "ByteFallback", "Fuse", "Strip", "Metaspace": break
    case let other: throw Self.unsupported("\(field).type", other)
    }
  }

  // MARK: - Around the text

  /// The ids that a post-processor puts in front of one text and behind it.
  static func around(
    _ json: JSON?, _ vocabulary: Vocabulary, _ field: String = "post_processor"
  ) throws(TokenizerError) -> (prefix: [Int32], suffix: [Int32]) {
    guard let json, !json.isNull else { return ([], []) }
    switch json["type"]?.string {
    case "ByteLevel": return ([], [])
    case "Sequence":
      var result: (prefix: [Int32], suffix: [Int32]) = ([], [])
      for (part, field) in try parts(json, "processors", field) {
        let inner = try around(part, vocabulary, field)
        result = (inner.prefix + result.prefix, result.suffix + inner.suffix)
      }
      return result
    case "TemplateProcessing":
      var result: (prefix: [Int32], suffix: [Int32]) = ([], [])
      var isBehind = false
      for (part, field) in try parts(json, "single", field) {
        if part["Sequence"] != nil {
          isBehind = true
          continue
        }
        guard let name = part["SpecialToken"]?["id"]?.string else {
          throw TokenizerError(.badField, field: field, "is neither a token nor the text")
        }
        let ids = json["special_tokens"]?[name]?["ids"]?.array ?? []
        let known = ids.compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
          .filter { vocabulary.contains($0) }
        guard known.count == ids.count, !ids.isEmpty else {
          throw TokenizerError(
            .badTokenId, field: "post_processor.special_tokens",
            "\(TokenizerError.quoted(name)) has no ids of the vocabulary")
        }
        if isBehind { result.suffix += known } else { result.prefix += known }
      }
      return result
    case let other: throw unsupported("\(field).type", other)
    }
  }
}
