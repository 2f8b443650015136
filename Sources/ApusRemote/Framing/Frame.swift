/// One piece of a stream, however the stream is cut into pieces.
struct Frame: Sendable, Hashable {
  /// The event's type; "message" where the framing has none.
  var name = "message"
  var data: String
  /// Whether the framing itself says that this is an error.
  var isException = false
}

/// The ways in which upstreams cut a stream.
enum Framing: Sendable, Hashable {
  /// `text/event-stream`.
  case events
  /// One JSON value a line.
  case lines
  /// `application/vnd.amazon.eventstream`.
  case amazon

  /// - Returns: `nil` where the body is one whole answer.
  init?(contentType: String, isAlwaysLines: Bool) {
    let type = contentType.prefix { $0 != ";" && $0 != " " }.lowercased()
    switch type {
    case "text/event-stream": self = .events
    case "application/vnd.amazon.eventstream": self = .amazon
    case "application/x-ndjson", "application/jsonl", "application/stream+json": self = .lines
    case "application/json" where isAlwaysLines: self = .lines
    default: return nil
    }
  }
}

/// Cuts bytes into frames as they arrive.
enum FrameParser: Sendable {
  case events(ServerSentEventParser)
  case lines(LineParser)
  case amazon(AmazonEventParser)

  init(_ framing: Framing) {
    switch framing {
    case .events: self = .events(ServerSentEventParser())
    case .lines: self = .lines(LineParser())
    case .amazon: self = .amazon(AmazonEventParser())
    }
  }

  /// The frames that `bytes` complete.
  /// - Throws: `ServerSentEventParser.TooLong`, `AmazonEventError`.
  mutating func append(_ bytes: [UInt8]) throws -> [Frame] {
    switch self {
    case .events(var parser):
      // Taken out while it changes, so that its buffers are not copied.
      self = .events(ServerSentEventParser(limit: 0))
      defer { self = .events(parser) }
      return try parser.append(bytes).map { Frame(name: $0.name, data: $0.data) }
    case .lines(var parser):
      self = .lines(LineParser(limit: 0))
      defer { self = .lines(parser) }
      return try parser.append(bytes).map { Frame(data: $0) }
    case .amazon(var parser):
      self = .amazon(AmazonEventParser(limit: 0))
      defer { self = .amazon(parser) }
      return try parser.append(bytes).map(Frame.init)
    }
  }

  /// What the end of the stream completes: a last line needs no newline.
  mutating func finish() -> [Frame] {
    guard case .lines(var parser) = self else { return [] }
    defer { self = .lines(parser) }
    return parser.finish().map { Frame(data: $0) }
  }
}

extension Frame {
  /// Amazon's headers say what the payload is.
  init(_ event: AmazonEvent) {
    let isException = event.headers[":message-type"] != "event"
    self.init(
      name: event.headers[isException ? ":exception-type" : ":event-type"]
        ?? event.headers[":error-code"] ?? "message",
      data: event.headers[":error-message"] ?? String(decoding: event.payload, as: UTF8.self),
      isException: isException)
  }
}
