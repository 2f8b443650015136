import ApusCore
import ApusJSON

extension Shape {
  static let cohere = Shape(
    sources: [
      "https://docs.cohere.com/reference/chat", "https://docs.cohere.com/reference/chat-stream",
      "https://docs.cohere.com/v2/docs/streaming", "https://docs.cohere.com/reference/errors",
    ],
    path: "/chat",
    stream: .events([
      event("message-start", #""id":"x","delta":{"message":{"role":"assistant","content":[]}}"#),
      event(
        "content-start",
        #""index":0,"delta":{"message":{"content":{"type":"thinking","thinking":""}}}"#),
      event("content-delta", #""index":0,"delta":{"message":{"content":{"thinking":"Hm."}}}"#),
      event("content-end", #""index":0"#),
      event(
        "content-start", #""index":1,"delta":{"message":{"content":{"type":"text","text":""}}}"#),
      event("content-delta", #""index":1,"delta":{"message":{"content":{"text":"Hel"}}}"#),
      event("content-delta", #""index":1,"delta":{"message":{"content":{"text":"lo w"}}}"#),
      event("content-delta", #""index":1,"delta":{"message":{"content":{"text":"örld"}}}"#),
      event("content-end", #""index":1"#), end("COMPLETE"),
    ]),
    whole: .json(
      #"{"id":"x","finish_reason":"COMPLETE","message":{"role":"assistant","content":[{"type":"thinking","#
        + #""thinking":"Hm."},{"type":"text","text":"Hello wörld"}]},"usage":\#(usage)}"#),
    toolStream: .events([
      event("message-start", #""id":"x","delta":{"message":{"role":"assistant"}}"#),
      event("tool-plan-delta", #""delta":{"message":{"tool_plan":"I look."}}"#),
      event(
        "tool-call-start",
        #""index":0,"delta":{"message":{"tool_calls":{"id":"c1","type":"function","function":{"name":"weather","arguments":""}}}}"#
      ),
      call(0, #"{\"city\":"#), call(0, #"\"Köln\"}"#), event("tool-call-end", #""index":0"#),
      event(
        "tool-call-start",
        #""index":1,"delta":{"message":{"tool_calls":{"id":"c2","type":"function","function":{"name":"clock","arguments":""}}}}"#
      ),
      call(1, "{}"), event("tool-call-end", #""index":1"#), end("TOOL_CALL"),
    ]),
    toolWhole: .json(
      #"{"finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_plan":"I look.","tool_calls":[{"id":"c1","#
        + #""type":"function","function":{"name":"weather","arguments":"{\"city\":\"Köln\"}"}},{"id":"c2","#
        + #""type":"function","function":{"name":"clock","arguments":"{}"}}]},"usage":\#(usage)}"#),
    usage: .expected(),
    errors: [
      Failure(400, #"{"message":"too many tokens: size limit exceeded"}"#, .contextOverflow),
      Failure(400, #"{"message":"invalid request: messages is required"}"#, .invalidRequest),
      Failure(401, #"{"message":"invalid api token"}"#, .authentication),
      Failure(402, #"{"message":"the billing limit has been reached"}"#, .authentication),
      Failure(403, #"{"message":"not permitted"}"#, .authentication),
      Failure(404, #"{"message":"model 'm-1' not found"}"#, .modelNotFound),
      Failure(
        429, #"{"message":"You are using a Trial key, limited to 20 calls a minute."}"#,
        .rateLimited),
      Failure(498, #"{"message":"invalid token"}"#, .authentication),
      Failure(500, #"{"message":"internal server error"}"#, .upstream),
      Failure(503, #"{"message":"try again"}"#, .upstream),
    ],
    errorInside: .events([
      event("content-delta", #""index":0,"delta":{"message":{"content":{"text":"Hel"}}}"#),
      event(
        "message-end", #""delta":{"finish_reason":"ERROR","error":"It broke.","usage":\#(usage)}"#),
    ]),
    errorInsideCode: .upstream,
    expected: #"""
      {"model":"m-1","stream":true,"p":0.5,"k":5,"stop_sequences":["END"],"seed":7,
      "max_tokens":64,
      "messages":[{"role":"system","content":"Be terse."},{"role":"user","content":"Weather in Köln?"},
        {"role":"assistant","tool_calls":[{"id":"c1","type":"function",
          "function":{"name":"weather","arguments":"{\"city\":\"Köln\"}"}}]},
        {"role":"tool","content":"12 degrees","tool_call_id":"c1"},
        {"role":"user","content":"And the time?"}],
      "tools":[{"type":"function","function":{"name":"weather","description":"The weather of a city.",
        "parameters":\#(Question.schema)}}]}
      """#)

  private static let usage =
    #"{"billed_units":{"input_tokens":15,"output_tokens":7},"tokens":{"input_tokens":20,"output_tokens":7},"cached_tokens":4}"#

  private static func event(_ name: String, _ members: String) -> (String?, String) {
    (name, #"{"type":"\#(name)",\#(members)}"#)
  }

  private static func call(_ index: Int, _ arguments: String) -> (String?, String) {
    event(
      "tool-call-delta",
      #""index":\#(index),"delta":{"message":{"tool_calls":{"function":{"arguments":"\#(arguments)"}}}}"#
    )
  }

  private static func end(_ reason: String) -> (String?, String) {
    event("message-end", #""delta":{"finish_reason":"\#(reason)","usage":\#(usage)}"#)
  }
}
