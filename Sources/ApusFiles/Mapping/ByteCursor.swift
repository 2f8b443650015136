/// Reads a file from front to back. Every read is checked against the end, and says which field
/// it was for.
struct ByteCursor {
  let source: FileBytes
  private(set) var position: Int

  init(_ source: FileBytes, at position: Int = 0) {
    self.source = source
    self.position = position
  }

  var remaining: Int { source.count - position }

  func error(
    _ code: FileError.Code, _ field: String, at offset: Int? = nil, _ problem: String
  ) -> FileError {
    FileError(code, path: source.path, field: field, offset: offset ?? position, problem)
  }

  /// A little-endian integer.
  mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type = Integer.self, _ field: @autoclosure () -> String
  ) throws(FileError) -> Integer {
    guard let value = source.integer(at: position, as: Integer.self) else {
      let size = MemoryLayout<Integer>.size
      throw error(
        .truncated, field(),
        "\(size) bytes expected, \(remaining) left; the file is cut short, get it again")
    }
    position += MemoryLayout<Integer>.size
    return value
  }

  /// Steps over `count` bytes that `field` announced.
  mutating func skip(_ count: Int, _ field: @autoclosure () -> String) throws(FileError) {
    guard count >= 0, count <= remaining else {
      throw error(
        .lengthPastEOF, field(),
        "\(count) bytes announced, \(remaining) left; the file is cut short or damaged")
    }
    position += count
  }

  /// The bytes of a string with its length in 64 bits in front, checked to be UTF-8.
  mutating func string(
    limit: Int, _ field: @autoclosure () -> String
  ) throws(FileError) -> UnsafeRawBufferPointer {
    let start = position
    let length = try integer(UInt64.self, "length of \(field())")
    guard length <= UInt64(remaining),
      let bytes = source.bytes(at: position, count: Int(length))
    else {
      throw error(
        .lengthPastEOF, field(), at: start,
        "\(length) bytes announced, \(remaining) left; the file is cut short or damaged")
    }
    guard bytes.count <= limit else {
      throw error(
        .badString, field(), at: start, "\(length) bytes are too many, at most \(limit) are read")
    }
    guard bytes.isUTF8 else {
      throw error(.badString, field(), at: position, "is not UTF-8; the file is damaged")
    }
    position += bytes.count
    return bytes
  }

  /// How many strings there are for each place that ``skipStrings(_:limit:_:)`` returns.
  static let markDistance = 32

  /// Steps over strings as ``string(limit:_:)`` reads them, and says where every 32nd begins.
  mutating func skipStrings(
    _ count: Int, limit: Int, _ field: @autoclosure () -> String
  ) throws(FileError) -> [Int] {
    var marks: [Int] = []
    marks.reserveCapacity(count / Self.markDistance + 1)
    var index = 0
    while true {
      index = skipGoodStrings(index, count, limit: limit, &marks)
      guard index < count else { return marks }
      _ = try string(limit: limit, "\(field())[\(index)]")
      index += 1
    }
  }

  /// Up to the first that is not in order, without a word about it: a vocabulary has hundreds of
  /// thousands. Returns that one's index.
  private mutating func skipGoodStrings(
    _ start: Int, _ end: Int, limit: Int, _ marks: inout [Int]
  ) -> Int {
    let buffer = source.buffer
    var position = position
    defer { self.position = position }
    for index in start..<end {
      if index & (Self.markDistance - 1) == 0 { marks.append(position) }
      guard buffer.count - position >= 8 else { return index }
      let length = UInt64(
        littleEndian: buffer.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      guard length <= UInt64(buffer.count - position - 8), length <= UInt64(limit),
        buffer.isUTF8(position + 8, position + 8 + Int(length))
      else { return index }
      position += 8 + Int(length)
    }
    return end
  }
}
