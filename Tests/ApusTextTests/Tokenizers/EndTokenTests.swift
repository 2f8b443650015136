import ApusFiles
import ApusText
import Testing

@Suite("Ends of answers") struct EndTokenTests {
  static func tokenizer(_ names: [String]) throws -> Tokenizer {
    var writer = GGUFWriter()
    writer.append("tokenizer.ggml.model", .string("gpt2"))
    writer.append("tokenizer.ggml.pre", .string("gpt-2"))
    writer.append("tokenizer.ggml.tokens", .array(GGUFArray(["a", "b"] + names)))
    return try Tokenizer(GGUF(FileBytes(copying: writer.serialized())))
  }

  static let cases: [(names: [String], ends: Set<Int32>)] = [
    (["<|eot_id|>", "<eos>", "</s>", "[e~[", "<|calls|>"], [2, 3, 4, 5, 6]),
    (["<|end|>", "<|return|>"], [2, 3]),
    // gpt-oss and Solar: the end of a message is not that of the answer.
    (["<|end|>", "<|return|>", "<|call|>"], [3, 4]),
    (["<|end|>", "<|flush|>", "<|calls|>"], [3, 4]),
    // Gemma 4 has an </s> that is a word.
    (["</s>", "<turn|>", "<|tool_response>"], [3, 4]),
    // Of the names for one role the first.
    (["[PAD]", "<|fim_pad|>", "<|file_sep|>", "<reponame>"], [3, 4, 5]),
    (["<|im_start|>", "end"], []),
  ]

  @Test(
    "by name, whatever the file says of their kind",
    arguments: cases)
  func names(names: [String], ends: Set<Int32>) throws {
    let tokenizer = try Self.tokenizer(names)
    #expect(tokenizer.endOfGeneration == ends)
    // They are tokens of their own then, not letters.
    for id in ends { #expect(tokenizer.encode(tokenizer.piece(id)) == [id]) }
  }

  @Test("thousands of tokens with a common beginning") func manyTokens() throws {
    let names = (0..<3000).map { "<|unused\($0)|>" }
    var vocabulary = ["a", "<|", "<|unused"] + names
    vocabulary.append("<|unused1")
    var writer = GGUFWriter()
    writer.append("tokenizer.ggml.model", .string("gpt2"))
    writer.append("tokenizer.ggml.pre", .string("gpt-2"))
    writer.append("tokenizer.ggml.tokens", .array(GGUFArray(vocabulary)))
    let kinds = [Int32(1)] + [Int32](repeating: 4, count: vocabulary.count - 1)
    writer.append("tokenizer.ggml.token_type", .array(GGUFArray(kinds)))
    let tokenizer = try Tokenizer(GGUF(FileBytes(copying: writer.serialized())))
    let text = "a<|unused1|>a<|unused2999|><|a<|unused1a<|unuseda<|unused12"
    #expect(tokenizer.encode(text) == [0, 4, 0, 3002, 1, 0, 3003, 0, 2, 0, 3003])
  }
}
