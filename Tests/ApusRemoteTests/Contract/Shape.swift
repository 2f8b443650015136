import ApusCore
import ApusJSON
import FakeProvider

/// What one wire format looks like in its public documentation: answers, errors, and what a request
/// must become. The answers all say the same, so one suite can ask whether all readers understand
/// it alike.
struct Shape: Sendable {
  /// The pages that show these shapes.
  var sources: [String]
  /// The path under the base address.
  var path: String
  /// "Hel", "lo w", "örld" after the thought "Hm." where the format has thoughts.
  var stream: Reply
  var whole: Reply
  /// weather({"city":"Köln"}), whose arguments come in pieces where the format cuts them, then
  /// clock({}).
  var toolStream: Reply
  var toolWhole: Reply
  var thinks = true
  /// Whether calls have identifiers of the upstream's own.
  var namesCalls = true
  /// What the usage of all answers is.
  var usage: Usage
  var errors: [Failure]
  /// An error after "Hel", in a stream that began with 200.
  var errorInside: Reply
  var errorInsideCode: ApusError.Code
  /// What the body of a request with the conversation of ``Question`` must hold.
  var expected: String

  struct Reply: Sendable {
    var type: String
    var bytes: [UInt8]

    init(_ type: String, _ text: String) {
      self.type = type
      bytes = Array(text.utf8)
    }

    init(_ type: String, bytes: [UInt8]) {
      self.type = type
      self.bytes = bytes
    }

    static func json(_ text: String) -> Reply { Reply("application/json", text) }

    /// Server-sent events, each with its type where it has one.
    static func events(_ events: [(String?, String)]) -> Reply {
      let text = events.map { name, data in
        (name.map { "event: \($0)\n" } ?? "") + "data: \(data)\n\n"
      }
      return Reply("text/event-stream; charset=utf-8", text.joined())
    }

    /// The answer as it goes over the wire, cut into pieces of 31 bytes.
    func behaviour(status: Int = 200, headers: [String: String] = [:]) -> FakeProvider.Behaviour {
      var head = "HTTP/1.1 \(status) X\r\nContent-Type: \(type)\r\nConnection: close\r\n"
      for (name, value) in headers { head += "\(name): \(value)\r\n" }
      let pieces = stride(from: 0, to: bytes.count, by: 31).map {
        Array(bytes[$0..<min($0 + 31, bytes.count)])
      }
      return .parts([Array((head + "\r\n").utf8)] + pieces, gap: .zero)
    }
  }

  /// A response with an error status, and what it must mean.
  struct Failure: Sendable {
    var status: Int
    var headers: [String: String] = [:]
    var body: String
    var code: ApusError.Code
    var retryAfter: Duration?

    init(
      _ status: Int, _ body: String, _ code: ApusError.Code, headers: [String: String] = [:],
      retryAfter: Duration? = nil
    ) {
      self.status = status
      self.body = body
      self.code = code
      self.headers = headers
      self.retryAfter = retryAfter
    }
  }

  static let text = "Hello wörld"
}

/// What every provider is asked.
enum Question {
  static let schema =
    #"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#

  static func conversation() throws -> Request {
    let tool = try JSON(
      parsing: #"{"type":"function","function":{"name":"weather","#
        + #""description":"The weather of a city.","parameters":\#(schema)}}"#)
    let call = ToolCall(id: "c1", name: "weather", arguments: #"{"city":"Köln"}"#)
    return Request(
      .messages([
        .system("Be terse."), .user("Weather in Köln?"),
        Message(.assistant, "", extra: ["tool_calls": [call.json]]),
        Message(.tool, "12 degrees", extra: ["tool_call_id": "c1"]), .user("And the time?"),
      ]),
      options: GenerationOptions(
        temperature: 0, topK: 5, topP: 0.5, maxTokens: 64, stop: ["END"], seed: 7),
      tools: [tool])
  }
}
