import ApusBlocks
import ApusFiles
import Testing

@Suite struct GGUFTests {
  @Test func everyMetadataTypeComesBack() throws {
    let values: [(String, GGUFValue)] = [
      ("u8", .uint8(200)), ("i8", .int8(-100)), ("u16", .uint16(60_000)), ("i16", .int16(-30_000)),
      ("u32", .uint32(4_000_000_000)), ("i32", .int32(-2_000_000_000)), ("f32", .float32(1.5)),
      ("bool", .bool(true)), ("string", .string("déjà vu")), ("u64", .uint64(1 << 63)),
      ("i64", .int64(.min)), ("f64", .float64(0.1)), ("empty", .string("")),
      ("a.u8", .array(GGUFArray([1, 255] as [UInt8]))),
      ("a.i8", .array(GGUFArray([-1, 127] as [Int8]))),
      ("a.u16", .array(GGUFArray([1, 65_535] as [UInt16]))),
      ("a.i16", .array(GGUFArray([-1, 2] as [Int16]))),
      ("a.u32", .array(GGUFArray([1, .max] as [UInt32]))),
      ("a.i32", .array(GGUFArray([-1, .min] as [Int32]))),
      ("a.f32", .array(GGUFArray([0.5, -2] as [Float]))),
      ("a.bool", .array(GGUFArray([true, false]))),
      ("a.string", .array(GGUFArray(["", "a", "▁the", "日本"]))),
      ("a.u64", .array(GGUFArray([1, .max] as [UInt64]))),
      ("a.i64", .array(GGUFArray([-1, .max] as [Int64]))),
      ("a.f64", .array(GGUFArray([0.1, -2] as [Double]))),
      ("a.empty", .array(GGUFArray([] as [String]))),
    ]
    for version: UInt32 in [2, 3] {
      var writer = GGUFWriter(version: version)
      for (key, value) in values { writer.append(key, value) }
      let gguf = try GGUF(FileBytes(copying: writer.serialized()))
      #expect(gguf.version == Int(version))
      #expect(gguf.metadata.keys == values.map(\.0))
      for (key, value) in values { #expect(gguf.metadata[key] == value, "\(key)") }
      #expect(gguf.metadata.map(\.value) == values.map(\.1))
      #expect(gguf.tensors.isEmpty)
    }
  }

  @Test func typedGettersConvertOrThrow() throws {
    var writer = GGUFWriter()
    writer.append("n", .uint16(7))
    writer.append("big", .uint64(.max))
    writer.append("x", .float64(0.5))
    writer.append("list", .array(GGUFArray([3, 4] as [Int32])))
    writer.append("weights", .array(GGUFArray([0.25, 4] as [Float])))
    writer.append("names", .array(GGUFArray((0..<100).map { "piece \($0)" })))
    writer.append("flags", .array(GGUFArray([true, false])))
    let metadata = try GGUF(FileBytes(copying: writer.serialized())).metadata
    #expect(try metadata.int("n") == 7)
    #expect(try metadata.float("n") == 7)
    #expect(try metadata.ints("n") == [7])
    #expect(try metadata.float("x") == 0.5)
    #expect(try metadata.ints("list") == [3, 4])
    #expect(try metadata.floats("list") == [3, 4])
    #expect(try metadata.floats("weights") == [0.25, 4])
    #expect(try metadata.bools("flags") == [true, false])
    #expect(try metadata.int("absent") == nil)
    let names = try #require(try metadata.strings("names"))
    #expect(names[77] == "piece 77")
    #expect(Array(names) == (0..<100).map { "piece \($0)" })
    var inOrder: [String] = []
    names.forEachBytes { _, bytes in inOrder.append(String(decoding: bytes, as: UTF8.self)) }
    #expect(inOrder == Array(names))
    for wrong in [
      { _ = try metadata.string("n") }, { _ = try metadata.int("x") },
      { _ = try metadata.int("big") }, { _ = try metadata.strings("list") },
      { _ = try metadata.ints("weights") }, { _ = try metadata.bool("n") },
    ] as [() throws -> Void] {
      let error = #expect(throws: FileError.self) { try wrong() }
      #expect(error?.code == .badType)
      #expect(error?.offset != nil)
    }
    let error = #expect(throws: FileError.self) { try metadata.requiredInt("llama.block_count") }
    #expect(error?.code == .missingKey)
    #expect(error?.description.contains("llama.block_count") == true)
  }

  @Test(arguments: [1, 2, 8, 32, 64, 4096])
  func tensorsLieOnAnyDeclaredAlignment(alignment: Int) throws {
    var writer = GGUFWriter(alignment: alignment)
    writer.append("padding", .uint8(1))
    writer.append(tensor: "odd", .I8, shape: [3], data: [1, 2, 3])
    writer.append(tensor: "matrix", shape: [2, 3], [1, 2, 3, 4, 5, 6])
    writer.append(tensor: "scalar", shape: [], [7])
    let gguf = try GGUF(FileBytes(copying: writer.serialized()))
    #expect(gguf.alignment == alignment)
    #expect(gguf.tensors.map(\.name) == ["odd", "matrix", "scalar"])
    let tensor = try #require(gguf.tensors["matrix"])
    #expect(tensor.offset.isMultiple(of: alignment))
    #expect(tensor.shape == [2, 3])
    #expect(tensor.format == .F32)
    let matrix = try tensor.matrix()
    #expect(matrix.rowCount == 2 && matrix.columnCount == 3 && matrix.rowByteCount == 12)
    let floats = UnsafeRawBufferPointer(start: matrix.base, count: 24).bindMemory(to: Float.self)
    #expect(Array(floats) == [1, 2, 3, 4, 5, 6])
    #expect(gguf.tensors["odd"]?.format == nil)
    #expect(throws: FileError.self) { try gguf.tensors["odd"]?.matrix() }
    #expect(gguf.tensors["absent"] == nil)
    #expect(try gguf.tensors["scalar"]?.matrix().columnCount == 1)
  }

  @Test func aSplitModelIsFoundBesideItsFirstPart() throws {
    let folder = TemporaryFolder()
    func part(_ number: Int, of count: Int, total: Int, _ tensor: String) -> [UInt8] {
      var writer = GGUFWriter(alignment: 32 << number)
      if number == 0 { writer.append("general.architecture", .string("llama")) }
      writer.append("split.no", .uint16(UInt16(number)))
      writer.append("split.count", .uint16(UInt16(count)))
      writer.append("split.tensors.count", .int32(Int32(total)))
      writer.append(tensor: tensor, shape: [2], [Float(number), 1])
      return writer.serialized()
    }
    let first = folder.file("m-00001-of-00003.gguf", part(0, of: 3, total: 3, "a"))
    let second = folder.file("m-00002-of-00003.gguf", part(1, of: 3, total: 3, "b"))
    #expect(throws: FileError.self) { try GGUF(mapping: first) }
    _ = folder.file("m-00003-of-00003.gguf", part(2, of: 3, total: 3, "c"))
    let gguf = try GGUF(mapping: first)
    #expect(gguf.tensors.map(\.name) == ["a", "b", "c"])
    #expect(gguf.files.count == 3)
    let c = try #require(gguf.tensors["c"]).matrix()
    #expect(c.base.load(as: Float.self) == 2)

    let notFirst = #expect(throws: FileError.self) { try GGUF(mapping: second) }
    #expect(notFirst?.code == .shardMissing)
    _ = folder.file("m-00003-of-00003.gguf", part(2, of: 3, total: 3, "a"))
    #expect(#expect(throws: FileError.self) { try GGUF(mapping: first) }?.code == .badName)
    _ = folder.file("m-00003-of-00003.gguf", part(1, of: 3, total: 3, "c"))
    #expect(#expect(throws: FileError.self) { try GGUF(mapping: first) }?.code == .shardMissing)
  }

  @Test func writingIsWholeOrNothing() throws {
    let folder = TemporaryFolder()
    var writer = GGUFWriter()
    writer.append(tensor: "x", shape: [3], [1, 2, 3])
    let path = "\(folder.path)/written.gguf"
    try writer.write(to: path)
    let gguf = try GGUF(mapping: path)
    #expect(gguf.tensors["x"]?.byteCount == 12)
    #expect(Array(gguf.files[0].buffer) == writer.serialized())
    let error = #expect(throws: FileError.self) {
      try writer.write(to: "\(folder.path)/absent/written.gguf")
    }
    #expect(error?.code == .unwritable)
  }

