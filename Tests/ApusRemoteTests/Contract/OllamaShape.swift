import ApusCore
import ApusJSON

extension Shape {
  static let ollama = Shape(
    sources: [
      "https://github.com/ollama/ollama/blob/main/docs/api.md",
      "https://docs.ollama.com/api/chat", "https://docs.ollama.com/api/errors",
    ],
    path: "/api/chat",
    stream: lines([
      message(#""content":"","thinking":"Hm.""#), message(#""content":"Hel""#),
      message(#""content":"lo w""#), message(#""content":"örld""#), end(#""content":"""#),
    ]),
    whole: Reply(
      "application/json; charset=utf-8", end(#""content":"Hello wörld","thinking":"Hm.""#)),
    toolStream: lines([
      message(
        #""content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Köln"}}}]"#),
      message(#""content":"","tool_calls":[{"function":{"name":"clock","arguments":{}}}]"#),
      end(#""content":"""#),
    ]),
    toolWhole: Reply(
      "application/json",
      end(
        #""content":"","tool_calls":[{"function":{"name":"weather","arguments":{"city":"Köln"}}},"#
          + #"{"function":{"name":"clock","arguments":{}}}]"#)),
    namesCalls: false,
    usage: .expected(cached: 0),
    errors: [
      Failure(400, #"{"error":"invalid options: x"}"#, .invalidRequest),
      Failure(
        400, #"{"error":"prompt is too long: exceeds the context length"}"#, .contextOverflow),
      Failure(401, #"{"error":"unauthorized"}"#, .authentication),
      Failure(402, #"{"error":"payment required"}"#, .authentication),
      Failure(403, #"{"error":"forbidden"}"#, .authentication),
      Failure(404, #"{"error":"model 'm-1' not found"}"#, .modelNotFound),
      Failure(429, #"{"error":"too many requests"}"#, .rateLimited),
      Failure(500, #"{"error":"an error was encountered while running the model"}"#, .upstream),
      Failure(502, #"{"error":"upstream unreachable"}"#, .upstream),
      Failure(503, #"{"error":"server busy"}"#, .upstream),
    ],
    errorInside: lines([
      message(#""content":"Hel""#),
      #"{"error":"an error was encountered while running the model"}"#,
    ]),
    errorInsideCode: .badResponse,
    expected: #"""
      {"model":"m-1","stream":true,
      "messages":[{"role":"system","content":"Be terse."},{"role":"user","content":"Weather in Köln?"},
        {"role":"assistant","content":"","tool_calls":[{"function":{"name":"weather",
          "arguments":{"city":"Köln"}}}]},
        {"role":"tool","tool_name":"weather","content":"12 degrees"},
        {"role":"user","content":"And the time?"}],
      "options":{"temperature":0.0,"num_predict":64,"top_p":0.5,"top_k":5,"stop":["END"],"seed":7},
      "tools":[{"type":"function","function":{"name":"weather","description":"The weather of a city.",
        "parameters":\#(Question.schema)}}]}
      """#)

  private static func message(_ members: String) -> String {
    #"{"model":"m-1","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant",\#(members)},"done":false}"#
  }

  private static func end(_ members: String) -> String {
    #"{"model":"m-1","message":{"role":"assistant",\#(members)},"done":true,"done_reason":"stop","#
      + #""total_duration":1,"prompt_eval_count":20,"prompt_eval_duration":1,"eval_count":7,"eval_duration":1}"#
  }

  private static func lines(_ lines: [String]) -> Reply {
    Reply("application/x-ndjson", lines.joined(separator: "\n") + "\n")
  }
}
