import ApusFiles
import RefusalCost
import Testing

@Suite struct BadGGUFTests {
  private static let one = ByteBuilder.gguf(metadata: 1)
  private static let tensor = ByteBuilder.gguf(tensors: 1)
  private static let two = ByteBuilder.gguf(tensors: 2)
  private static let max63 = UInt64(1) << 63 - 1

  static let header: [BadInput] = [
    BadInput(1, "0 bytes", ByteBuilder(), .truncated, "magic", at: 0),
    BadInput(2, "only GGUF", ByteBuilder().text("GGUF"), .truncated, "version", at: 4),
    BadInput(3, "magic GGML", .gguf(magic: "GGML"), .badMagic, "magic", at: 0),
    BadInput(3, "a line break", .gguf(magic: "a\nb\u{1b}"), .badMagic, "magic", at: 0),
    BadInput(4, "version 0", .gguf(version: 0), .unsupportedVersion, "version", at: 4),
    BadInput(4, "version 1", .gguf(version: 1), .unsupportedVersion, "version", at: 4),
    BadInput(4, "version 99", .gguf(version: 99), .unsupportedVersion, "version", at: 4),
    BadInput(
      5, "version 3, byte-swapped", .gguf(version: 3 << 24), .unsupportedVersion, "version", at: 4),
    BadInput(
      6, "2^63 tensors", .gguf(tensors: 1 << 63), .countTooLarge, "tensor count", at: 8),
    BadInput(
      7, "2^63 pairs", .gguf(metadata: 1 << 63), .countTooLarge, "metadata count", at: 16),
  ]

  static let metadata: [BadInput] = [
    BadInput(
      8, "key length 2^64-1", one.u64(.max), .lengthPastEOF, "metadata 0 key", at: 24),
    BadInput(
      9, "a string of 1 GiB", one.string("k").u32(8).u64(1 << 30), .lengthPastEOF, "'k'", at: 37),
    BadInput(
      10, "2^62 elements", one.string("k").u32(9).u32(5).u64(1 << 62).u32(7), .lengthPastEOF, "'k'",
      at: 49),
    BadInput(
      10, "2^62 strings", one.string("k").u32(9).u32(8).u64(1 << 62).u64(0), .lengthPastEOF, "'k'",
      at: 49),
    BadInput(11, "an empty key", one.string("").u32(0).u8(0), .badKey, "metadata 0 key", at: 24),
    BadInput(
      12, "a key twice",
      ByteBuilder.gguf(metadata: 2).string("k").u32(0).u8(0).string("k").u32(0).u8(0), .badKey,
      "'k'", at: 38),
    BadInput(13, "type 99", one.string("k").u32(99).u64(0), .badType, "'k' type", at: 33),
    BadInput(
      13, "element type 99", one.string("k").u32(9).u32(99).u64(0), .badType, "'k' element",
      at: 37),
    BadInput(
      14, "arrays in an array", one.string("k").u32(9).u32(9).u64(1).u32(0).u64(0),
      .unsupportedNesting, "'k'", at: 37),
    BadInput(
      15, "a key that is not UTF-8", one.u64(2).appending([0xC3, 0x28]).u32(0).u8(0), .badString,
      "metadata 0 key", at: 32),
    BadInput(
      15, "a value that is not UTF-8", one.string("k").u32(8).u64(1).u8(0xFF), .badString, "'k'",
      at: 45),
    BadInput(
      15, "a surrogate among strings",
      one.string("k").u32(9).u32(8).u64(2).string("a").u64(3).appending([0xED, 0xA0, 0x80]),
      .badString, "'k'[1]", at: 66),
    BadInput(
      16, "alignment 0", one.string("general.alignment").u32(4).u32(0), .badAlignment,
      "'general.alignment'", at: 53),
    BadInput(
      16, "alignment 3", one.string("general.alignment").u32(4).u32(3), .badAlignment,
      "'general.alignment'", at: 53),
    BadInput(
      16, "alignment 2^31", one.string("general.alignment").u32(4).u32(1 << 31), .badAlignment,
      "'general.alignment'", at: 53),
    BadInput(
      16, "alignment of another type", one.string("general.alignment").u32(10).u64(32),
      .badAlignment, "'general.alignment'", at: 53),
    BadInput(
      13, "a scalar cut", one.string("k").u32(10).u32(0), .truncated, "'k'", at: 37),
  ]

