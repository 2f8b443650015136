import ApusFiles
import ApusJSON
import RefusalCost
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct ModelDirectoryTests {
  private static func weights(_ names: [String]) -> [UInt8] {
    var writer = SafetensorsWriter()
    for name in names { writer.append(name, .F32, shape: [1], data: [0, 0, 0x80, 0x3F]) }
    return writer.serialized()
  }

  /// A folder with `config.json` and an index over the files that `map` names.
  private static func folder(_ map: [(String, String)]) -> TemporaryFolder {
    let folder = TemporaryFolder()
    _ = folder.file("config.json", Array("{\"model_type\":\"llama\"}".utf8))
    let index = JSON.object(["weight_map": .object(JSONObject(map.map { ($0, .string($1)) }))])
    _ = folder.file("model.safetensors.index.json", Array(index.serialized().utf8))
    return folder
  }

  @Test func shardsAreFoundByTheIndex() throws {
    let folder = Self.folder([("a", "m-1.safetensors"), ("b", "m-2.safetensors")])
    _ = folder.file("m-1.safetensors", Self.weights(["a"]))
    let missing = #expect(throws: FileError.self) { try ModelDirectory(folder.path) }
    #expect(missing?.code == .shardMissing)
    _ = folder.file("m-2.safetensors", Self.weights(["b", "c"]))
    _ = folder.file("generation_config.json", Array("{\"eos_token_id\":2}".utf8))
    _ = folder.file("chat_template.jinja", Array("{{ messages }}".utf8))
    let model = try ModelDirectory(folder.path)
    #expect(model.tensors.map(\.name) == ["a", "b", "c"])
    #expect(model.shards.count == 2)
    #expect(model.generationConfig?["eos_token_id"]?.integer == 2)
    #expect(model.chatTemplate == "{{ messages }}")
    #expect(model.tokenizerJSON == nil && model.tokenizerConfig == nil)

    _ = folder.file("m-2.safetensors", Self.weights(["c"]))
    let absent = #expect(throws: FileError.self) { try ModelDirectory(folder.path) }
    #expect(absent?.code == .missingTensor)
    _ = folder.file("m-2.safetensors", Self.weights(["a", "b"]))
    let twice = #expect(throws: FileError.self) { try ModelDirectory(folder.path) }
    #expect(twice?.code == .duplicateTensor)
  }

  /// Case 49.
  @Test(arguments: ["../x", "/etc/passwd", "a/../../x", "", ".", "a//b", "..\\x", "a\0b"])
  func namesThatLeadOutOfTheFolderAreRefused(name: String) throws {
    let folder = Self.folder([("a", name)])
    let error = #expect(throws: FileError.self) {
      try RefusalCost.measure("49 a shard called '\(name)'") { try ModelDirectory(folder.path) }
    }
    #expect(error?.code == .pathEscape)
    #expect(error?.description.contains("\n") == false)
  }

  /// Case 49: a link.
  @Test func linksThatLeadOutOfTheFolderAreRefused() throws {
    let outside = TemporaryFolder()
    let target = outside.file("weights", Self.weights(["a"]))
    let folder = Self.folder([("a", "m.safetensors")])
    #expect(symlink(target, "\(folder.path)/m.safetensors") == 0)
    let error = #expect(throws: FileError.self) {
      try RefusalCost.measure("49 a link out of the folder") { try ModelDirectory(folder.path) }
    }
    #expect(error?.code == .pathEscape)

    // Within the folder a link is fine.
    unlink("\(folder.path)/m.safetensors")
    _ = folder.file("data", Self.weights(["a"]))
    #expect(symlink("data", "\(folder.path)/m.safetensors") == 0)
    #expect(try ModelDirectory(folder.path).tensors.count == 1)
  }

  /// A download cache links from its snapshots to its blobs.
  @Test func linksOfADownloadCacheAreFollowed() throws {
    let cache = TemporaryFolder()
    for name in ["blobs", "snapshots", "snapshots/1"] { mkdir("\(cache.path)/\(name)", 0o755) }
    _ = cache.file("blobs/c", Array("{}".utf8))
    _ = cache.file("blobs/w", Self.weights(["a"]))
    let snapshot = "\(cache.path)/snapshots/1"
    symlink("../../blobs/c", "\(snapshot)/config.json")
    symlink("../../blobs/w", "\(snapshot)/model.safetensors")
    #expect(try ModelDirectory(snapshot).tensors.count == 1)
    symlink("/etc/passwd", "\(snapshot)/tokenizer.json")
    let error = #expect(throws: FileError.self) { try ModelDirectory(snapshot) }
    #expect(error?.code == .pathEscape)
  }

  @Test func damagedConfigurationsAreNamed() {
    let folder = TemporaryFolder()
    #expect(#expect(throws: FileError.self) { try ModelDirectory(folder.path) }?.code == .notFound)
    for (text, offset) in [("{\"a\":", 5), ("[]", 0), ("", 0)] {
      _ = folder.file("config.json", Array(text.utf8))
      let error = #expect(throws: FileError.self) { try ModelDirectory(folder.path) }
      #expect(error?.code == .badJSON)
      #expect(error?.offset == offset)
      #expect(error?.description.contains("config.json") == true)
    }
  }

  @Test func modelsAreRecognisedByContent() throws {
    let folder = TemporaryFolder()
    let gguf = folder.file("weights.safetensors", GGUFWriter().serialized())
    guard case .gguf = try ModelFile.open(gguf) else {
      Issue.record("a GGUF file of another name was not recognised")
      return
    }
    let tensors = folder.file("weights.gguf", Self.weights(["a"]))
    guard case .safetensors = try ModelFile.open(tensors) else {
      Issue.record("a safetensors file of another name was not recognised")
      return
    }
    for (content, word) in [
      ("PK\u{3}\u{4}abcdefgh", "PyTorch"), ("lmggabcdefgh", "GGML"), ("{\"a\": 1}   ", "JSON"),
      ("version https://git-lfs.github.com/spec/v1", "LFS"), ("<!DOCTYPE html>", "web page"),
      ("hello, world", "no model file"),
    ] {
      let path = folder.file("model.gguf", Array(content.utf8))
      let error = #expect(throws: FileError.self) { try ModelFile.open(path) }
      #expect(error?.code == .unknownFormat)
      #expect(error?.problem.contains(word) == true)
    }
    #expect(#expect(throws: FileError.self) { try ModelFile.open("/absent") }?.code == .notFound)
    #expect(#expect(throws: FileError.self) { try ModelFile.open("/dev/null") }?.kind == .missing)
    #expect(#expect(throws: FileError.self) { try ModelFile.open("a\0b") }?.kind == .missing)
    let empty = folder.file("empty", [])
    #expect(#expect(throws: FileError.self) { try ModelFile.open(empty) }?.code == .truncated)
  }
}
