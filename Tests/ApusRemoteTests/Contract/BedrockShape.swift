import ApusCore
import ApusJSON
import ApusRemote

extension Shape {
  static let bedrock = Shape(
    sources: [
      "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html",
      "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html",
      "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html",
      "https://smithy.io/2.0/aws/amazon-eventstream.html",
    ],
    path: "/model/m-1/converse-stream",
    stream: messages([
      ("messageStart", #"{"role":"assistant"}"#),
      delta(0, #"{"reasoningContent":{"text":"Hm."}}"#),
      delta(0, #"{"reasoningContent":{"signature":"abc"}}"#), stop(0),
      delta(1, #"{"text":"Hel"}"#), delta(1, #"{"text":"lo w"}"#), delta(1, #"{"text":"örld"}"#),
      stop(1), ("messageStop", #"{"stopReason":"end_turn"}"#), metadata,
    ]),
    whole: .json(
      #"{"output":{"message":{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"Hm."}}},"#
        + #"{"text":"Hello wörld"}]}},"stopReason":"end_turn","usage":\#(usage),"metrics":{"latencyMs":1}}"#
    ),
    toolStream: messages([
      ("messageStart", #"{"role":"assistant"}"#),
      (
        "contentBlockStart",
        #"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"c1","name":"weather"}}}"#
      ),
      delta(0, #"{"toolUse":{"input":"{\"city\":"}}"#),
      delta(0, #"{"toolUse":{"input":"\"Köln\"}"}}"#), stop(0),
      (
        "contentBlockStart",
        #"{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"c2","name":"clock"}}}"#
      ),
      delta(1, #"{"toolUse":{"input":"{}"}}"#), stop(1),
      ("messageStop", #"{"stopReason":"tool_use"}"#), metadata,
    ]),
    toolWhole: .json(
      #"{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"weather","#
        + #""input":{"city":"Köln"}}},{"toolUse":{"toolUseId":"c2","name":"clock","input":{}}}]}},"#
        + #""stopReason":"tool_use","usage":\#(usage)}"#),
    usage: .expected(cacheWrite: 6),
    errors: [
      failure(
        400, "ValidationException", "Input is too long for requested model.", .contextOverflow),
      failure(
        400, "ValidationException", "The provided model identifier is invalid.", .modelNotFound),
      failure(400, "ValidationException", "Malformed input request.", .invalidRequest),
      failure(
        401, "UnrecognizedClientException", "The security token is invalid.", .authentication),
      failure(402, "PaymentRequired", "Payment required.", .authentication),
      failure(403, "AccessDeniedException", "You don't have access.", .authentication),
      failure(404, "ResourceNotFoundException", "Not there.", .modelNotFound),
      failure(408, "ModelTimeoutException", "Too slow.", .timeout),
      failure(424, "ModelErrorException", "The model failed.", .upstream),
      failure(429, "ThrottlingException", "Too many requests.", .rateLimited),
      failure(500, "InternalServerException", "It broke.", .upstream),
      failure(503, "ServiceUnavailableException", "Not now.", .upstream),
    ],
    errorInside: messages(
      [("messageStart", #"{"role":"assistant"}"#), delta(0, #"{"text":"Hel"}"#)],
      exception: ("throttlingException", #"{"message":"Too many tokens a minute."}"#)),
    errorInsideCode: .rateLimited,
    expected: #"""
      {"system":[{"text":"Be terse."}],
      "messages":[{"role":"user","content":[{"text":"Weather in Köln?"}]},
        {"role":"assistant","content":[{"toolUse":{"toolUseId":"c1","name":"weather",
          "input":{"city":"Köln"}}}]},
        {"role":"user","content":[{"toolResult":{"toolUseId":"c1","content":[{"text":"12 degrees"}]}},
          {"text":"And the time?"}]}],
      "toolConfig":{"tools":[{"toolSpec":{"name":"weather","description":"The weather of a city.",
        "inputSchema":{"json":\#(Question.schema)}}}]},
      "inferenceConfig":{"temperature":0.0,"maxTokens":64,"topP":0.5,"stopSequences":["END"]}}
      """#)

  /// 10 tokens by themselves, 4 out of the cache, 6 into it.
  private static let usage =
    #"{"inputTokens":10,"outputTokens":7,"totalTokens":27,"cacheReadInputTokens":4,"cacheWriteInputTokens":6}"#
  private static let metadata = (
    "metadata", #"{"usage":\#(usage),"metrics":{"latencyMs":1}}"#
  )

  private static func delta(_ index: Int, _ json: String) -> (String, String) {
    ("contentBlockDelta", #"{"contentBlockIndex":\#(index),"delta":\#(json)}"#)
  }

  private static func stop(_ index: Int) -> (String, String) {
    ("contentBlockStop", #"{"contentBlockIndex":\#(index)}"#)
  }

  private static func failure(
    _ status: Int, _ type: String, _ message: String, _ code: ApusError.Code
  ) -> Failure {
    Failure(
      status, #"{"message":"\#(message)"}"#, code,
      headers: ["x-amzn-ErrorType": "\(type):http://internal.amazon.com/"])
  }

  private static func messages(
    _ events: [(String, String)], exception: (String, String)? = nil
  ) -> Reply {
    var bytes = events.flatMap { name, payload in
      AmazonMessage.bytes(
        [
          (":event-type", name), (":content-type", "application/json"), (":message-type", "event"),
        ], payload)
    }
    if let exception {
      bytes += AmazonMessage.bytes(
        [
          (":exception-type", exception.0), (":content-type", "application/json"),
          (":message-type", "exception"),
        ], exception.1)
    }
    return Reply("application/vnd.amazon.eventstream", bytes: bytes)
  }
}

/// Writes messages of Amazon's event streams.
enum AmazonMessage {
  static func bytes(_ headers: [(String, String)], _ payload: String) -> [UInt8] {
    var fields: [UInt8] = []
    for (name, value) in headers {
      fields.append(UInt8(name.utf8.count))
      fields += Array(name.utf8) + [7]
      fields += integer(value.utf8.count).suffix(2)
      fields += Array(value.utf8)
    }
    let body = Array(payload.utf8)
    var message = integer(fields.count + body.count + 16) + integer(fields.count)
    message += integer(Int(CRC32.of(message)))
    message += fields + body
    return message + integer(Int(CRC32.of(message)))
  }

  private static func integer(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }
}
