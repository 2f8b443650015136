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
    424: "Failed Dependency", 429: "Too Many Requests", 500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout", 529: "Overloaded",
  ]

  /// The failure that a response with an error status stands for.
  init(head: HTTPHead, body: [UInt8]) {
    let json = try? JSON(parsing: body)
    self.init(status: head.status, json: json ?? .null)
    // Amazon's APIs name the error in a header: "ThrottlingException:http://…".
    if code == nil, let type = head["x-amzn-errortype"] {
      code = String(type.prefix { $0 != ":" })
    }
    retryAfter = RetryAfter.delay(head: head, body: json, now: WallClock.now)
  }

  /// The failure that an error object inside a stream stands for; it may have a status of its own.
  init(inside json: JSON) {
    let error = Self.object(in: json)
    let status = [error["code"], error["status"], json["status"], error["http_code"]]
      .compactMap { $0?.integer ?? $0?.string.flatMap { Int($0) } }
      .first { (400..<600).contains($0) }
    self.init(status: status ?? 200, json: json)
    retryAfter = RetryAfter.delay(
      head: HTTPHead(status: 200, headers: []), body: json, now: WallClock.now)
  }

  /// The failure that an error object stands for: OpenAI's `{"error": {"message", "code"}}` and its
  /// variants. Nothing of a page of HTML is repeated.
  init(status: Int, json: JSON) {
    self.init(status: status, message: Self.message(in: json))
    let error = Self.object(in: json)
    code =
      [error["code"], error["type"], error["status"], json["__type"]]
      .compactMap { $0?.string }.first
    // Google's APIs say what a key lacks in the details.
    for detail in error["details"]?.array ?? [] {
      if let reason = detail["reason"]?.string { code = reason }
    }
  }

  /// Where the error is told: some upstreams put it into an array, some leave the wrapper out.
  private static func object(in json: JSON) -> JSON {
    let json = json[0] ?? json
    if let error = json["error"], !error.isNull { return error }
    return json
  }

  private static func message(in json: JSON) -> String {
    let error = object(in: json)
    let whole = json[0] ?? json
    let texts: [String?] = [
      error["message"]?.string, error.string, whole["message"]?.string, whole["Message"]?.string,
      whole["detail"]?.string, whole["detail"]?[0]?["msg"]?.string, whole["title"]?.string,
    ]
    let text = texts.compactMap(\.self).first ?? ""
    // One line, and nothing that a terminal would obey.
    let words = text.unicodeScalars.split { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }
    let line = words.map { String($0) }.joined(separator: " ")
    return line.count > 300 ? line.prefix(297) + "…" : line
  }

  /// What the failure means to callers.
  var meaning: ApusError.Code {
    if isModelGone { return .modelNotFound }
    if isQuotaSpent, status < 429 { return .authentication }
    return switch status {
    case 400 where Self.keyCodes.contains(code ?? ""): .authentication
    // 498 is Cohere's word for a bad token.
    case 401, 402, 403, 498: .authentication
    case 404: .modelNotFound
    case 408: .timeout
    case 413: .contextOverflow
    // 424: the model behind Bedrock failed.
    case 424: .upstream
    case 429: .rateLimited
    case 400..<500: isTooLong ? .contextOverflow : .invalidRequest
    case 500...: .upstream
    default: .badResponse
    }
  }

  private static let keyCodes = ["API_KEY_INVALID", "API_KEY_EXPIRED", "invalid_api_key"]

  private var isTooLong: Bool {
    let text = message.lowercased()
    return code == "context_length_exceeded" || code == "context_window_exceeded"
      || text.contains("context") && (text.contains("length") || text.contains("window"))
      // Anthropic; Bedrock; Gemini; Cohere.
      || text.contains("prompt is too long") || text.contains("input is too long")
      || text.contains("exceeds the maximum number of tokens") || text.contains("too many tokens")
  }

  /// Whether the model is not there, and will not be on another try.
  public var isModelGone: Bool {
    status == 404 || code == "model_decommissioned" || code == "model_not_found"
      // Bedrock.
      || status == 400 && message.contains("model identifier is invalid")
  }

  /// Whether the key has nothing left to spend: waiting does not help.
  public var isQuotaSpent: Bool {
    status == 402 || code == "insufficient_quota" || code == "billing_hard_limit_reached"
      || code == "billing_error"
      // Anthropic says so with status 400.
      || message.lowercased().contains("credit balance is too low")
  }
}
