/// About how many tokens a text has, where its model's tokenizer is not at hand.
enum TokenEstimate {
  /// English has about four bytes to a token, other scripts fewer characters: three bytes for each
  /// of theirs.
  static func count(_ text: String) -> Int { (text.utf8.count + 3) / 4 }
}
