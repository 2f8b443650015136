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
}
