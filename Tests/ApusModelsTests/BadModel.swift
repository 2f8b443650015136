import ApusFiles
import ApusModels
import Testing

/// A file that is a whole GGUF file but no whole model, and what must be said about it. The numbers
/// are those of the list of bad inputs in docs/testing.md.
struct BadModel: Sendable, CustomTestStringConvertible {
  let number: Int
  let what: String
  let file: SmallModel
  let code: ModelError.Code
  /// The key or the tensor that the error names, and whose place in the file it gives.
  let place: String

  init(
    _ number: Int, _ what: String, _ code: ModelError.Code, _ place: String,
    _ change: (inout SmallModel) -> Void
  ) {
    self.number = number
    self.what = what
    self.code = code
    self.place = place
    var file = SmallModel()
    change(&file)
    self.file = file
  }

  var testDescription: String { "\(number) \(what)" }
}

/// The metadata and the tensors of a llama of one layer, as they will be written.
struct SmallModel: Sendable {
  var metadata: [String: GGUFValue] = [
    "general.architecture": .string("llama"),
    "llama.block_count": .uint32(1),
    "llama.context_length": .uint32(16),
    "llama.embedding_length": .uint32(8),
    "llama.feed_forward_length": .uint32(12),
    "llama.attention.head_count": .uint32(2),
    "llama.attention.head_count_kv": .uint32(1),
    "llama.attention.layer_norm_rms_epsilon": .float32(1e-5),
    "llama.vocab_size": .uint32(5),
    "tokenizer.ggml.tokens": .array(GGUFArray(["a", "b", "c", "d", "e"])),
  ]
  /// Shapes, outermost dimension first; every element is a quarter.
  var tensors: [String: [Int]] = [
    "token_embd.weight": [5, 8], "output.weight": [5, 8], "output_norm.weight": [8],
    "blk.0.attn_norm.weight": [8], "blk.0.attn_q.weight": [8, 8], "blk.0.attn_k.weight": [4, 8],
    "blk.0.attn_v.weight": [4, 8], "blk.0.attn_output.weight": [8, 8],
    "blk.0.ffn_norm.weight": [8], "blk.0.ffn_gate.weight": [12, 8],
    "blk.0.ffn_up.weight": [12, 8], "blk.0.ffn_down.weight": [8, 12],
  ]

  func serialized() -> [UInt8] {
    var writer = GGUFWriter()
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { writer.append(key, value) }
    for (name, shape) in tensors.sorted(by: { $0.key < $1.key }) {
      writer.append(
        tensor: name, shape: shape, [Float](repeating: 0.25, count: shape.reduce(1, *)))
    }
    return writer.serialized()
  }

  /// Where the value of a key stands in the file: behind the key and the number of its type, and
  /// for an array behind the type and the count of its elements.
  func offset(of key: String, in bytes: [UInt8]) -> Int? {
    guard let value = metadata[key] else { return nil }
    let text = Array(key.utf8)
    let start = bytes.indices.first { bytes[$0...].starts(with: text) }
    return start.map { $0 + text.count + 4 + (value.array == nil ? 0 : 12) }
  }
}
