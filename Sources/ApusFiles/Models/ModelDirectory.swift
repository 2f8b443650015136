public import ApusJSON

/// A model as Hugging Face lays it out: a folder with `config.json`, safetensors (one file, or
/// several named by an index) and the tokenizer's files. Files that are not there are `nil`.
public struct ModelDirectory: Sendable {
  public let path: String
  public let config: JSON
  public let generationConfig: JSON?
  public let tokenizerConfig: JSON?
  /// `tokenizer.json` as it stands.
  public let tokenizerJSON: FileBytes?
  /// `chat_template.jinja`; templates in `tokenizerConfig` stay there.
  public let chatTemplate: String?
  /// Of all shards.
  public let tensors: TensorTable
  public let shards: [Safetensors]

  private static let indexName = "model.safetensors.index.json"
  private static let weightsName = "model.safetensors"
  static let maxShardCount = 1024

  /// - Throws: what is wrong with which file.
  public init(_ path: String) throws(FileError) {
    let folder = try ModelFolder(path)
    self.path = path
    config = try ModelDirectory.object(try folder.file("config.json"), maxBytes: 4 << 20)
    func object(_ name: String) throws(FileError) -> JSON? {
      guard let file = try folder.fileIfPresent(name) else { return nil }
      return try ModelDirectory.object(file, maxBytes: 16 << 20)
    }
    generationConfig = try object("generation_config.json")
    tokenizerConfig = try object("tokenizer_config.json")
    tokenizerJSON = try folder.fileIfPresent("tokenizer.json")
    chatTemplate = try ModelDirectory.template(folder)
    shards = try ModelDirectory.shards(folder)
    tensors = try TensorTable(shards.flatMap { Array($0.tensors) }) { tensor in
      tensor.error(.duplicateTensor, "occurs in two files; the model is damaged")
    }
  }

  /// Throws when one of the files shrank while it was mapped.
  public func checkIntact() throws(FileError) {
    for shard in shards { try shard.checkIntact() }
  }

  private static func template(_ folder: ModelFolder) throws(FileError) -> String? {
    guard let file = try folder.fileIfPresent("chat_template.jinja") else { return nil }
    guard file.count <= 16 << 20, file.buffer.isUTF8 else {
      throw FileError(
        .badString, path: file.path, field: "", offset: nil,
        "is no UTF-8 text of at most 16 MB; the file is damaged")
    }
    return String(decoding: file.buffer, as: UTF8.self)
  }

  private static func shards(_ folder: ModelFolder) throws(FileError) -> [Safetensors] {
    guard let indexFile = try folder.fileIfPresent(indexName) else {
      return [try Safetensors(try folder.file(weightsName))]
    }
    let index = try object(indexFile, maxBytes: 32 << 20)
    guard case .object(let map)? = index["weight_map"] else {
      throw FileError(
        .badJSON, path: indexFile.path, field: "weight_map", offset: nil,
        "is no object; the file is damaged")
    }
    var names: [String] = []
    var seen: Set<String> = []
    for (tensor, value) in map {
      guard let name = value.string else {
        throw FileError(
          .badJSON, path: indexFile.path,
          field: "weight_map of '\(FileError.printable(tensor))'", offset: nil,
          "is no file name; the file is damaged")
      }
      if seen.insert(name).inserted { names.append(name) }
    }
    guard (1...maxShardCount).contains(names.count) else {
      throw FileError(
        .countTooLarge, path: indexFile.path, field: "weight_map", offset: nil,
        "names \(names.count) files, 1 to \(maxShardCount) are read")
    }
    var shards: [Safetensors] = []
    var owner: [String: Safetensors] = [:]
    for name in names.sorted() {
      let shard = try open(name, folder, indexFile.path)
      shards.append(shard)
      owner[name] = shard
    }
    for (tensor, value) in map {
      guard let name = value.string, owner[name]?.tensors[tensor] == nil else { continue }
      throw FileError(
        .missingTensor, path: indexFile.path, field: "tensor '\(FileError.printable(tensor))'",
        offset: nil, "is not in \(FileError.printable(name)); the model is damaged")
    }
    return shards
  }

  private static func open(
    _ name: String, _ folder: ModelFolder, _ indexPath: String
  ) throws(FileError) -> Safetensors {
    do {
      return try Safetensors(try folder.file(name))
    } catch  where error.code == .notFound {
      throw FileError(
        .shardMissing, path: indexPath, field: "weight_map", offset: nil,
        "names \(FileError.printable(name)), which is not there; the model is not complete")
    }
  }

  private static func object(_ file: FileBytes, maxBytes: Int) throws(FileError) -> JSON {
    let json: JSON
    do {
      json = try JSON(
        parsing: file.buffer, limits: JSONLimits(byteCount: maxBytes, valueCount: 1_000_000))
    } catch {
      throw FileError(
        .badJSON, path: file.path, field: "", offset: error.offset,
        "\(error.message); the file is damaged")
    }
    try file.checkIntact()
    guard case .object = json else {
      throw FileError(
        .badJSON, path: file.path, field: "", offset: 0, "is no JSON object; the file is damaged")
    }
    return json
  }
}
