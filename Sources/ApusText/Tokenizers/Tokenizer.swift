/// Text to the token ids of a model, and back.
///
/// Made from a GGUF file's metadata or from a Hugging Face `tokenizer.json`: SentencePiece-style
/// vocabularies with scores and byte fallback, and byte-pair encoding over bytes or characters.
public struct Tokenizer: Sendable {
  let vocabulary: Vocabulary
  let encoders: EncoderPool
  let preTokenizer: PreTokenizer
  /// Of the text between added tokens.
  let normalization: Normalization
  /// Of what is cut into words, behind the second search for added tokens.
  let wordNormalization: Normalization
  /// Found in the text as it stands.
  let added: AddedTokens
  /// Found in the normalized text.
  let addedNormalized: AddedTokens
  /// Whether words begin as bytes, not as characters.
  let isByteLevel: Bool
  /// Added in front of and behind every text.
  let prefixIDs: [Int32]
  let suffixIDs: [Int32]

  public let bosID: Int32?
  public let eosID: Int32?
  public let unknownID: Int32?
  /// The tokens that end an answer: the end of the text, of a turn, of a message.
  public let endOfGeneration: Set<Int32>
  /// The template that came with the vocabulary.
  public let chatTemplate: String?
  /// What was missing or doubtful in the file, a line each.
  public let warnings: [String]

  public var vocabularySize: Int { vocabulary.count }
  public var addsBOS: Bool { bosID.map { prefixIDs.contains($0) } ?? false }
  public var addsEOS: Bool { eosID.map { suffixIDs.contains($0) } ?? false }

  /// The id of a piece in the file's spelling (`Ġthe`, `▁the`, `<s>`).
  public func id(of piece: String) -> Int32? { vocabulary.id(spelt: piece) }

  /// A piece in the file's spelling; empty for an id that does not exist.
  public func piece(_ id: Int32) -> String { vocabulary.spelt(id) }

  // MARK: - Encoding

  /// The ids of a text.
  /// - Parameters:
  ///   - addSpecial: Whether the tokens that the model wants around a text (BOS, EOS) are added.
  ///   - parseSpecial: Whether control tokens written in the text (`<|im_end|>`) are taken as such,
  ///     not as plain text.
  public func encode(
    _ text: String, addSpecial: Bool = true, parseSpecial: Bool = true
  ) -> [Int32] {
    encode(bytes: Array(text.utf8), addSpecial: addSpecial, parseSpecial: parseSpecial)
  }

  /// The ids of bytes, which need not be UTF-8.
  public func encode(
    bytes: [UInt8], addSpecial: Bool = true, parseSpecial: Bool = true
  ) -> [Int32] {
    encode(bytes: bytes, addSpecial: addSpecial, parseSpecial: parseSpecial, isQuoted: false)
  }

  /// - Parameter isQuoted: Whether a `TextQuoter` has marked what is no control token.
  func encode(
    bytes: [UInt8], addSpecial: Bool, parseSpecial: Bool, isQuoted: Bool
  ) -> [Int32] {
    var ids = addSpecial ? prefixIDs : []
    encoders.withEncoder { encoder in
      let fragments = added.fragments(
        bytes, 0..<bytes.count, parseSpecial: parseSpecial, isQuoted: isQuoted)
      for fragment in fragments {
        switch fragment {
        case .token(let id): ids.append(id)
        case .text(let range):
          let isFirst = range.lowerBound == 0
          let (text, whole) = normalization.applied(to: bytes, range, isFirst: isFirst)
          let parts = addedNormalized.fragments(
            text, whole, parseSpecial: parseSpecial, isQuoted: isQuoted)
          for part in parts {
            switch part {
            case .token(let id): ids.append(id)
            case .text(let piece):
              let plain = isQuoted ? TextQuoter.unquoted(text, piece) : (text, piece)
              let (text, range) = wordNormalization.applied(
                to: plain.0, plain.1, isFirst: isFirst && piece.lowerBound == whole.lowerBound)
              preTokenizer.forEachWord(text, range) { start, end in
                encoder.append(text, start, end, to: &ids)
              }
            }
          }
        }
      }
    }
    if addSpecial { ids += suffixIDs }
    return ids
  }
}