  @Test func typesHaveTheSizesOfTheirFormats() {
    for format in BlockFormat.allCases {
      let type = TensorType(gguf: format.rawValue)
      #expect(type?.format == format)
      #expect(type?.name == String(describing: format))
    }
    #expect(TensorType.Q4_K.byteCount(elements: 512) == 288)
    #expect(TensorType.Q4_K.byteCount(elements: 100) == nil)
    #expect(TensorType.F32.byteCount(elements: .max / 2) == nil)
    #expect(TensorType(gguf: 4) == nil)
    #expect(TensorType(gguf: TensorType.U8.rawValue) == nil)
  }

  @Test(
    "real models open",
    .enabled(if: SharedFiles.exists("models"), "../shared is absent"),
    arguments: [
      ("models/stories260K/stories260K-f32.gguf", "llama", 47),
      ("models/stories3M/stories3M-q4_k_m.gguf", "llama", 0),
      ("models/stories3M/stories3M-iq4_nl.gguf", "llama", 0),
      ("models/slm4096-gpt2/slm4096-f16.gguf", "gpt2", 0),
      ("models/llama2-tiny-random/llama-2-tiny-random.gguf", "llama", 0),
    ])
  func realModelsOpen(model: (path: String, architecture: String, tensors: Int)) throws {
    let gguf = try GGUF(mapping: SharedFiles.path(model.path))
    #expect(try gguf.metadata.requiredString("general.architecture") == model.architecture)
    if model.tensors > 0 { #expect(gguf.tensors.count == model.tensors) }
    #expect(try gguf.metadata.requiredInt("\(model.architecture).block_count") > 0)
    let tokens = try #require(try gguf.metadata.strings("tokenizer.ggml.tokens"))
    #expect(tokens.count == gguf.tensors["token_embd.weight"]?.shape.first)
    for tensor in gguf.tensors where tensor.format != nil { _ = try tensor.matrix() }
  }

  @Test(
    "version 1 is refused",
    .enabled(if: SharedFiles.exists("models/stories260K/gguf-v1"), "../shared is absent"))
  func version1IsRefused() {
    let path = "models/stories260K/gguf-v1/tinyllamas-stories-260k-f32.ggufv1"
    let error = #expect(throws: FileError.self) { try GGUF(mapping: SharedFiles.path(path)) }
    #expect(error?.code == .unsupportedVersion)
    #expect(error?.offset == 4)
  }
}
