import ApusText

extension Kind {
  /// Opens a tokenizer.json, and encodes and decodes a text with it.
  static let tokenizerJSON = Kind(name: "tokenizer-json") { bytes in
    guard let tokenizer = try? Tokenizer(tokenizerJSON: Array(bytes)) else { return }
    let ids = tokenizer.encode("Hello wörld! \u{1F600} 123 <s></s>\n\n  x")
    _ = tokenizer.decode(ids)
    var decoder = StreamDecoder(tokenizer)
    for id in ids { _ = decoder.append(id) }
    _ = decoder.finish()
  }
}
