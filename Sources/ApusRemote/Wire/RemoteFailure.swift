import ApusCore
import ApusJSON

/// What an upstream answered instead of text: the cause of the `ApusError` that a remote model throws.
public struct RemoteFailure: Error, Sendable, CustomStringConvertible {
  /// The HTTP status; 200 where an error came inside a stream.
  public var status: Int
  /// The upstream's own words, shortened.
  public var message: String
  /// The upstream's own name of the error, `model_decommissioned` for one.
  public var code: String?
  /// How long the upstream wants to be left alone, as it said it: nothing is too absurd to be said.
  public var retryAfter: Duration?

  public init(
    status: Int, message: String, code: String? = nil, retryAfter: Duration? = nil
  ) {
    self.status = status
    self.message = message
    self.code = code
    self.retryAfter = retryAfter
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
  init(head: HTTPHead, body: [UInt8]) {
    let json = try? JSON(parsing: body)
    self.init(status: head.status, json: json ?? .null)
    retryAfter = RetryAfter.delay(head: head, body: json, now: WallClock.now)
  }

  /// The failure that an error object stands for: OpenAI's `{"error": {"message", "code"}}` and its
  /// variants. Nothing of a page of HTML is repeated.
  init(status: Int, json: JSON) {
    self.init(status: status, message: Self.message(in: json))
    let error = json["error"] ?? json
    code = error["code"]?.string ?? error["type"]?.string ?? error["status"]?.string
  }

  private static func message(in json: JSON) -> String {
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
  var meaning: ApusError.Code {
    let text = message.lowercased()
    let isTooLong =
      code == "context_length_exceeded"
      || text.contains("context") && (text.contains("length") || text.contains("window"))
    if isModelGone { return .modelNotFound }
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
  /// Whether the model is not there, and will not be on another try.
  public var isModelGone: Bool {
    status == 404 || code == "model_decommissioned" || code == "model_not_found"
  }

  /// Whether the key has nothing left to spend: waiting does not help.
  public var isQuotaSpent: Bool {
    status == 402 || code == "insufficient_quota" || code == "billing_hard_limit_reached"
  }
}
