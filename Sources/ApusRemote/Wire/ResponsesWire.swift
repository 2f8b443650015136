import ApusCore
import ApusJSON

/// OpenAI's Responses (https://platform.openai.com/docs/api-reference/responses,
/// …/responses-streaming).
struct ResponsesWire: Wire {
  static let fields = RequestFields([
    .temperature: "temperature", .topP: "top_p", .maxTokens: "max_output_tokens",
  ])

  func call(_ request: Request, _ target: WireTarget) throws(ApusError) -> WireCall {
    let conversation = Conversation(request.prompt)
    var object: JSONObject = [
      "model": .string(target.model),
      "input": .array(conversation.turns.flatMap(Self.items)),
    ]
    if !conversation.instructions.isEmpty {
      object["instructions"] = .string(conversation.instructions.joined(separator: "\n\n"))
    }
    object.add(target.fields.members(request.options))
    let tools = try ToolDeclaration.all(request)
    if !tools.isEmpty {
      object["tools"] = .array(
        tools.map { tool in
          var tool = tool.object(schemaName: "parameters")
          tool["type"] = "function"
          return .object(tool)
        })
    }
    // Nothing is to stay with the provider.
    object["store"] = false
    object["stream"] = true
    return WireCall(path: "/responses", body: .object(object))
  }

  /// Calls and results are items beside the messages.
  private static func items(_ turn: Conversation.Turn) -> [JSON] {
    turn.parts.map { part in
      switch part {
      case .text(let text):
        [
          "type": "message", "role": turn.isAssistant ? "assistant" : "user",
          "content": .string(text),
        ]
      case .call(let call):
        [
          "type": "function_call", "call_id": .string(call.id), "name": .string(call.name),
          "arguments": .string(call.arguments),
        ]
      case .result(let id, _, let text):
        ["type": "function_call_output", "call_id": .string(id), "output": .string(text)]
      }
    }
  }

  func reader() -> any WireReader { ResponsesReader() }
}

private struct ResponsesReader: WireReader {
  var answer = Answer()

  private static let reasons: [String: FinishReason] = [
    "max_output_tokens": .length, "max_tokens": .length, "content_filter": .contentFilter,
  ]

  mutating func read(_ frame: Frame) throws {
    guard let json = frame.json else { return }
    let index = json["output_index"]?.integer ?? 0
    switch json["type"]?.string ?? frame.name {
    case "response.output_text.delta", "response.refusal.delta":
      answer.append(text: json["delta"]?.string)
    case "response.reasoning_text.delta", "response.reasoning_summary_text.delta":
      answer.append(reasoning: json["delta"]?.string)
    case "response.output_item.added":
      guard let item = json["item"], item["type"] == "function_call" else { return }
      begin(call: item, at: index)
    case "response.function_call_arguments.delta":
      answer.append(arguments: json["delta"]?.string, toCallAt: index)
    case "response.output_item.done":
      // Upstreams that do not stream the arguments have them here only.
      guard let item = json["item"], item["type"] == "function_call", !answer.hasCall(at: index)
      else { return }
      begin(call: item, at: index)
    case "response.completed", "response.incomplete", "response.failed":
      try finish(json["response"] ?? .null)
      answer.isDone = true
    case "error": throw RemoteFailure(inside: json)
    default:
      if let error = json["error"], !error.isNull { throw RemoteFailure(inside: json) }
    }
  }

  mutating func read(whole json: JSON) throws {
    for (index, item) in (json["output"]?.array ?? []).enumerated() {
      switch item["type"]?.string {
      case "function_call": begin(call: item, at: index)
      case "reasoning":
        for part in item["summary"]?.array ?? [] { answer.append(reasoning: part["text"]?.string) }
      default:
        for part in item["content"]?.array ?? [] {
          answer.append(text: part["text"]?.string ?? part["refusal"]?.string)
        }
      }
    }
    try finish(json)
  }

  private mutating func begin(call item: JSON, at index: Int) {
    answer.beginCall(
      at: index, id: item["call_id"]?.string ?? item["id"]?.string, name: item["name"]?.string,
      arguments: item["arguments"]?.string ?? "")
  }

  private mutating func finish(_ response: JSON) throws {
    if let error = response["error"], !error.isNull { throw RemoteFailure(inside: response) }
    if let usage = response["usage"] {
      answer.usage.promptTokens = usage["input_tokens"]?.integer ?? 0
      answer.usage.completionTokens = usage["output_tokens"]?.integer ?? 0
      answer.usage.cachedTokens = usage["input_tokens_details"]?["cached_tokens"]?.integer ?? 0
      answer.usage.reasoningTokens =
        usage["output_tokens_details"]?["reasoning_tokens"]?.integer ?? 0
    }
    switch response["status"]?.string {
    case "completed": answer.reason = .stop
    case "incomplete":
      answer.reason = .named(
        response["incomplete_details"]?["reason"]?.string ?? "incomplete", Self.reasons)
    case "failed", "cancelled":
      throw RemoteFailure(status: 200, message: "the upstream gave up", code: "failed")
    default: break
    }
  }
}
