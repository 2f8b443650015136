import ApusJSON
import ApusText
import Foundation
import RefusalCost
import Testing

/// Damaged and hostile `tokenizer.json` files: each is refused with the field at fault.
@Suite("Tokenizer bad inputs") struct TokenizerBadInputTests {
  static let base = #"""
    {"added_tokens":[{"id":6,"content":"<end>","special":true}],"normalizer":null,
     "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"use_regex":true},
     "post_processor":null,"decoder":{"type":"ByteLevel"},
     "model":{"type":"BPE","unk_token":null,"byte_fallback":false,
      "vocab":{"a":0,"b":1,"c":2,"ab":3,"abc":4,"Ġ":5},"merges":["a b","ab c"]}}
    """#

  static func file(_ old: String, _ new: String) throws -> [UInt8] {
    let range = try #require(base.range(of: old))
    return Array(base.replacingCharacters(in: range, with: new).utf8)
  }

  @Test("the file that the others are made of is good") func good() throws {
    let tokenizer = try Tokenizer(tokenizerJSON: Array(Self.base.utf8))
    #expect(tokenizer.encode("abcab a<end>c") == [4, 3, 5, 0, 6, 2])
    #expect(tokenizer.encode("<end>", parseSpecial: false) == [])
    #expect(tokenizer.decode([4, 3, 5, 0, 6, 2]) == "abcab a<end>c")
    #expect(tokenizer.decode([4, 6, 2], skipSpecial: true) == "abcc")
    #expect(tokenizer.id(of: "Ġ") == 5)
    #expect(tokenizer.piece(5) == "Ġ")
    #expect(tokenizer.bytes(of: 99) == [])
    #expect(tokenizer.decode([-1, 0, 99]) == "a")
    #expect(tokenizer.vocabularySize == 7)
  }

  @Test(
    "50 to 55",
    arguments: [
      // 50 and 51: merges.
      (#""ab c""#, #""ab x""#, TokenizerError.Code.badMerge, "model.merges[1]"),
      (#""a b""#, #""b a""#, .badMerge, "model.merges[0]"),
      (#""a b""#, #""ab""#, .badMerge, "model.merges[0]"),
      (#""a b""#, #""a b c""#, .badMerge, "model.merges[0]"),
      (#""a b""#, #"["a"]"#, .badMerge, "model.merges[0]"),
      (#""a b""#, #"["a","b","c"]"#, .badMerge, "model.merges[0]"),
      (#""a b""#, "7", .badMerge, "model.merges[0]"),
      (#"["a b","ab c"]"#, "{}", .missingField, "model.merges"),
      // 52: ids.
      (#""b":1"#, #""b":0"#, .badTokenId, "model.vocab['b']"),
      (#""b":1"#, #""b":-1"#, .badTokenId, "model.vocab['b']"),
      (#""b":1"#, #""b":2147483648"#, .badTokenId, "model.vocab['b']"),
      (#""b":1"#, #""b":9223372036854775808"#, .badTokenId, "model.vocab['b']"),
      (#""b":1"#, #""b":1.5"#, .badTokenId, "model.vocab['b']"),
      (#""b":1"#, #""b":"1""#, .badTokenId, "model.vocab['b']"),
      (#""b":1"#, #""b":9999999"#, .badTokenId, "model.vocab"),
      (#""id":6"#, #""id":0"#, .badTokenId, "model.vocab['<end>']"),
      (#""id":6"#, #""id":-6"#, .badTokenId, "added_tokens[0].id"),
      // 53: bytes.
      (
        #""byte_fallback":false,"#, #""byte_fallback":true,"#, .badByteToken,
        "model.vocab['<0x-1>']"
      ),
      // 54 and 55: parts that are not built here.
      (
        #"{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}"#,
        #"{"type":"Split","pattern":{"Regex":"(a+)+$"},"behavior":"Isolated","invert":false}"#,
        .unsupportedPattern, "pre_tokenizer.pattern"
      ),
      (
        #""normalizer":null"#, #""normalizer":{"type":"Frobnicate"}"#, .unsupportedComponent,
        "normalizer.type"
      ),
      (
        #""normalizer":null"#,
        #""normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Lowercase"}]}"#,
        .unsupportedComponent, "normalizer.normalizers[1].type"
      ),
      (
        #""decoder":{"type":"ByteLevel"}"#, #""decoder":{"type":"CTC"}"#, .unsupportedComponent,
        "decoder.type"
      ),
      (
        #""post_processor":null"#, #""post_processor":{"type":"Odd"}"#, .unsupportedComponent,
        "post_processor.type"
      ),
      (#""type":"BPE""#, #""type":"Unigram""#, .unsupportedComponent, "model.type"),
      (
        #""unk_token":null"#, #""end_of_word_suffix":"</w>""#, .unsupportedComponent,
        "model.end_of_word_suffix"
      ),
      (#""content":"<end>""#, #""text":"<end>""#, .missingField, "added_tokens[0].content"),
      (#""vocab":{"#, #""words":{"#, .missingField, "model.vocab"),
      (#""model":{"#, #""odel":{"#, .missingField, "model"),
      ("}}", "}", .badFile, "tokenizer.json"),
    ])
  func damaged(old: String, new: String, code: TokenizerError.Code, field: String) throws {
    var file = try Self.file(old, new)
    if code == .badByteToken {
      let text = String(decoding: file, as: UTF8.self)
      file = Array(text.replacing(#""Ġ":5"#, with: #""<0x-1>":5"#).utf8)
    }
    let error = #expect(throws: TokenizerError.self) {
      try RefusalCost.measure("50 to 55, \(old) becomes \(new)") {
        try Tokenizer(tokenizerJSON: file)
      }
    }
    #expect(error?.code == code)
    #expect(error?.field == field)
    #expect(error?.description.contains("\n") == false)
  }

  @Test("a file cut anywhere is refused") func truncated() {
    let file = Array(Self.base.utf8)
    for count in 0..<file.count {
      #expect(throws: TokenizerError.self) { try Tokenizer(tokenizerJSON: Array(file[..<count])) }
    }
  }

  @Test("any byte changed gives a tokenizer or an error") func mutated() {
    let file = Array(Self.base.utf8)
    for position in stride(from: 0, to: file.count, by: 3) {
      for byte in [0x00, 0x22, 0x30, 0x39, 0x5B, 0x7B, 0x7D, 0x2C, 0xFF] as [UInt8] {
        var mutant = file
        mutant[position] = byte
        guard let tokenizer = try? Tokenizer(tokenizerJSON: mutant) else { continue }
        let ids = tokenizer.encode("abc <end> é\u{0}", addSpecial: true)
        _ = tokenizer.decode(ids)
      }
    }
  }

  @Test("56: one letter, very often") func oneLetter() throws {
    let doubled = #"{"a":0,"aa":1,"aaaa":2,"Ġ":3}"#
    let json =
      #"{"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},"#
      + #""model":{"type":"BPE","vocab":\#(doubled),"merges":["a a","aa aa"]}}"#
    let tokenizer = try Tokenizer(tokenizerJSON: Array(json.utf8))
    let count = 1 << 20
    let ids = tokenizer.encode(String(repeating: "a", count: count))
    #expect(ids == Array(repeating: 2, count: count / 4))
    let spaces = tokenizer.encode(String(repeating: " ", count: count))
    #expect(spaces.count == count)
  }
}

@Suite("Text from tokens") struct StreamDecoderTests {
  /// Every byte is a piece of its own.
  static func bytes() throws -> Tokenizer {
    var vocab = JSONObject()
    for byte in 0..<256 {
      vocab["<0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))>"] = .integer(byte)
    }
    let json: JSON = [
      "decoder": ["type": "ByteFallback"],
      "model": ["type": "BPE", "byte_fallback": true, "vocab": .object(vocab), "merges": []],
    ]
    return try Tokenizer(tokenizerJSON: Array(json.serialized().utf8))
  }

  @Test("characters come whole", arguments: ["héllo", "日本語", "👍🏽 ok", "a\u{0}b"])
  func whole(text: String) throws {
    let tokenizer = try Self.bytes()
    let ids = tokenizer.encode(text)
    #expect(ids == text.utf8.map { Int32($0) })
    var decoder = StreamDecoder(tokenizer)
    var parts: [String] = []
    for id in ids { parts.append(decoder.append(id)) }
    #expect(parts.allSatisfy { !$0.unicodeScalars.contains("\u{FFFD}") })
    #expect(parts.filter { !$0.isEmpty }.count == text.unicodeScalars.count)
    #expect(parts.joined() == text)
    #expect(decoder.finish() == "")
  }

  @Test("half a character and bytes that begin none") func broken() throws {
    let tokenizer = try Self.bytes()
    var decoder = StreamDecoder(tokenizer)
    #expect(decoder.append(0xE6) == "")
    #expect(decoder.append(0x97) == "")
    #expect(decoder.finish() == "\u{FFFD}")
    #expect(decoder.append(0x41) == "A")
    #expect(decoder.append(0x80) == "\u{FFFD}")
    #expect(decoder.append(0xFF) == "\u{FFFD}")
    #expect(decoder.append(0x42) == "B")
  }
}
