import ApusCore
import ApusJSON

/// Cohere's chat, version 2 (https://docs.cohere.com/reference/chat,
/// https://docs.cohere.com/v2/docs/streaming). Messages and tools have OpenAI's form.
struct CohereWire: Wire {
  static let fields = RequestFields([
    .temperature: "temperature", .topP: "p", .topK: "k", .presencePenalty: "presence_penalty",
    .frequencyPenalty: "frequency_penalty", .maxTokens: "max_tokens", .stop: "stop_sequences",
    .seed: "seed",
  ])

  func call(_ request: Request, _ target: WireTarget) throws(ApusError) -> WireCall {
    let messages: [Message] =
      switch request.prompt {
      case .messages(let messages): messages
      case .text(let text): [.user(text)]
      }
    var object: JSONObject = [
      "model": .string(target.model), "messages": .array(messages.map(Self.message)),
    ]
    object.add(target.fields.members(request.options))
    if !request.tools.isEmpty { object["tools"] = .array(request.tools) }
    object["stream"] = true
    return WireCall(path: "/chat", body: .object(object))
  }

  /// A message that calls tools has no empty text beside them.
  private static func message(_ message: Message) -> JSON {
    var object = message.json.object ?? [:]
    if message.content.isEmpty, message.extra["tool_calls"] != nil { object["content"] = nil }
    object["reasoning_content"] = nil
    object["name"] = nil
    return .object(object)
  }

  func reader() -> any WireReader { CohereReader() }
}

private struct CohereReader: WireReader {
  var answer = Answer()

  private static let reasons: [String: FinishReason] = [
    "COMPLETE": .stop, "STOP_SEQUENCE": .stop, "MAX_TOKENS": .length, "TOOL_CALL": .toolCalls,
    "ERROR_TOXIC": .contentFilter,
  ]
  private static let failures = ["ERROR": 500, "TIMEOUT": 504]

  mutating func read(_ frame: Frame) throws {
    guard let json = frame.json else { return }
    let delta = json["delta"]
    let message = delta?["message"]
    switch json["type"]?.string ?? frame.name {
    case "content-start", "content-delta":
      answer.append(reasoning: message?["content"]?["thinking"]?.string)
      answer.append(text: message?["content"]?["text"]?.string)
    case "tool-plan-delta": answer.append(reasoning: message?["tool_plan"]?.string)
    case "tool-call-start", "tool-call-delta":
      read(call: message?["tool_calls"] ?? .null, at: json["index"]?.integer ?? 0)
    case "message-end":
      try finish(delta ?? .null)
      answer.isDone = true
    default:
      // A bare error object.
      if json["type"] == nil, json["message"]?.string != nil { throw RemoteFailure(inside: json) }
    }
  }

  mutating func read(whole json: JSON) throws {
    let message = json["message"]
    for part in message?["content"]?.array ?? [] {
      answer.append(reasoning: part["thinking"]?.string)
      answer.append(text: part["text"]?.string)
    }
    answer.append(reasoning: message?["tool_plan"]?.string)
    for (index, call) in (message?["tool_calls"]?.array ?? []).enumerated() {
      read(call: call, at: index)
    }
    try finish(json)
  }

  private mutating func read(call: JSON, at index: Int) {
    let function = call["function"]
    answer.append(
      ToolCallDelta(
        index: index, id: call["id"]?.string, name: function?["name"]?.string,
        arguments: function?["arguments"]?.string ?? ""))
  }

  private mutating func finish(_ json: JSON) throws {
    // What was billed leaves out tokens that Cohere adds to the prompt; these count in the context.
    let usage = json["usage"]
    let tokens = usage?["tokens"] ?? usage?["billed_units"]
    answer.usage.promptTokens = tokens?["input_tokens"]?.integer ?? 0
    answer.usage.completionTokens = tokens?["output_tokens"]?.integer ?? 0
    answer.usage.cachedTokens = usage?["cached_tokens"]?.integer ?? 0
    guard let word = json["finish_reason"]?.string else { return }
    if let status = Self.failures[word] {
      throw RemoteFailure(
        status: status, message: json["error"]?.string ?? "the upstream gave up", code: word)
    }
    answer.reason = .named(word, Self.reasons)
  }
}
