import ApusFiles
import ApusText

extension Kind {
  /// The vocabulary of a GGUF file: a text is encoded, every piece decoded.
  static let vocabulary = Kind(name: "vocabulary") { bytes in
    guard let file = try? GGUF(FileBytes(copying: bytes)), let tokenizer = try? Tokenizer(file)
    else { return }
    let ids = tokenizer.encode(" Hello, w\u{F6}rld! \u{1F600}\n 123 <s></s><unk>")
    for id in ids where id < 0 || Int(id) >= tokenizer.vocabularySize {
      fatalError("no such id: \(id)")
    }
    _ = tokenizer.decode(ids)
    for id in 0..<min(tokenizer.vocabularySize, 4096) { _ = tokenizer.decode([Int32(id)]) }
  }

  /// Any bytes, cut by the rules that the first byte chooses, come back from their ids; so does a
  /// stream of them, piece by piece.
  static let text = Kind(name: "text") { bytes in
    guard let first = bytes.first else { return }
    let tokenizer = byteTokenizers[Int(first) % byteTokenizers.count]
    let text = Array(bytes.dropFirst())
    let ids = tokenizer.encode(bytes: text, addSpecial: false, parseSpecial: false)
    if ids.flatMap({ tokenizer.bytes(of: $0) }) != text { fatalError("bytes got lost") }

    var stream = StreamDecoder(tokenizer, skipSpecial: false)
    var streamed = ids.map { stream.append($0) }.joined()
    streamed += stream.finish()
    if streamed != String(decoding: text, as: UTF8.self) { fatalError("the stream differs") }
  }

  /// A token for each byte and a few merges, with every rule for cutting words.
  private static let byteTokenizers: [Tokenizer] = {
    let merges = ["h e", "l l", "he ll", "\u{120} t", "1 2", "\u{C3} \u{A9}"]
    let rules = [
      "gpt-2", "llama-bpe", "qwen2", "deepseek-coder", "starcoder", "command-r", "default",
    ]
    return rules.compactMap { rule in
      var writer = GGUFWriter()
      writer.append("tokenizer.ggml.model", .string("gpt2"))
      writer.append("tokenizer.ggml.pre", .string(rule))
      let tokens = alphabet + merges.map { $0.filter { $0 != " " } }
      writer.append("tokenizer.ggml.tokens", .array(GGUFArray(tokens)))
      writer.append("tokenizer.ggml.merges", .array(GGUFArray(merges)))
      guard let file = try? GGUF(FileBytes(copying: writer.serialized())) else {
        fatalError("the fuzzer's own file does not open")
      }
      do {
        return try Tokenizer(file)
      } catch {
        fatalError("the fuzzer's own vocabulary: \(error)")
      }
    }
  }()

  /// GPT-2's characters for the 256 bytes.
  private static let alphabet: [String] = {
    var others: UInt32 = 0x100
    return (0..<256).map { (byte: UInt32) in
      var scalar = byte
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: break
      default:
        scalar = others
        others += 1
      }
      return Unicode.Scalar(scalar).map { String($0) } ?? ""
    }
  }()
}
