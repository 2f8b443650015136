import ApusCore
import ApusJSON

extension Shape {
  static let openAI = Shape(
    sources: [
      "https://platform.openai.com/docs/api-reference/chat/create",
      "https://platform.openai.com/docs/api-reference/chat-streaming",
      "https://platform.openai.com/docs/guides/error-codes",
    ],
    path: "/chat/completions",
    stream: .events([
      (nil, #"{"choices":[],"prompt_filter_results":[]}"#),
      (nil, #"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#),
      (nil, #"{"choices":[{"index":0,"delta":{"reasoning_content":"Hm."}}]}"#),
      (nil, #"{"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}"#),
      (nil, #"{"choices":[{"index":0,"delta":{"content":"lo w"},"finish_reason":null}]}"#),
      (nil, #"{"choices":[{"index":0,"delta":{"content":"örld"},"finish_reason":null}]}"#),
      (nil, #"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#),
      (nil, #"{"choices":[],"usage":\#(usage)}"#), (nil, "[DONE]"),
    ]),
    whole: .json(
      #"{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","#
        + #""reasoning_content":"Hm.","content":"Hello wörld"},"finish_reason":"stop"}],"#
        + #""usage":\#(usage)}"#),
    toolStream: .events([
      (
        nil,
        #"{"choices":[{"index":0,"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"#
          + #""id":"c1","type":"function","function":{"name":"weather","arguments":""}}]}}]}"#
      ),
      (nil, call(0, #"{\"city\":"#)), (nil, call(0, #"\"Köln\"}"#)),
      (
        nil,
        #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"c2","type":"function","#
          + #""function":{"name":"clock","arguments":"{}"}}]}}]}"#
      ),
      (
        nil, #"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}],"usage":\#(usage)}"#
      ),
      (nil, "[DONE]"),
    ]),
    toolWhole: .json(
      #"{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"c1","#
        + #""type":"function","function":{"name":"weather","arguments":"{\"city\":\"Köln\"}"}},"#
        + #"{"id":"c2","type":"function","function":{"name":"clock","arguments":"{}"}}]},"#
        + #""finish_reason":"tool_calls"}],"usage":\#(usage)}"#),
    usage: .expected(reasoning: 3),
    errors: [
      Failure(
        400,
        error("This model's maximum context length is 8192 tokens.", "context_length_exceeded"),
        .contextOverflow),
      Failure(400, error("Unknown parameter: 'x'.", "unknown_parameter"), .invalidRequest),
      Failure(401, error("Incorrect API key provided.", "invalid_api_key"), .authentication),
      Failure(402, error("Insufficient Balance", "invalid_request_error"), .authentication),
      Failure(403, error("Country not supported.", "unsupported_country"), .authentication),
      Failure(404, error("The model `m` does not exist.", "model_not_found"), .modelNotFound),
      Failure(
        429, error("Rate limit reached.", "rate_limit_exceeded"), .rateLimited,
        headers: ["retry-after": "7"], retryAfter: .seconds(7)),
      Failure(
        429, error("Rate limit reached.", "rate_limit_exceeded"), .rateLimited,
        headers: ["retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"], retryAfter: .zero),
      Failure(500, error("The server had an error.", "server_error"), .upstream),
      Failure(503, error("The engine is overloaded.", "overloaded"), .upstream),
    ],
    errorInside: .events([
      (nil, #"{"choices":[{"index":0,"delta":{"content":"Hel"}}]}"#),
      (nil, #"{"error":{"code":502,"message":"Provider disconnected"},"choices":[]}"#),
    ]),
    errorInsideCode: .upstream,
    expected: #"""
      {"model":"m-1","stream":true,"stop":["END"],"temperature":0.0,"top_p":0.5,
      "messages":[{"role":"system","content":"Be terse."},{"role":"user","content":"Weather in Köln?"},
        {"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function",
          "function":{"name":"weather","arguments":"{\"city\":\"Köln\"}"}}]},
        {"role":"tool","content":"12 degrees","tool_call_id":"c1"},
        {"role":"user","content":"And the time?"}],
      "tools":[{"type":"function","function":{"name":"weather","description":"The weather of a city.",
        "parameters":\#(Question.schema)}}]}
      """#)

  private static let usage =
    #"{"prompt_tokens":20,"completion_tokens":7,"total_tokens":27,"#
    + #""prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}"#

  private static func call(_ index: Int, _ arguments: String) -> String {
    #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":\#(index),"function":{"arguments":"\#(arguments)"}}]}}]}"#
  }

  private static func error(_ message: String, _ code: String) -> String {
    #"{"error":{"message":"\#(message)","type":"some_error","param":null,"code":"\#(code)"}}"#
  }
}

extension Usage {
  /// 20 tokens of the prompt, 4 of them cached, and 7 of the answer.
  static func expected(cached: Int = 4, cacheWrite: Int = 0, reasoning: Int = 0) -> Usage {
    var usage = Usage(promptTokens: 20, completionTokens: 7)
    usage.cachedTokens = cached
    usage.cacheWriteTokens = cacheWrite
    usage.reasoningTokens = reasoning
    return usage
  }
}
