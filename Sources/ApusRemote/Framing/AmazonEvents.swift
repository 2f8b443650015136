/// One message of `application/vnd.amazon.eventstream`.
public struct AmazonEvent: Sendable, Hashable {
  /// Those whose value is a string; the others tell nothing here.
  public var headers: [String: String]
  public var payload: [UInt8]

  public init(headers: [String: String], payload: [UInt8]) {
    self.headers = headers
    self.payload = payload
  }
}

/// Why bytes are no such message.
public struct AmazonEventError: Error, Sendable, Hashable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = "the event stream is damaged: \(description)" }
}

/// Splits bytes into messages as they arrive, however they are cut
/// (https://smithy.io/2.0/aws/amazon-eventstream.html): the length of all, the length of the headers
/// and the CRC of both (4 bytes each, big-endian), headers, payload, the CRC of everything before.
public struct AmazonEventParser: Sendable {
  private let limit: Int
  private var buffer: [UInt8] = []
  private var start = 0
  private static let preludeSize = 12
  private static let trailerSize = 4

  /// - Parameter limit: Largest message, in bytes.
  public init(limit: Int = 1 << 20) { self.limit = limit }

  /// The messages that `bytes` complete.
  public mutating func append(
    _ bytes: some Sequence<UInt8>
  ) throws(AmazonEventError) -> [AmazonEvent] {
    buffer.append(contentsOf: bytes)
    var events: [AmazonEvent] = []
    while let event = try next() { events.append(event) }
    buffer.removeSubrange(..<start)
    start = 0
    return events
  }

  private mutating func next() throws(AmazonEventError) -> AmazonEvent? {
    guard buffer.count - start >= Self.preludeSize else { return nil }
    var prelude = ByteCursor(buffer[start..<start + Self.preludeSize])
    let size = Int(try prelude.integer(4))
    let headerSize = Int(try prelude.integer(4))
    guard try prelude.integer(4) == UInt64(CRC32.of(buffer[start..<start + 8])) else {
      throw AmazonEventError("the checksum of a message's beginning is wrong")
    }
    guard size <= limit else { throw AmazonEventError("a message is longer than \(limit) bytes") }
    let rest = Self.preludeSize + Self.trailerSize
    guard size >= rest, headerSize <= size - rest else {
      throw AmazonEventError("the lengths of a message do not fit")
    }
    guard buffer.count - start >= size else { return nil }
    let message = buffer[start..<start + size]
    var trailer = ByteCursor(message.suffix(Self.trailerSize))
    let content = message.dropLast(Self.trailerSize)
    guard try trailer.integer(4) == UInt64(CRC32.of(content)) else {
      throw AmazonEventError("the checksum of a message is wrong")
    }
    start += size
    let headers = content.dropFirst(Self.preludeSize).prefix(headerSize)
    return AmazonEvent(
      headers: try Self.headers(headers), payload: Array(content[headers.endIndex...]))
  }

  private static func headers(
    _ bytes: ArraySlice<UInt8>
  ) throws(AmazonEventError) -> [String: String] {
    var cursor = ByteCursor(bytes)
    var headers: [String: String] = [:]
    while !cursor.isAtEnd {
      let name = String(decoding: try cursor.take(Int(try cursor.integer(1))), as: UTF8.self)
      switch try cursor.integer(1) {
      case 0, 1: break  // true, false
      case 2: _ = try cursor.take(1)
      case 3: _ = try cursor.take(2)
      case 4: _ = try cursor.take(4)
      case 5, 8: _ = try cursor.take(8)  // a 64-bit integer, a time
      case 6: _ = try cursor.take(Int(try cursor.integer(2)))
      case 7:
        headers[name] = String(decoding: try cursor.take(Int(try cursor.integer(2))), as: UTF8.self)
      case 9: _ = try cursor.take(16)
      default: throw AmazonEventError("a header has an unknown type")
      }
    }
    return headers
  }
}

/// Takes bytes from the front, never more than there are.
private struct ByteCursor {
  private var bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  var isAtEnd: Bool { bytes.isEmpty }

  mutating func take(_ count: Int) throws(AmazonEventError) -> ArraySlice<UInt8> {
    guard count <= bytes.count else { throw AmazonEventError("a header goes beyond its message") }
    defer { bytes = bytes.dropFirst(count) }
    return bytes.prefix(count)
  }

  /// Big-endian.
  mutating func integer(_ count: Int) throws(AmazonEventError) -> UInt64 {
    try take(count).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// The checksum of gzip and of Amazon's messages (polynomial 0xEDB88320).
public enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
    }
  }

  public static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let table = Self.table
    return ~bytes.reduce(UInt32.max) { sum, byte in
      table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ (sum >> 8)
    }
  }
}
