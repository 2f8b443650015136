import ApusBlocks
import ApusFiles
import ApusJSON
import Testing

@Suite struct SafetensorsTests {
  @Test func whatIsWrittenComesBack() throws {
    var writer = SafetensorsWriter(metadata: ["format": "pt"])
    writer.append("b", .F32, shape: [1, 2], data: [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
    writer.append("a", .BF16, shape: [], data: [0x80, 0x3F])
    writer.append("none", .I64, shape: [0, 3], data: [])
    writer.append("flags", .BOOL, shape: [3], data: [1, 0, 1])
    let file = try Safetensors(FileBytes(copying: writer.serialized()))
    #expect(file.metadata["format"]?.string == "pt")
    #expect(file.tensors.map(\.name) == ["b", "a", "none", "flags"])
    #expect(file.tensors["b"]?.shape == [1, 2])
    let matrix = try #require(file.tensors["b"]).matrix()
    #expect(matrix.columnCount == 2)
    #expect(matrix.base.load(fromByteOffset: 4, as: Float.self) == 2)
    #expect(file.tensors["a"]?.format == .BF16)
    #expect(Array(try #require(file.tensors["flags"]).bytes) == [1, 0, 1])
    #expect(throws: FileError.self) { try file.tensors["none"]?.matrix() }
  }

  @Test(
    "real folders open",
    .enabled(if: SharedFiles.exists("models/stories260K/hf"), "../shared is absent"),
    arguments: [
      ("stories260K", "llama"), ("stories3M", "llama"), ("slm4096-gpt2", "gpt2"),
    ])
  func realFoldersOpen(model: (name: String, type: String)) throws {
    let path = SharedFiles.path("models/\(model.name)/hf")
    guard case .directory(let folder) = try ModelFile.open(path) else {
      Issue.record("not recognised as a folder")
      return
    }
    #expect(folder.config["model_type"]?.string == model.type)
    #expect((folder.tokenizerJSON?.count ?? 0) > 1000)
    #expect(folder.tokenizerConfig != nil)
    #expect(folder.tensors.count > 10)
    for tensor in folder.tensors where tensor.format != nil { _ = try tensor.matrix() }
    try folder.checkIntact()
    guard case .safetensors(let single) = try ModelFile.open(path + "/model.safetensors") else {
      Issue.record("not recognised as safetensors")
      return
    }
    #expect(single.tensors.count == folder.tensors.count)
  }
}