  static let tensors: [BadInput] = [
    BadInput(
      17, "5 dimensions", tensor.tensor("t", [1, 1, 1, 1, 1]), .badShape, "dimension count",
      at: 33),
    BadInput(
      17, "2^32-1 dimensions", tensor.tensor("t", [1], dimensionCount: .max), .badShape,
      "dimension count", at: 33),
    BadInput(
      18, "a negative dimension", tensor.tensor("t", [2, .max]), .badShape, "dimension 1", at: 45),
    BadInput(18, "a dimension of 0", tensor.tensor("t", [0]), .badShape, "dimension 0", at: 37),
    BadInput(
      19, "elements overflow", tensor.tensor("t", [1 << 32, 1 << 32]), .sizeOverflow, "dimension 1",
      at: 45),
    BadInput(
      20, "bytes overflow", tensor.tensor("t", [1 << 62]), .sizeOverflow, "'t'", at: 33),
    BadInput(
      21, "padding overflows", tensor.tensor("t", [max63], type: 24), .sizeOverflow, "'t'", at: 33),
    BadInput(
      22, "the sum overflows",
      two.tensor("a", [1 << 62], type: 24).tensor("b", [1 << 62], type: 24, offset: 1 << 62),
      .sizeOverflow, "'b'", at: 66),
    BadInput(
      23, "a removed type", tensor.tensor("t", [32], type: 4), .badTensorType, "type", at: 45),
    BadInput(
      23, "an unknown type", tensor.tensor("t", [32], type: 4_000_000_000), .badTensorType, "type",
      at: 45),
    BadInput(
      23, "a type of safetensors", tensor.tensor("t", [32], type: 0x1_0001), .badTensorType,
      "type", at: 45),
    BadInput(
      24, "a row of half a block", tensor.tensor("t", [128, 2], type: 12), .badShape, "'t'",
      at: 33),
    BadInput(
      25, "a misaligned offset",
      tensor.tensor("t", [8], offset: 16).padded(to: 32).zeros(64), .badOffset, "'t'", at: 49),
    BadInput(
      26, "overlapping data",
      two.tensor("a", [16]).tensor("b", [16], offset: 32).padded(to: 32).zeros(128), .badOffset,
      "'b'", at: 82),
    BadInput(
      26, "the same data",
      two.tensor("a", [16]).tensor("b", [16]).padded(to: 32).zeros(128), .badOffset, "'b'",
      at: 82),
    BadInput(
      27, "an offset past the end",
      tensor.tensor("t", [8], offset: 1 << 20).padded(to: 32).zeros(64), .badOffset, "'t'", at: 49),
    BadInput(
      27, "an offset of 2^64-32",
      tensor.tensor("t", [8], offset: .max - 31).padded(to: 32).zeros(64), .badOffset, "'t'",
      at: 49),
    BadInput(
      28, "a name twice",
      two.tensor("t", [8]).tensor("t", [8], offset: 32).padded(to: 32).zeros(64), .badName, "'t'",
      at: 128),
    BadInput(
      28, "a name of 64 bytes", tensor.tensor(String(repeating: "n", count: 64), [8]), .badName,
      "tensor 0 name", at: 24),
    BadInput(28, "no name", tensor.tensor("", [8]), .badName, "tensor 0 name", at: 24),
    BadInput(
      29, "data one byte short", tensor.tensor("t", [8]).padded(to: 32).zeros(31), .truncated,
      "'t'", at: 64),
  ]

