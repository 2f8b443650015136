import ApusFiles
import ApusJSON
import ApusText
import Foundation
import Testing

@Suite("Tokenizers from GGUF") struct GGUFTokenizerTests {
  @Test(
    "the reference's own cases",
    .enabled(if: Reference.peer != nil, Comment(rawValue: Reference.noPeer)),
    arguments: [
      "llama-spm", "llama-bpe", "gpt-2", "qwen2", "deepseek-coder", "starcoder", "phi-3",
      "command-r", "refact",
    ])
  func referenceCases(name: String) throws {
    let folder = try #require(Reference.peer)
    let path = folder.appendingPathComponent("ggml-vocab-\(name).gguf").path
    let tokenizer = try Tokenizer(GGUF(mapping: path))
    let inputs = try String(contentsOfFile: path + ".inp", encoding: .utf8)
      .components(separatedBy: "\n__ggml_vocab_test__\n")
    let outputs = try String(contentsOfFile: path + ".out", encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.split(separator: " ").compactMap { Int32($0) } }
    #expect(inputs.count > 40)
    for (input, expected) in zip(inputs, outputs) {
      let ids = tokenizer.encode(input, addSpecial: false, parseSpecial: false)
      #expect(ids == expected, "\(input.debugDescription)")
    }
  }

  @Test(
    "golden encodings of the small models",
    .enabled(if: Reference.hasShared, Comment(rawValue: Reference.absent)),
    arguments: [
      ("stories260K/stories260K-f32.gguf", "models/stories260K/hf"),
      ("stories3M/stories3M-f32.gguf", "models/stories3M/hf"),
      ("llama2-tiny-random/llama-2-tiny-random.gguf", "tokenizers/llama2-spm"),
      ("slm4096-gpt2/slm4096-f32.gguf", "models/slm4096-gpt2/hf"),
    ])
  func goldenEncodings(file: String, folder: String) throws {
    let path = Reference.shared.appendingPathComponent("models/\(file)").path
    let tokenizer = try Tokenizer(GGUF(mapping: path))
    let goldens = try JSON(
      parsing: Array(
        Data(
          contentsOf: Reference.shared.appendingPathComponent("\(folder)/golden-encodings.json"))))
    let cases = try #require(goldens["cases"]?.array)
    #expect(cases.count > 20)
    for golden in cases {
      let text = try #require(golden["text"]?.string)
      let ids = tokenizer.encode(text, addSpecial: false, parseSpecial: true)
      let expected = try #require(golden["ids_no_special"]?.array).compactMap {
        $0.integer.map { Int32($0) }
      }
      // SentencePiece itself knows no control tokens in text.
      let isPlain = goldens["lib"]?.string != "sentencepiece"
      let plain = tokenizer.encode(text, addSpecial: false, parseSpecial: false)
      #expect((isPlain ? ids : plain) == expected, "\(text.debugDescription)")
      if let decoded = golden["decoded"]?.string {
        #expect(
          tokenizer.decode(expected) == decoded, "\(text.debugDescription)")
      }
    }
  }
}
