/// The key-value pairs of a GGUF file, in its order. Strings and arrays stay in the file until
/// they are asked for.
///
/// The getters return `nil` for a key that is absent, and throw for a value of another type, so
/// that a damaged value is never taken for a default.
public struct GGUFMetadata: Sendable {
  struct Entry: Sendable {
    var key: String
    var type: GGUFValueType
    /// Where the value lies: its length for a string.
    var offset: Int
    var array: GGUFArray?
  }

  private let file: FileBytes
  private let entries: [Entry]
  private let indices: [String: Int]

  /// The keys are different, and the values have been checked.
  init(file: FileBytes, entries: [Entry]) {
    self.file = file
    self.entries = entries
    indices = Dictionary(
      entries.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  public var keys: [String] { entries.map(\.key) }

  public subscript(key: String) -> GGUFValue? { indices[key].flatMap { value(entries[$0]) } }

  /// Where in the file the value of `key` begins.
  public func offset(of key: String) -> Int? {
    indices[key].map { entries[$0].array?.offset ?? entries[$0].offset }
  }

  private func value(_ entry: Entry) -> GGUFValue? {
    if let array = entry.array { return .array(array) }
    return file.scalar(entry.type, at: entry.offset)
  }

  // MARK: Typed getters

  public func string(_ key: String) throws(FileError) -> String? {
    try get(key, "a string") { $0.string }
  }

  /// An integer of any width.
  public func int(_ key: String) throws(FileError) -> Int? {
    try get(key, "an integer of 63 bits") { $0.int }
  }

  /// A number of any type.
  public func float(_ key: String) throws(FileError) -> Float? {
    try get(key, "a number") { value in value.double.map { Float($0) } }
  }

  public func bool(_ key: String) throws(FileError) -> Bool? {
    try get(key, "a truth value") { $0.bool }
  }

  public func strings(_ key: String) throws(FileError) -> GGUFStrings? {
    try get(key, "a list of strings") { $0.array?.strings }
  }

  /// A list of integers; a single one counts as a list of one.
  public func ints(_ key: String) throws(FileError) -> [Int]? {
    try checkLength(key)
    return try get(key, "a list of integers") { value in
      value.int.map { [$0] } ?? value.array?.ints
    }
  }

  /// A list of numbers; a single one counts as a list of one.
  public func floats(_ key: String) throws(FileError) -> [Float]? {
    try checkLength(key)
    return try get(key, "a list of numbers") { value in
      value.double.map { [Float($0)] } ?? value.array?.floats
    }
  }

  public func bools(_ key: String) throws(FileError) -> [Bool]? {
    try checkLength(key)
    return try get(key, "a list of truth values") { $0.array?.bools }
  }

  public func requiredString(_ key: String) throws(FileError) -> String {
    guard let value = try string(key) else { throw missing(key) }
    return value
  }

  public func requiredInt(_ key: String) throws(FileError) -> Int {
    guard let value = try int(key) else { throw missing(key) }
    return value
  }

  public func requiredFloat(_ key: String) throws(FileError) -> Float {
    guard let value = try float(key) else { throw missing(key) }
    return value
  }

  /// An error about the value of `key`, with its place in the file.
  public func error(_ code: FileError.Code, _ key: String, _ problem: String) -> FileError {
    FileError(
      code, path: file.path, field: "metadata '\(FileError.printable(key))'",
      offset: offset(of: key), problem)
  }

  /// The error for a key that must be there and is not.
  public func missing(_ key: String) -> FileError {
    error(.missingKey, key, "is missing; the file is no complete model, convert it again")
  }

  private func get<Value>(
    _ key: String, _ wanted: String, _ convert: (GGUFValue) -> Value?
  ) throws(FileError) -> Value? {
    guard let value = self[key] else { return nil }
    guard let converted = convert(value) else {
      let elements = value.array.map { " of \($0.elementType)" } ?? ""
      throw error(.badType, key, "is \(value.type)\(elements), \(wanted) is expected")
    }
    return converted
  }

  /// Lists of numbers are copied: at most 32 MB each.
  private func checkLength(_ key: String) throws(FileError) {
    guard let index = indices[key], let array = entries[index].array else { return }
    guard array.count <= 1 << 22 else {
      throw error(.countTooLarge, key, "\(array.count) elements, at most \(1 << 22) are read")
    }
  }
}

extension GGUFMetadata: RandomAccessCollection {
  public typealias Element = (key: String, value: GGUFValue)

  public var startIndex: Int { entries.startIndex }
  public var endIndex: Int { entries.endIndex }

  public subscript(position: Int) -> (key: String, value: GGUFValue) {
    let entry = entries[position]
    return (entry.key, value(entry) ?? .string(""))
  }
}
