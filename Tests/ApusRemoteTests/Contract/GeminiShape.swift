import ApusCore
import ApusJSON

extension Shape {
  static let gemini = Shape(
    sources: [
      "https://ai.google.dev/api/generate-content",
      "https://ai.google.dev/gemini-api/docs/function-calling",
      "https://ai.google.dev/gemini-api/docs/troubleshooting",
      "https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference",
    ],
    path: "/models/m-1:streamGenerateContent?alt=sse",
    stream: .events([
      (nil, chunk(#"{"text":"Hm.","thought":true}"#)), (nil, chunk(#"{"text":"Hel"}"#)),
      (nil, chunk(#"{"text":"lo w"}"#)),
      (nil, chunk(#"{"text":"örld"}"#, #","finishReason":"STOP""#, usage)),
    ]),
    whole: .json(
      chunk(
        #"{"text":"Hm.","thought":true},{"text":"Hello wörld"}"#, #","finishReason":"STOP""#, usage)
    ),
    toolStream: .events([
      (nil, chunk(#"{"functionCall":{"name":"weather","args":{"city":"Köln"}}}"#)),
      (
        nil,
        chunk(
          #"{"functionCall":{"name":"clock","args":{}}}"#, #","finishReason":"STOP""#, usage)
      ),
    ]),
    toolWhole: .json(
      chunk(
        #"{"functionCall":{"name":"weather","args":{"city":"Köln"}}},{"functionCall":{"name":"clock"}}"#,
        #","finishReason":"STOP""#, usage)),
    namesCalls: false,
    usage: .expected(reasoning: 3),
    errors: [
      Failure(
        400,
        error(
          400, "INVALID_ARGUMENT",
          "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
        .contextOverflow),
      Failure(
        400,
        error(
          400, "INVALID_ARGUMENT", "API key not valid.",
          #"[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]"#),
        .authentication),
      Failure(401, error(401, "UNAUTHENTICATED", "No credentials."), .authentication),
      Failure(402, error(402, "FAILED_PRECONDITION", "Billing is off."), .authentication),
      Failure(403, error(403, "PERMISSION_DENIED", "No."), .authentication),
      Failure(404, error(404, "NOT_FOUND", "models/m-1 is not found"), .modelNotFound),
      Failure(
        429,
        error(
          429, "RESOURCE_EXHAUSTED", "Quota exceeded.",
          #"[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]"#),
        .rateLimited, retryAfter: .milliseconds(34_500)),
      Failure(
        429, "[" + error(429, "RESOURCE_EXHAUSTED", "Quota exceeded.") + "]", .rateLimited),
      Failure(500, error(500, "INTERNAL", "It broke."), .upstream),
      Failure(503, error(503, "UNAVAILABLE", "The model is overloaded."), .upstream),
    ],
    errorInside: .events([
      (nil, chunk(#"{"text":"Hel"}"#)), (nil, error(503, "UNAVAILABLE", "Overloaded.")),
    ]),
    errorInsideCode: .upstream,
    expected: #"""
      {"systemInstruction":{"parts":[{"text":"Be terse."}]},
      "contents":[{"role":"user","parts":[{"text":"Weather in Köln?"}]},
        {"role":"model","parts":[{"functionCall":{"name":"weather","args":{"city":"Köln"}}}]},
        {"role":"user","parts":[{"functionResponse":{"name":"weather",
          "response":{"result":"12 degrees"}}},{"text":"And the time?"}]}],
      "tools":[{"functionDeclarations":[{"name":"weather","description":"The weather of a city.",
        "parametersJsonSchema":\#(Question.schema)}]}],
      "generationConfig":{"temperature":0.0,"maxOutputTokens":64,"topP":0.5,"topK":5,
        "stopSequences":["END"],"seed":7}}
      """#)

  private static let usage =
    #","usageMetadata":{"promptTokenCount":20,"cachedContentTokenCount":4,"candidatesTokenCount":4,"#
    + #""thoughtsTokenCount":3,"totalTokenCount":27}"#

  private static func chunk(
    _ parts: String, _ reason: String = "", _ usage: String = ""
  ) -> String {
    #"{"candidates":[{"content":{"role":"model","parts":[\#(parts)]}\#(reason),"index":0}]\#(usage)}"#
  }

  private static func error(
    _ code: Int, _ status: String, _ message: String, _ details: String = "[]"
  ) -> String {
    #"{"error":{"code":\#(code),"message":"\#(message)","status":"\#(status)","details":\#(details)}}"#
  }
}
