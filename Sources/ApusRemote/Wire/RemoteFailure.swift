import ApusCore
import ApusJSON

/// What an upstream answered instead of text: the cause of the `ApusError` that a remote model throws.
public struct RemoteFailure: Error, Sendable, CustomStringConvertible {
  /// The HTTP status; 200 where an error came inside a stream.
  public var status: Int
  /// The upstream's own words, shortened.
  public var message: String

  public init(status: Int, message: String) {
    self.status = status
    self.message = message
  }

  /// "401 Unauthorized".
  public var statusLine: String {
    Self.reasons[status].map { "\(status) \($0)" } ?? "\(status)"
  }

  public var description: String {
    message.isEmpty ? statusLine : "\(statusLine): \(message)"
  }

  private static let reasons = [
    301: "Moved Permanently", 302: "Found", 303: "See Other", 307: "Temporary Redirect",
    308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    413: "Content Too Large", 415: "Unsupported Media Type", 422: "Unprocessable Content",
    429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout", 529: "Overloaded",
  ]

  /// The failure that a response with an error status stands for.
  init(status: Int, body: [UInt8]) {
    self.init(status: status, message: Self.message(in: body))
  }

  /// OpenAI's `{"error": {"message"}}` and its variants; nothing of a page of HTML.
  private static func message(in body: [UInt8]) -> String {
    guard let json = try? JSON(parsing: body) else { return "" }
    return message(in: json)
  }

  static func message(in json: JSON) -> String {
    let error = json["error"] ?? json
    let text =
      error["message"]?.string ?? error.string ?? json["message"]?.string
      ?? json["detail"]?.string ?? ""
    // One line, and nothing that a terminal would obey.
    let words = text.unicodeScalars.split { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }
    let line = words.map { String($0) }.joined(separator: " ")
    return line.count > 300 ? line.prefix(297) + "…" : line
  }

  /// What the failure means to callers.
  var code: ApusError.Code {
    let text = message.lowercased()
    let isTooLong =
      text.contains("context") && (text.contains("length") || text.contains("window"))
    return switch status {
    case 401, 402, 403: .authentication
    case 404: .modelNotFound
    case 408: .timeout
    case 429: .rateLimited
    case 400..<500: isTooLong ? .contextOverflow : .invalidRequest
    case 500...: .upstream
    default: .badResponse
    }
  }
}
