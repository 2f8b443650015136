/// One event of a `text/event-stream`.
public struct ServerSentEvent: Sendable, Hashable {
  /// The type; "message" where the stream names none.
  public var name: String
  /// The data lines, joined by newlines.
  public var data: String

  public init(name: String = "message", data: String) {
    self.name = name
    self.data = data
  }
}

/// Splits bytes into server-sent events as they arrive, however they are cut
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation).
public struct ServerSentEventParser: Sendable {
  /// A line, or the data of an event, that is longer than any upstream's.
  public struct TooLong: Error, Sendable, CustomStringConvertible {
    public var limit: Int
    public var description: String {
      "a line or event of the stream is longer than \(limit) bytes"
    }
  }

  private let limit: Int
  private var line: [UInt8] = []
  private var name = ""
  private var data: [UInt8] = []
  private var hasData = false
  private var lastWasCR = false
  private var isFirstLine = true

  /// - Parameter limit: Largest line and largest data of an event, in bytes.
  public init(limit: Int = 1 << 20) { self.limit = limit }

  /// The events that `bytes` complete.
  public mutating func append(
    _ bytes: some Sequence<UInt8>
  ) throws(TooLong) -> [ServerSentEvent] {
    var events: [ServerSentEvent] = []
    for byte in bytes {
      defer { lastWasCR = byte == UInt8(ascii: "\r") }
      switch byte {
      case UInt8(ascii: "\n") where lastWasCR: break
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        if let event = try endLine() { events.append(event) }
      default:
        guard line.count < limit else { throw TooLong(limit: limit) }
        line.append(byte)
      }
    }
    return events
  }

  private mutating func endLine() throws(TooLong) -> ServerSentEvent? {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine {
      isFirstLine = false
      if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    }
    if line.isEmpty { return dispatch() }
    let colon = line.firstIndex(of: UInt8(ascii: ":"))
    if colon == 0 { return nil }
    let field = line[..<(colon ?? line.count)]
    var value = colon.map { line[($0 + 1)...] } ?? []
    if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
    if field.elementsEqual("data".utf8) {
      guard data.count + value.count < limit else { throw TooLong(limit: limit) }
      if hasData { data.append(UInt8(ascii: "\n")) }
      data.append(contentsOf: value)
      hasData = true
    } else if field.elementsEqual("event".utf8) {
      name = String(decoding: value, as: UTF8.self)
    }
    return nil
  }

  private mutating func dispatch() -> ServerSentEvent? {
    defer {
      name = ""
      data.removeAll(keepingCapacity: true)
      hasData = false
    }
    guard hasData else { return nil }
    return ServerSentEvent(
      name: name.isEmpty ? "message" : name, data: String(decoding: data, as: UTF8.self))
  }
}
