/// Which two neighbours may become one piece, and which first.
enum MergeRule: Sendable {
  /// By the score of the piece that the two make, the highest first (SentencePiece).
  case scores
  /// By the place of the pair in a list (byte-pair encoding).
  case ranks(MergeTable)
}
