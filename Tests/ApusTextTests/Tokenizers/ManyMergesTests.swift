import ApusFiles
import ApusJSON
import ApusText
import Testing

/// Vocabularies with so many merges that several threads read them.
@Suite("Many merges") struct ManyMergesTests {
  /// The next number of a sequence that is the same everywhere.
  private struct Numbers {
    var state: UInt64 = 7

    mutating func below(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
  }

  /// Pieces over four letters of up to 30 bytes, each made by one merge or by several, and some merges
  /// twice.
  private struct Model {
    var pieces = ["a", "b", "c", "d"]
    var merges: [(left: String, right: String)] = []
    var ranks: [String: Int] = [:]

    init() {
      var numbers = Numbers()
      var known = Set(pieces)
      while merges.count < 40_000 {
        // Short pieces above all: long ones would never be reached.
        let most = numbers.below(4) == 0 ? pieces.count : min(pieces.count, 2000)
        let (left, right) = (pieces[numbers.below(most)], pieces[numbers.below(most)])
        guard left.utf8.count + right.utf8.count <= 30 else { continue }
        if known.insert(left + right).inserted { pieces.append(left + right) }
        ranks["\(left) \(right)", default: merges.count] += 0
        merges.append((left, right))
        // Other ways to the same piece, as files made from lists of pieces have them.
        let whole = Array(left + right)
        for cut in 1..<whole.count where numbers.below(3) == 0 {
          let (left, right) = (String(whole[..<cut]), String(whole[cut...]))
          guard known.contains(left), known.contains(right) else { continue }
          ranks["\(left) \(right)", default: merges.count] += 0
          merges.append((left, right))
        }
      }
    }

    /// The definition: again and again the merge of the lowest rank, of equal ones the leftmost.
    func encode(_ word: String) -> [String] {
      var parts = word.map { String($0) }
      while true {
        let best = parts.indices.dropLast().compactMap { index in
          ranks["\(parts[index]) \(parts[index + 1])"].map { (rank: $0, index: index) }
        }.min { ($0.rank, $0.index) < ($1.rank, $1.index) }
        guard let best else { return parts }
        parts[best.index] += parts.remove(at: best.index + 1)
      }
    }

    func gguf(merges: [String]) throws -> Tokenizer {
      var writer = GGUFWriter()
      writer.append("tokenizer.ggml.model", .string("gpt2"))
      writer.append("tokenizer.ggml.pre", .string("gpt-2"))
      writer.append("tokenizer.ggml.tokens", .array(GGUFArray(pieces)))
      writer.append("tokenizer.ggml.merges", .array(GGUFArray(merges)))
      return try Tokenizer(GGUF(FileBytes(copying: writer.serialized())))
    }

    func json(merges: [JSON]) throws -> Tokenizer {
      let vocabulary = JSONObject(pieces.enumerated().map { ($1, .integer($0)) })
      let json: JSON = [
        "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "use_regex": true],
        "decoder": ["type": "ByteLevel"],
        "model": ["type": "BPE", "vocab": .object(vocabulary), "merges": .array(merges)],
      ]
      return try Tokenizer(tokenizerJSON: Array(json.serialized().utf8))
    }
  }

  private static let model = Model()

  @Test("ids are those of the definition") func definition() throws {
    let model = Self.model
    let tokenizers = [
      try model.gguf(merges: model.merges.map { "\($0.left) \($0.right)" }),
      try model.json(merges: model.merges.map { .array([.string($0.left), .string($0.right)]) }),
    ]
    var numbers = Numbers(state: 99)
    var longest = 0
    for length in 1...200 {
      let word = String((0..<length).map { _ in Array("abcd")[numbers.below(4)] })
      let expected = model.encode(word)
      longest = max(longest, expected.map(\.utf8.count).max() ?? 0)
      for tokenizer in tokenizers {
        #expect(tokenizer.encode(word).map { tokenizer.piece($0) } == expected, "\(word)")
      }
    }
    #expect(longest > 8, "long pieces are not tested")
  }

  /// The first at fault is named, wherever it stands, and GGUF files may name unknown pieces.
  @Test("merges at fault", arguments: [0, 8191, 8192, 30_000]) func faults(index: Int) throws {
    let model = Self.model
    var lines = model.merges.map { "\($0.left) \($0.right)" }
    lines[index] = "a x"
    lines[35_000] = "y z"
    let warnings = try model.gguf(merges: lines).warnings
    #expect(warnings.contains { $0.hasPrefix("2 merges name pieces outside") }, "\(warnings)")
    let error = #expect(throws: TokenizerError.self) {
      try model.json(merges: lines.map { .string($0) })
    }
    #expect(error?.field == "model.merges[\(index)]")
    lines[35_000] = "y"
    let bad = #expect(throws: TokenizerError.self) { try model.gguf(merges: lines) }
    #expect(bad?.field == "tokenizer.ggml.merges[35000]")
  }
}
