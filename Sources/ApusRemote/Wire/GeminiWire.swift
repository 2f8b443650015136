import ApusCore
import ApusJSON

/// `streamGenerateContent` of Gemini and of Vertex (https://ai.google.dev/api/generate-content,
/// https://ai.google.dev/gemini-api/docs/function-calling).
struct GeminiWire: Wire {
  static let fields = RequestFields([
    .temperature: "temperature", .topP: "topP", .topK: "topK",
    .presencePenalty: "presencePenalty", .frequencyPenalty: "frequencyPenalty",
    .maxTokens: "maxOutputTokens", .stop: "stopSequences", .seed: "seed",
  ])

  func call(_ request: Request, _ target: WireTarget) throws(ApusError) -> WireCall {
    let conversation = Conversation(request.prompt)
    var object: JSONObject = [
      "contents": conversation.messages(
        assistant: "model", partsNamed: "parts", Self.part)
    ]
    if !conversation.instructions.isEmpty {
      object["systemInstruction"] = [
        "parts": .array(conversation.instructions.map { ["text": .string($0)] })
      ]
    }
    let tools = try ToolDeclaration.all(request)
    if !tools.isEmpty {
      object["tools"] = [
        [
          "functionDeclarations": .array(
            tools.map { .object($0.object(schemaName: "parametersJsonSchema")) })
        ]
      ]
    }
    var options = target.fields.members(request.options)
    // An int32 there.
    if let seed = options["seed"]?.integer { options["seed"] = .integer(seed & 0x7FFF_FFFF) }
    object["generationConfig"] = .object(options)
    let name = target.model.hasPrefix("models/") ? String(target.model.dropFirst(7)) : target.model
    return WireCall(
      path: "/models/\(pathPart(name)):streamGenerateContent?alt=sse", body: .object(object))
  }

  private static func part(_ part: Conversation.Part) -> JSON {
    switch part {
    case .text(let text): ["text": .string(text)]
    case .call(let call):
      ["functionCall": ["name": .string(call.name), "args": call.argumentObject]]
    case .result(_, let name, let text):
      [
        "functionResponse": [
          "name": .string(name),
          // An object there; a tool may write anything.
          "response": JSON(objectIn: text, orUnder: "result"),
        ]
      ]
    }
  }

  func reader() -> any WireReader { GeminiReader() }
}

private struct GeminiReader: WireReader {
  var answer = Answer()
  private var callCount = 0

  private static let reasons: [String: FinishReason] = [
    "STOP": .stop, "MAX_TOKENS": .length, "SAFETY": .contentFilter, "RECITATION": .contentFilter,
    "LANGUAGE": .contentFilter, "BLOCKLIST": .contentFilter, "SPII": .contentFilter,
    "PROHIBITED_CONTENT": .contentFilter, "IMAGE_SAFETY": .contentFilter,
  ]
  /// The model wrote something that cannot be used.
  private static let failures = ["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"]

  mutating func read(_ frame: Frame) throws {
    if let json = frame.json { try read(whole: json) }
  }

  mutating func read(whole json: JSON) throws {
    // Without `alt=sse` the stream is an array of the same chunks.
    if let chunks = json.array {
      for chunk in chunks { try read(whole: chunk) }
      return
    }
    if let error = json["error"], !error.isNull { throw RemoteFailure(inside: json) }
    if let usage = json["usageMetadata"] { read(usage) }
    if json["promptFeedback"]?["blockReason"]?.string != nil { answer.reason = .contentFilter }
    guard let candidate = json["candidates"]?[0] else { return }
    for part in candidate["content"]?["parts"]?.array ?? [] {
      if part["thought"] == true {
        answer.append(reasoning: part["text"]?.string)
      } else {
        answer.append(text: part["text"]?.string)
      }
      if let call = part["functionCall"] {
        answer.append(
          ToolCallDelta(
            index: callCount, id: call["id"]?.string ?? "call_\(callCount)",
            name: call["name"]?.string, arguments: (call["args"] ?? [:]).serialized()))
        callCount += 1
      }
    }
    guard let word = candidate["finishReason"]?.string else { return }
    guard !Self.failures.contains(word) else {
      throw RemoteFailure(status: 200, message: "the model's call of a tool is broken", code: word)
    }
    answer.reason = .named(word, Self.reasons)
  }

  /// Thoughts are counted apart from the answer there.
  private mutating func read(_ usage: JSON) {
    func tokens(_ name: String) -> Int { usage[name]?.integer ?? 0 }
    func audio(_ name: String) -> Int {
      (usage[name]?.array ?? []).first { $0["modality"] == "AUDIO" }?["tokenCount"]?.integer ?? 0
    }
    answer.usage.promptTokens =
      [
        tokens("promptTokenCount"), tokens("toolUsePromptTokenCount"),
      ].sumWithinBounds
    answer.usage.cachedTokens = tokens("cachedContentTokenCount")
    answer.usage.reasoningTokens = tokens("thoughtsTokenCount")
    answer.usage.completionTokens =
      [
        tokens("candidatesTokenCount"), tokens("thoughtsTokenCount"),
      ].sumWithinBounds
    answer.usage.audioPromptTokens = audio("promptTokensDetails")
    answer.usage.audioCompletionTokens = audio("candidatesTokensDetails")
  }
}
