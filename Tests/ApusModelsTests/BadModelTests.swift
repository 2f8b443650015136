import ApusFiles
import RefusalCost
import Testing

@testable import ApusModels

@Suite struct BadModelTests {
  static let hyperparameters: [BadModel] = [
    BadModel(30, "no heads", .badHyperparameter, "llama.attention.head_count") {
      $0.metadata["llama.attention.head_count"] = .uint32(0)
    },
    BadModel(30, "no key/value heads", .badHyperparameter, "llama.attention.head_count_kv") {
      $0.metadata["llama.attention.head_count_kv"] = .uint32(0)
    },
    BadModel(30, "2^32-1 heads", .badHyperparameter, "llama.attention.head_count") {
      $0.metadata["llama.attention.head_count"] = .uint32(.max)
    },
    BadModel(30, "-2 heads", .badHyperparameter, "llama.attention.head_count") {
      $0.metadata["llama.attention.head_count"] = .int32(-2)
    },
    BadModel(30, "heads as text", .badHyperparameter, "llama.attention.head_count") {
      $0.metadata["llama.attention.head_count"] = .string("two\nlines")
    },
    BadModel(30, "heads missing", .badHyperparameter, "llama.attention.head_count") {
      $0.metadata["llama.attention.head_count"] = nil
    },
    BadModel(31, "2^31 layers", .badHyperparameter, "llama.block_count") {
      $0.metadata["llama.block_count"] = .uint32(1 << 31)
    },
    BadModel(31, "2^63 layers", .badHyperparameter, "llama.block_count") {
      $0.metadata["llama.block_count"] = .uint64(1 << 63)
    },
    BadModel(31, "no layers", .badHyperparameter, "llama.block_count") {
      $0.metadata["llama.block_count"] = .uint32(0)
    },
    BadModel(31, "2^31 elements of width", .badHyperparameter, "llama.embedding_length") {
      $0.metadata["llama.embedding_length"] = .uint32(1 << 31)
    },
    BadModel(31, "epsilon that is no number", .badHyperparameter, epsilonKey) {
      $0.metadata[epsilonKey] = .float32(.nan)
    },
    BadModel(32, "more tokens than the vocabulary", .badHyperparameter, "tokenizer.ggml.tokens") {
      $0.metadata["llama.vocab_size"] = .uint32(4)
    },
    BadModel(32, "fewer tokens", .badHyperparameter, "tokenizer.ggml.tokens") {
      $0.metadata["tokenizer.ggml.tokens"] = .array(GGUFArray(["a", "b"]))
    },
    BadModel(32, "a vocabulary of 2^32-1", .badHyperparameter, "llama.vocab_size") {
      $0.metadata["llama.vocab_size"] = .uint32(.max)
    },
  ]
  private static let epsilonKey = "llama.attention.layer_norm_rms_epsilon"

  static let tensors: [BadModel] = [
    BadModel(33, "no embedding", .tensorMismatch, "token_embd.weight") {
      $0.tensors["token_embd.weight"] = nil
    },
    BadModel(33, "a layer without queries", .tensorMismatch, "blk.0.attn_q.weight") {
      $0.tensors["blk.0.attn_q.weight"] = nil
    },
    BadModel(33, "no last norm", .tensorMismatch, "output_norm.weight") {
      $0.tensors["output_norm.weight"] = nil
    },
    BadModel(33, "the second of two layers missing", .tensorMismatch, "blk.1.attn_norm.weight") {
      $0.metadata["llama.block_count"] = .uint32(2)
    },
    BadModel(33, "an embedding of fewer rows", .tensorMismatch, "token_embd.weight") {
      $0.tensors["token_embd.weight"] = [4, 8]
    },
    BadModel(33, "an embedding for more tokens", .tensorMismatch, "token_embd.weight") {
      $0.metadata["llama.vocab_size"] = nil
      $0.tensors["token_embd.weight"] = [7, 8]
    },
    BadModel(33, "a matrix lying down", .tensorMismatch, "blk.0.ffn_down.weight") {
      $0.tensors["blk.0.ffn_down.weight"] = [12, 8]
    },
    BadModel(33, "a norm of one element", .tensorMismatch, "blk.0.attn_norm.weight") {
      $0.tensors["blk.0.attn_norm.weight"] = [1]
    },
    BadModel(33, "a dimension too many", .tensorMismatch, "blk.0.attn_k.weight") {
      $0.tensors["blk.0.attn_k.weight"] = [2, 2, 8]
    },
    BadModel(33, "a bias of another length", .tensorMismatch, "blk.0.attn_q.bias") {
      $0.tensors["blk.0.attn_q.bias"] = [4]
    },
  ]

  @Test func isWholeBeforeItIsDamaged() throws {
    let model = try Transformer(GGUF(FileBytes(copying: SmallModel().serialized())))
    #expect(model.parameters.vocabularySize == 5)
  }

  @Test(arguments: hyperparameters + tensors)
  func isRefused(_ bad: BadModel) throws {
    let bytes = bad.file.serialized()
    let gguf = try GGUF(FileBytes(copying: bytes))
    let error = try #require(throws: ModelError.self, "\(bad.what)") {
      try RefusalCost.measure(bad.testDescription) { try Transformer(gguf) }
    }
    #expect(error.code == bad.code, "\(error)")
    #expect(error.place == bad.place, "\(error)")
    let offset = bad.file.offset(of: bad.place, in: bytes) ?? gguf.tensors[bad.place]?.offset
    #expect(error.offset == offset, "\(error)")
    // The thing, the place, the remedy, on one line.
    let text = "\(error)"
    #expect(text.hasPrefix(offset.map { "\(bad.place) at byte \($0): " } ?? "\(bad.place): is "))
    #expect(text.hasSuffix("get it again or convert the model again"), "\(error)")
    #expect(!text.contains("\n") && text.utf8.count < 400)
  }

  /// What the file says itself cannot break the line, nor fill it.
  @Test func wordsOfTheFileStayOnOneLine() throws {
    var file = SmallModel()
    file.metadata["llama.rope.scaling.type"] = .string("a\nb\u{1B}[31m\u{2028}c")
    let scaling = try #require(throws: ModelError.self) {
      try Transformer(GGUF(FileBytes(copying: file.serialized())))
    }
    #expect(scaling.code == .unsupported)
    #expect(scaling.description.contains(#"a\u{a}b\u{1b}[31m\u{2028}c"#), "\(scaling)")

    file.metadata["general.architecture"] = .string(String(repeating: "long\n", count: 10_000))
    let unknown = try #require(throws: ModelError.self) {
      try Transformer(GGUF(FileBytes(copying: file.serialized())))
    }
    #expect(unknown.code == .unknownArchitecture)
    #expect(!unknown.description.contains("\n") && unknown.description.utf8.count < 600)
  }
}
