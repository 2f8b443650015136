/// A model in the GGUF format, versions 2 and 3, memory-mapped; one file, or several that were
/// split (`name-00001-of-00003.gguf` and the others beside it).
public struct GGUF: Sendable {
  public let path: String
  public let version: Int
  /// Of the first file.
  public let alignment: Int
  /// Of the first file.
  public let metadata: GGUFMetadata
  /// Of all files.
  public let tensors: TensorTable
  /// All files, the first one first.
  public let files: [FileBytes]

  /// - Throws: what is wrong with the file, with field and byte offset.
  public init(mapping path: String) throws(GGUFError) {
    try self.init(try MappedFile(path).contents)
  }

  /// A file whose bytes are at hand; the parts of a split one are looked for beside its path.
  public init(_ bytes: FileBytes) throws(GGUFError) {
    let first = try GGUFReader.read(bytes)
    path = bytes.path
    version = first.version
    alignment = first.alignment
    metadata = first.metadata
    let parts = try GGUFParts.read(after: first, of: bytes)
    files = [bytes] + parts.files
    let path = path
    tensors = try TensorTable(first.tensors + parts.tensors) { tensor in
      FileError(
        .badName, path: path, field: "tensor '\(FileError.printable(tensor.name))'",
        offset: tensor.offset, "occurs twice; the file is damaged")
    }
  }

  /// Throws when one of the files shrank while it was mapped; what was computed since then may
  /// come from zeros.
  public func checkIntact() throws(GGUFError) {
    for file in files { try file.checkIntact() }
  }
}

/// The further parts of a split model.
enum GGUFParts {
  static let maxCount = 1024

  static func read(
    after first: GGUFReader.File, of bytes: FileBytes
  ) throws(FileError) -> (files: [FileBytes], tensors: [Tensor]) {
    let metadata = first.metadata
    guard let count = try metadata.int("split.count"), count != 1, count != 0 else {
      return ([], [])
    }
    guard (2...maxCount).contains(count) else {
      throw metadata.error(
        .shardMissing, "split.count", "\(count) parts, 1 to \(maxCount) are read")
    }
    if let number = try metadata.int("split.no"), number != 0 {
      throw metadata.error(
        .shardMissing, "split.no",
        "this is part \(number + 1) of \(count); give the first part, which has 00001 in its name")
    }
    let suffix = ending(1, of: count)
    guard bytes.path.hasSuffix(suffix) else {
      throw metadata.error(
        .shardMissing, "split.count",
        "the first of \(count) parts is not named …\(suffix), so the others cannot be found")
    }
    let stem = String(bytes.path.dropLast(suffix.count))
    var files: [FileBytes] = []
    var tensors: [Tensor] = []
    for number in 2...count {
      let part = try open(stem + ending(number, of: count), number, of: count, metadata)
      let file = try GGUFReader.read(part)
      if let found = try file.metadata.int("split.no"), found != number - 1 {
        throw file.metadata.error(
          .shardMissing, "split.no", "\(found) instead of \(number - 1): parts were renamed")
      }
      files.append(part)
      tensors += file.tensors
    }
    if let expected = try metadata.int("split.tensors.count"),
      expected != first.tensors.count + tensors.count
    {
      throw metadata.error(
        .shardMissing, "split.tensors.count",
        "\(expected) tensors announced, the \(count) parts have "
          + "\(first.tensors.count + tensors.count)")
    }
    return (files, tensors)
  }

  private static func open(
    _ path: String, _ number: Int, of count: Int, _ metadata: GGUFMetadata
  ) throws(FileError) -> FileBytes {
    do {
      return try MappedFile(path).contents
    } catch {
      throw metadata.error(
        .shardMissing, "split.count",
        "part \(number) of \(count) cannot be read (\(error)); put all parts in one folder")
    }
  }

  private static func ending(_ number: Int, of count: Int) -> String {
    "-\(padded(number))-of-\(padded(count)).gguf"
  }

  private static func padded(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}
