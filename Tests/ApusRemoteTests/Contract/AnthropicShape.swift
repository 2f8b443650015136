import ApusCore
import ApusJSON

extension Shape {
  static let anthropic = Shape(
    sources: [
      "https://docs.claude.com/en/api/messages", "https://docs.claude.com/en/api/errors",
      "https://docs.claude.com/en/docs/build-with-claude/streaming",
      "https://docs.claude.com/en/docs/build-with-claude/prompt-caching",
    ],
    path: "/messages",
    stream: .events([
      start, (("ping"), #"{"type":"ping"}"#),
      block(0, #"{"type":"thinking","thinking":"","signature":""}"#),
      delta(0, #"{"type":"thinking_delta","thinking":"Hm."}"#),
      delta(0, #"{"type":"signature_delta","signature":"abc"}"#), stop(0),
      block(1, #"{"type":"text","text":""}"#),
      delta(1, #"{"type":"text_delta","text":"Hel"}"#),
      delta(1, #"{"type":"text_delta","text":"lo w"}"#),
      delta(1, #"{"type":"text_delta","text":"örld"}"#), stop(1), end("end_turn"),
      ("message_stop", #"{"type":"message_stop"}"#),
    ]),
    whole: .json(
      #"{"id":"msg","type":"message","role":"assistant","content":[{"type":"thinking","#
        + #""thinking":"Hm.","signature":"abc"},{"type":"text","text":"Hello wörld"}],"#
        + #""stop_reason":"end_turn","usage":\#(usage)}"#),
    toolStream: .events([
      start, block(0, #"{"type":"tool_use","id":"c1","name":"weather","input":{}}"#),
      delta(0, #"{"type":"input_json_delta","partial_json":""}"#),
      delta(0, #"{"type":"input_json_delta","partial_json":"{\"city\":"}"#),
      delta(0, #"{"type":"input_json_delta","partial_json":"\"Köln\"}"}"#), stop(0),
      block(1, #"{"type":"tool_use","id":"c2","name":"clock","input":{}}"#),
      delta(1, #"{"type":"input_json_delta","partial_json":"{}"}"#), stop(1), end("tool_use"),
      ("message_stop", #"{"type":"message_stop"}"#),
    ]),
    toolWhole: .json(
      #"{"type":"message","content":[{"type":"tool_use","id":"c1","name":"weather","#
        + #""input":{"city":"Köln"}},{"type":"tool_use","id":"c2","name":"clock","input":{}}],"#
        + #""stop_reason":"tool_use","usage":\#(usage)}"#),
    usage: .expected(cacheWrite: 6),
    errors: [
      Failure(
        400, error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        .contextOverflow),
      Failure(400, error("invalid_request_error", "messages: required"), .invalidRequest),
      Failure(
        400, error("invalid_request_error", "Your credit balance is too low to access the API."),
        .authentication),
      Failure(401, error("authentication_error", "invalid x-api-key"), .authentication),
      Failure(402, error("billing_error", "Check your payment details."), .authentication),
      Failure(403, error("permission_error", "Not permitted."), .authentication),
      Failure(404, error("not_found_error", "model: m-1"), .modelNotFound),
      Failure(413, error("request_too_large", "Too large."), .contextOverflow),
      Failure(
        429, error("rate_limit_error", "Slow down."), .rateLimited, headers: ["retry-after": "12"],
        retryAfter: .seconds(12)),
      Failure(500, error("api_error", "Internal."), .upstream),
      Failure(529, error("overloaded_error", "Overloaded"), .upstream),
    ],
    errorInside: .events([
      start, block(0, #"{"type":"text","text":""}"#),
      delta(0, #"{"type":"text_delta","text":"Hel"}"#),
      ("error", error("overloaded_error", "Overloaded")),
    ]),
    errorInsideCode: .upstream,
    expected: #"""
      {"model":"m-1","stream":true,"system":"Be terse.",
      "messages":[{"role":"user","content":[{"type":"text","text":"Weather in Köln?"}]},
        {"role":"assistant","content":[{"type":"tool_use","id":"c1","name":"weather",
          "input":{"city":"Köln"}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"c1","content":"12 degrees"},
          {"type":"text","text":"And the time?"}]}],
      "tools":[{"name":"weather","description":"The weather of a city.","input_schema":\#(Question.schema)}],
      "max_tokens":64,"top_k":5,"stop_sequences":["END"],"temperature":0.0}
      """#)

  /// 10 tokens by themselves, 4 out of the cache, 6 into it.
  private static let usage =
    #"{"input_tokens":10,"cache_read_input_tokens":4,"cache_creation_input_tokens":6,"output_tokens":7}"#

  private static let start: (String?, String) = (
    "message_start",
    #"{"type":"message_start","message":{"id":"msg","type":"message","role":"assistant","content":[],"#
      + #""usage":{"input_tokens":10,"cache_read_input_tokens":4,"cache_creation_input_tokens":6,"output_tokens":1}}}"#
  )

  private static func block(_ index: Int, _ json: String) -> (String?, String) {
    (
      "content_block_start",
      #"{"type":"content_block_start","index":\#(index),"content_block":\#(json)}"#
    )
  }

  private static func delta(_ index: Int, _ json: String) -> (String?, String) {
    ("content_block_delta", #"{"type":"content_block_delta","index":\#(index),"delta":\#(json)}"#)
  }

  private static func stop(_ index: Int) -> (String?, String) {
    ("content_block_stop", #"{"type":"content_block_stop","index":\#(index)}"#)
  }

  private static func end(_ reason: String) -> (String?, String) {
    (
      "message_delta",
      #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)","stop_sequence":null},"usage":{"output_tokens":7}}"#
    )
  }

  private static func error(_ type: String, _ message: String) -> String {
    #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"},"request_id":"req"}"#
  }
}