  @Test(arguments: header + metadata + tensors)
  func isRefused(input: BadInput) {
    input.check { _ = try GGUF($0) }
  }

  /// Case 34.
  @Test(arguments: [0, 1, 2, 3])
  func wrongShardCountsAreRefused(fault: Int) throws {
    let folder = TemporaryFolder()
    func part(_ number: Int, of count: Int, total: Int) -> [UInt8] {
      var writer = GGUFWriter()
      writer.append("split.no", .uint16(UInt16(number)))
      writer.append("split.count", .uint16(UInt16(count)))
      writer.append("split.tensors.count", .int32(Int32(total)))
      writer.append(tensor: "t\(number)", shape: [1], [0])
      return writer.serialized()
    }
    let path: String
    switch fault {
    case 0:  // a part that is not there
      path = folder.file("m-00001-of-00002.gguf", part(0, of: 2, total: 2))
    case 1:  // more parts than the name says
      path = folder.file("m-00001-of-00002.gguf", part(0, of: 3, total: 3))
    case 2:  // more parts than anybody makes
      path = folder.file("m-00001-of-60000.gguf", part(0, of: 60_000, total: 60_000))
    default:  // fewer tensors than announced
      path = folder.file("m-00001-of-00002.gguf", part(0, of: 2, total: 5))
      _ = folder.file("m-00002-of-00002.gguf", part(1, of: 2, total: 5))
    }
    let error = #expect(throws: FileError.self) {
      try RefusalCost.measure("34 shards, fault \(fault)") { try GGUF(mapping: path) }
    }
    #expect(error?.code == .shardMissing)
    #expect(error?.offset != nil)
    #expect(error?.field.contains("split.") == true)
  }

  /// A file of 4 KB cut at every offset: an error each time, or the whole file where only padding
  /// is gone.
  @Test func everyCutIsRefused() throws {
    var writer = GGUFWriter()
    writer.append("general.architecture", .string("llama"))
    writer.append("tokens", .array(GGUFArray((0..<40).map { "piece \($0)" })))
    writer.append("scores", .array(GGUFArray((0..<40).map { Float($0) })))
    writer.append(tensor: "a", shape: [16, 16], [Float](repeating: 1, count: 256))
    writer.append(tensor: "b", shape: [700], [Float](repeating: 1, count: 700))
    let bytes = writer.serialized()
    #expect(bytes.count > 4000 && bytes.count < 8192)
    _ = try GGUF(FileBytes(copying: bytes))
    let codes: Set<FileError.Code> = [.truncated, .lengthPastEOF, .badOffset]
    for length in 0..<bytes.count - 32 {
      let error = #expect(throws: FileError.self, "cut at \(length)") {
        try GGUF(FileBytes(copying: Array(bytes[..<length])))
      }
      if let error { #expect(codes.contains(error.code), "cut at \(length): \(error)") }
    }
  }

  /// Every byte of a small file replaced: an answer, never a crash.
  @Test func everyByteMayBeWrong() {
    var writer = GGUFWriter()
    writer.append("tokens", .array(GGUFArray(["a", "bc"])))
    writer.append("n", .uint32(2))
    writer.append(tensor: "w", .Q8_0, shape: [2, 32], data: [UInt8](repeating: 1, count: 68))
    let bytes = writer.serialized()
    var refused = 0
    var read = 0
    for position in bytes.indices {
      for value: UInt8 in [0, 0x7F, 0x80, 0xFF] {
        var changed = bytes
        changed[position] = value
        do throws(FileError) {
          let file = try GGUF(FileBytes(copying: changed))
          for (_, value) in file.metadata {
            for text in value.array?.strings.map({ Array($0) }) ?? [] { read += text.utf8.count }
          }
          for tensor in file.tensors { read += tensor.bytes.reduce(0) { $0 + Int($1) } }
        } catch {
          refused += 1
        }
      }
    }
    #expect(refused > 100)
    #expect(read > 10_000)
  }
}
