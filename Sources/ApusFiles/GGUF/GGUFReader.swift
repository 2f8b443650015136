/// Reads one GGUF file: header, metadata, tensor descriptions, and the layout of the data.
/// Nothing is believed: counts and lengths are checked before anything is allocated for them.
struct GGUFReader {
  /// What one file holds.
  struct File {
    var version: Int
    var alignment: Int
    var metadata: GGUFMetadata
    var tensors: [Tensor]
  }

  // Far above what models have, and what fits in 64 MB of descriptions.
  static let maxMetadataCount = 65_536
  static let maxTensorCount = 131_072
  static let maxKeyBytes = 65_535
  static let maxAllKeyBytes = 8 << 20
  static let maxStringBytes = 16 << 20
  /// The reference holds names in 64 bytes, the last of them 0.
  static let maxNameBytes = 63
  static let maxDimensions = 4
  static let maxAlignment = 1 << 30
  static let defaultAlignment = 32

  private var cursor: ByteCursor

  static func read(_ bytes: FileBytes) throws(FileError) -> File {
    var reader = GGUFReader(cursor: ByteCursor(bytes))
    let file = try reader.readFile()
    try bytes.checkIntact()
    return file
  }

  private mutating func readFile() throws(FileError) -> File {
    let version = try readVersion()
    let tensorCount = try readCount("tensor count", limit: GGUFReader.maxTensorCount)
    let metadataCount = try readCount("metadata count", limit: GGUFReader.maxMetadataCount)
    let metadata = try readMetadata(count: metadataCount)
    let alignment = try alignment(metadata)
    var infos: [GGUFTensorInfo] = []
    for index in 0..<tensorCount {
      infos.append(try GGUFTensorInfo(index, at: &cursor))
    }
    let layout = GGUFLayout(
      file: cursor.source, infoEnd: cursor.position, alignment: alignment)
    return File(
      version: version, alignment: alignment, metadata: metadata,
      tensors: try layout.place(infos))
  }

  private mutating func readVersion() throws(FileError) -> Int {
    let magic = try cursor.integer(UInt32.self, "magic")
    guard magic == 0x4655_4747 else {  // "GGUF"
      let found = withUnsafeBytes(of: magic.littleEndian) { String(decoding: $0, as: UTF8.self) }
      throw cursor.error(
        .badMagic, "magic", at: 0,
        "'\(FileError.printable(found))' instead of 'GGUF'; this is no GGUF file")
    }
    let version = try cursor.integer(UInt32.self, "version")
    switch version {
    case 2, 3: return Int(version)
    case _ where (1...3).contains(version.byteSwapped):
      throw cursor.error(
        .unsupportedVersion, "version", at: 4,
        "the file is big-endian; convert it to little-endian")
    case 1:
      throw cursor.error(
        .unsupportedVersion, "version", at: 4,
        "version 1 is no longer read; convert the model again")
    default:
      throw cursor.error(
        .unsupportedVersion, "version", at: 4,
        "version \(version) is unknown, 2 and 3 are read; update apus or convert the model again")
    }
  }

  private mutating func readCount(_ field: String, limit: Int) throws(FileError) -> Int {
    let start = cursor.position
    let count = try cursor.integer(UInt64.self, field)
    guard count <= UInt64(limit) else {
      throw cursor.error(
        .countTooLarge, field, at: start,
        "\(count) is more than the \(limit) that are read; the file is damaged")
    }
    return Int(count)
  }

  private mutating func readMetadata(count: Int) throws(FileError) -> GGUFMetadata {
    var entries: [GGUFMetadata.Entry] = []
    var seen: Set<String> = []
    var keyBytes = 0
    for index in 0..<count {
      let start = cursor.position
      let bytes = try cursor.string(limit: GGUFReader.maxKeyBytes, "metadata \(index) key")
      keyBytes += bytes.count
      let key = String(decoding: bytes, as: UTF8.self)
      guard !key.isEmpty else {
        throw cursor.error(
          .badKey, "metadata \(index) key", at: start, "is empty; the file is damaged")
      }
      guard keyBytes <= GGUFReader.maxAllKeyBytes else {
        throw cursor.error(
          .badKey, "metadata \(index) key", at: start,
          "all keys together exceed \(GGUFReader.maxAllKeyBytes) bytes; the file is damaged")
      }
      let field = "metadata '\(FileError.printable(key))'"
      guard seen.insert(key).inserted else {
        throw cursor.error(.badKey, field, at: start, "occurs twice; the file is damaged")
      }
      entries.append(try readValue(key, field))
    }
    return GGUFMetadata(file: cursor.source, entries: entries)
  }

  private mutating func readValue(
    _ key: String, _ field: String
  ) throws(FileError) -> GGUFMetadata.Entry {
    let type = try readType(field)
    let start = cursor.position
    var entry = GGUFMetadata.Entry(key: key, type: type, offset: start, array: nil)
    switch type {
    case .string:
      _ = try cursor.string(limit: GGUFReader.maxStringBytes, field)
    case .array:
      let elementType = try readType("\(field) element")
      guard elementType != .array else {
        throw cursor.error(
          .unsupportedNesting, field, at: start,
          "is an array of arrays, which is not read; convert the model again")
      }
      let count = try cursor.integer(UInt64.self, "\(field) count")
      entry.array = try GGUFArray(elementType, count: count, at: &cursor, field)
    default:
      let size = type.byteCount ?? 0
      guard size <= cursor.remaining else {
        throw cursor.error(
          .truncated, field,
          "\(size) bytes expected, \(cursor.remaining) left; the file is cut short, get it again")
      }
      try cursor.skip(size, field)
    }
    return entry
  }

  private mutating func readType(_ field: String) throws(FileError) -> GGUFValueType {
    let start = cursor.position
    let number = try cursor.integer(UInt32.self, "\(field) type")
    guard let type = GGUFValueType(rawValue: number) else {
      throw cursor.error(
        .badType, "\(field) type", at: start, "\(number) is unknown, 0 to 12 are read")
    }
    return type
  }

  private func alignment(_ metadata: GGUFMetadata) throws(FileError) -> Int {
    let key = "general.alignment"
    guard let value = metadata[key] else { return GGUFReader.defaultAlignment }
    guard case .uint32(let alignment) = value else {
      throw metadata.error(.badAlignment, key, "is \(value.type), uint32 is expected")
    }
    guard alignment.nonzeroBitCount == 1, alignment <= UInt32(GGUFReader.maxAlignment) else {
      throw metadata.error(
        .badAlignment, key, "\(alignment) is no power of two up to \(GGUFReader.maxAlignment)")
    }
    return Int(alignment)
  }
}
