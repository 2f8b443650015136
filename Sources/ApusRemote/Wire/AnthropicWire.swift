import ApusCore
import ApusJSON

/// Anthropic's Messages (https://docs.claude.com/en/api/messages, …/build-with-claude/streaming).
struct AnthropicWire: Wire {
  static let fields = RequestFields([
    .temperature: "temperature", .topP: "top_p", .topK: "top_k", .maxTokens: "max_tokens",
    .stop: "stop_sequences",
  ])

  func call(_ request: Request, _ target: WireTarget) throws(ApusError) -> WireCall {
    let conversation = Conversation(request.prompt)
    var object: JSONObject = [
      "model": .string(target.model),
      "messages": conversation.messages(Self.block),
    ]
    if !conversation.instructions.isEmpty {
      object["system"] = .string(conversation.instructions.joined(separator: "\n\n"))
    }
    var options = target.fields.members(request.options)
    // Newer models refuse both at once, and temperatures above 1 are refused by all.
    if request.options.temperature == nil, request.options.topP != nil {
      options["temperature"] = nil
    } else if let temperature = options["temperature"]?.double, temperature > 1 {
      options["temperature"] = 1
    }
    object.add(options)
    let tools = try ToolDeclaration.all(request)
    if !tools.isEmpty {
      object["tools"] = .array(tools.map { .object($0.object(schemaName: "input_schema")) })
    }
    object["stream"] = true
    return WireCall(path: "/messages", body: .object(object))
  }

  private static func block(_ part: Conversation.Part) -> JSON {
    switch part {
    case .text(let text): ["type": "text", "text": .string(text)]
    case .call(let call):
      [
        "type": "tool_use", "id": .string(call.id), "name": .string(call.name),
        "input": call.argumentObject,
      ]
    case .result(let id, _, let text):
      ["type": "tool_result", "tool_use_id": .string(id), "content": .string(text)]
    }
  }

  func reader() -> any WireReader { AnthropicReader() }
}

private struct AnthropicReader: WireReader {
  var answer = Answer()
  /// Of the prompt: neither read from the cache nor written to it.
  private var freshTokens = 0

  private static let reasons: [String: FinishReason] = [
    "end_turn": .stop, "stop_sequence": .stop, "pause_turn": .stop, "max_tokens": .length,
    "model_context_window_exceeded": .length, "tool_use": .toolCalls, "refusal": .contentFilter,
  ]

  /// The statuses of the errors that come inside a stream.
  static let statuses = [
    "invalid_request_error": 400, "authentication_error": 401, "billing_error": 402,
    "permission_error": 403, "not_found_error": 404, "request_too_large": 413,
    "rate_limit_error": 429, "api_error": 500, "timeout_error": 504, "overloaded_error": 529,
  ]

  mutating func read(_ frame: Frame) throws {
    guard let json = frame.json else { return }
    let index = json["index"]?.integer ?? 0
    switch json["type"]?.string ?? frame.name {
    case "message_start": read(usage: json["message"]?["usage"])
    case "content_block_start": read(block: json["content_block"] ?? .null, at: index)
    case "content_block_delta":
      let delta = json["delta"]
      answer.append(text: delta?["text"]?.string)
      answer.append(reasoning: delta?["thinking"]?.string)
      answer.append(arguments: delta?["partial_json"]?.string, toCallAt: index)
    case "message_delta":
      read(reason: json["delta"]?["stop_reason"])
      read(usage: json["usage"])
    case "message_stop": answer.isDone = true
    case "error": try fail(json)
    default: break
    }
  }

  mutating func read(whole json: JSON) throws {
    if json["type"] == "error" { try fail(json) }
    for (index, block) in (json["content"]?.array ?? []).enumerated() {
      read(block: block, at: index)
      answer.append(arguments: block["input"]?.serialized(), toCallAt: index)
    }
    read(reason: json["stop_reason"])
    read(usage: json["usage"])
  }

  private mutating func read(block: JSON, at index: Int) {
    answer.append(text: block["text"]?.string)
    answer.append(reasoning: block["thinking"]?.string)
    guard block["type"] == "tool_use" else { return }
    answer.beginCall(at: index, id: block["id"]?.string, name: block["name"]?.string)
  }

  private mutating func read(reason: JSON?) {
    if let word = reason?.string { answer.reason = .named(word, Self.reasons) }
  }

  /// Anthropic counts the tokens of the cache apart; ours are all of the prompt's.
  private mutating func read(usage: JSON?) {
    guard let usage else { return }
    freshTokens = usage["input_tokens"]?.integer ?? freshTokens
    answer.usage.cachedTokens =
      usage["cache_read_input_tokens"]?.integer ?? answer.usage.cachedTokens
    answer.usage.cacheWriteTokens =
      usage["cache_creation_input_tokens"]?.integer ?? answer.usage.cacheWriteTokens
    answer.usage.completionTokens =
      usage["output_tokens"]?.integer ?? answer.usage.completionTokens
    answer.usage.promptTokens =
      [
        freshTokens, answer.usage.cachedTokens, answer.usage.cacheWriteTokens,
      ].sumWithinBounds
  }

  private func fail(_ json: JSON) throws {
    let type = json["error"]?["type"]?.string ?? ""
    throw RemoteFailure(status: Self.statuses[type] ?? 200, json: json)
  }
}

extension [Int] {
  /// Upstreams may write any number.
  var sumWithinBounds: Int {
    reduce(0) { sum, value in
      let (result, overflow) = sum.addingReportingOverflow(Swift.max(0, value))
      return overflow ? .max : result
    }
  }
}
