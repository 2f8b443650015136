import ApusCore
import ApusJSON

/// Converse of Amazon Bedrock
/// (https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html).
struct BedrockWire: Wire {
  static let fields = RequestFields([
    .temperature: "temperature", .topP: "topP", .maxTokens: "maxTokens", .stop: "stopSequences",
  ])

  func call(_ request: Request, _ target: WireTarget) throws(ApusError) -> WireCall {
    let conversation = Conversation(request.prompt)
    var object: JSONObject = [
      "messages": conversation.messages(Self.block),
      "inferenceConfig": .object(target.fields.members(request.options)),
    ]
    if !conversation.instructions.isEmpty {
      object["system"] = .array(conversation.instructions.map { ["text": .string($0)] })
    }
    let tools = try ToolDeclaration.all(request)
    if !tools.isEmpty {
      object["toolConfig"] = ["tools": .array(tools.map(Self.tool))]
    }
    // An identifier holds colons, in an ARN slashes too: escaped, so that what is signed is what
    // Amazon reads.
    return WireCall(
      path: "/model/\(pathPart(target.model))/converse-stream", body: .object(object))
  }

  private static func tool(_ tool: ToolDeclaration) -> JSON {
    var object = tool.object(schemaName: "inputSchema")
    object["inputSchema"] = ["json": tool.parameters]
    return ["toolSpec": .object(object)]
  }

  private static func block(_ part: Conversation.Part) -> JSON {
    switch part {
    case .text(let text): ["text": .string(text)]
    case .call(let call):
      [
        "toolUse": [
          "toolUseId": .string(call.id), "name": .string(call.name), "input": call.argumentObject,
        ]
      ]
    case .result(let id, _, let text):
      ["toolResult": ["toolUseId": .string(id), "content": [["text": .string(text)]]]]
    }
  }

  func reader() -> any WireReader { BedrockReader() }
}

private struct BedrockReader: WireReader {
  var answer = Answer()

  private static let reasons: [String: FinishReason] = [
    "end_turn": .stop, "stop_sequence": .stop, "max_tokens": .length,
    "model_context_window_exceeded": .length, "tool_use": .toolCalls,
    "guardrail_intervened": .contentFilter, "content_filtered": .contentFilter,
  ]
  /// The statuses that these errors have where they come as responses.
  private static let statuses = [
    "validationexception": 400, "accessdeniedexception": 403, "resourcenotfoundexception": 404,
    "modeltimeoutexception": 408, "modelerrorexception": 424, "modelstreamerrorexception": 424,
    "throttlingexception": 429, "modelnotreadyexception": 429, "internalserverexception": 500,
    "serviceunavailableexception": 503,
  ]

  mutating func read(_ frame: Frame) throws {
    if frame.isException {
      let status = Self.statuses[frame.name.lowercased()] ?? 200
      var failure = RemoteFailure(status: status, json: frame.json ?? .string(frame.data))
      failure.code = frame.name
      throw failure
    }
    guard let json = frame.json else { return }
    let index = json["contentBlockIndex"]?.integer ?? 0
    switch frame.name {
    case "contentBlockStart":
      if let use = json["start"]?["toolUse"] { begin(use, at: index) }
    case "contentBlockDelta":
      let delta = json["delta"]
      answer.append(text: delta?["text"]?.string)
      answer.append(reasoning: delta?["reasoningContent"]?["text"]?.string)
      answer.append(arguments: delta?["toolUse"]?["input"]?.string, toCallAt: index)
    case "messageStop": read(reason: json["stopReason"])
    case "metadata":
      read(usage: json["usage"])
      answer.isDone = true
    default: break
    }
  }

  mutating func read(whole json: JSON) throws {
    for (index, block) in (json["output"]?["message"]?["content"]?.array ?? []).enumerated() {
      answer.append(text: block["text"]?.string)
      answer.append(reasoning: block["reasoningContent"]?["reasoningText"]?["text"]?.string)
      if let use = block["toolUse"] {
        begin(use, at: index)
        answer.append(arguments: (use["input"] ?? [:]).serialized(), toCallAt: index)
      }
    }
    read(reason: json["stopReason"])
    read(usage: json["usage"])
  }

  private mutating func begin(_ use: JSON, at index: Int) {
    answer.beginCall(at: index, id: use["toolUseId"]?.string, name: use["name"]?.string)
  }

  private mutating func read(reason: JSON?) {
    if let word = reason?.string { answer.reason = .named(word, Self.reasons) }
  }

  /// Tokens of the cache are counted apart from those of the input.
  private mutating func read(usage: JSON?) {
    guard let usage else { return }
    func tokens(_ name: String) -> Int { usage[name]?.integer ?? 0 }
    answer.usage.cachedTokens = tokens("cacheReadInputTokens")
    answer.usage.cacheWriteTokens = tokens("cacheWriteInputTokens")
    answer.usage.promptTokens =
      [
        tokens("inputTokens"), answer.usage.cachedTokens, answer.usage.cacheWriteTokens,
      ].sumWithinBounds
    answer.usage.completionTokens = tokens("outputTokens")
  }
}
