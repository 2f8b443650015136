import ApusJSON
import ApusText
import Foundation
import Testing

@Suite("Tokenizers from tokenizer.json") struct JSONTokenizerTests {
  @Test(
    "golden encodings",
    .enabled(if: Reference.hasShared, Comment(rawValue: Reference.absent)),
    arguments: [
      ("tokenizers/gpt2", "tokenizer.json"), ("tokenizers/codegen-phi2", "tokenizer.json"),
      ("tokenizers/llama3.2-bpe", "tokenizer.rebuilt.json"),
      ("models/stories260K/hf", "tokenizer.json"), ("models/stories3M/hf", "tokenizer.json"),
      ("models/slm4096-gpt2/hf", "tokenizer.json"),
    ])
  func goldenEncodings(folder: String, file: String) throws {
    let path = Reference.shared.appendingPathComponent(folder)
    let tokenizer = try Tokenizer(
      tokenizerJSON: Array(Data(contentsOf: path.appendingPathComponent(file))))
    let goldens = try JSON(
      parsing: Array(Data(contentsOf: path.appendingPathComponent("golden-encodings.json"))))
    let cases = try #require(goldens["cases"]?.array)
    #expect(cases.count > 20)
    for golden in cases {
      let text = try #require(golden["text"]?.string)
      func ids(_ name: String) -> [Int32]? {
        golden[name]?.array?.compactMap { $0.integer.map { Int32($0) } }
      }
      let plain = try #require(ids("ids_no_special"))
      #expect(tokenizer.encode(text, addSpecial: false) == plain, "\(text.debugDescription)")
      #expect(tokenizer.encode(text) == ids("ids"), "\(text.debugDescription)")
      #expect(tokenizer.decode(plain) == golden["decoded"]?.string, "\(text.debugDescription)")
      var decoder = StreamDecoder(tokenizer, skipSpecial: false, isStart: true)
      let streamed = plain.map { decoder.append($0) }.joined() + decoder.finish()
      #expect(streamed == golden["decoded"]?.string, "\(text.debugDescription)")
    }
  }
}
