import ApusCore
import ApusJSON

/// Ollama's own API: a JSON value a line (https://github.com/ollama/ollama/blob/main/docs/api.md).
struct OllamaWire: Wire {
  static let fields = RequestFields([
    .temperature: "temperature", .topP: "top_p", .topK: "top_k", .minP: "min_p",
    .repeatPenalty: "repeat_penalty", .presencePenalty: "presence_penalty",
    .frequencyPenalty: "frequency_penalty", .maxTokens: "num_predict", .stop: "stop",
    .seed: "seed",
  ])

  func call(_ request: Request, _ target: WireTarget) throws(ApusError) -> WireCall {
    var object: JSONObject = ["model": .string(target.model)]
    var path = "/api/chat"
    switch request.prompt {
    case .text(let text) where target.continuesText:
      path = "/api/generate"
      object["prompt"] = .string(text)
      // Without the model's template.
      object["raw"] = true
    case .text, .messages:
      let conversation = Conversation(request.prompt)
      let instructions: [JSON] = conversation.instructions.map {
        ["role": "system", "content": .string($0)]
      }
      object["messages"] = .array(instructions + conversation.turns.flatMap(Self.messages))
    }
    if !request.tools.isEmpty { object["tools"] = .array(request.tools) }
    object["options"] = .object(target.fields.members(request.options))
    object["stream"] = true
    return WireCall(path: path, body: .object(object))
  }

  /// Each result of a tool is a message of its own; arguments are objects.
  private static func messages(_ turn: Conversation.Turn) -> [JSON] {
    var results: [JSON] = []
    var calls: [JSON] = []
    for part in turn.parts {
      switch part {
      case .text: break
      case .call(let call):
        calls.append([
          "function": ["name": .string(call.name), "arguments": call.argumentObject]
        ])
      case .result(_, let name, let text):
        results.append([
          "role": "tool", "tool_name": .string(name), "content": .string(text),
        ])
      }
    }
    guard !turn.text.isEmpty || !calls.isEmpty else { return results }
    var message: JSONObject = [
      "role": turn.isAssistant ? "assistant" : "user", "content": .string(turn.text),
    ]
    if !calls.isEmpty { message["tool_calls"] = .array(calls) }
    return results + [.object(message)]
  }

  func reader() -> any WireReader { OllamaReader() }
}

private struct OllamaReader: WireReader {
  var answer = Answer()
  private var callCount = 0

  private static let reasons: [String: FinishReason] = ["stop": .stop, "length": .length]

  mutating func read(_ frame: Frame) throws {
    if let json = frame.json { try read(whole: json) }
  }

  mutating func read(whole json: JSON) throws {
    if json["error"]?.string != nil { throw RemoteFailure(inside: json) }
    let message = json["message"]
    answer.append(reasoning: message?["thinking"]?.string ?? json["thinking"]?.string)
    answer.append(text: message?["content"]?.string ?? json["response"]?.string)
    for call in message?["tool_calls"]?.array ?? [] {
      let function = call["function"]
      answer.append(
        ToolCallDelta(
          index: callCount, id: call["id"]?.string ?? "call_\(callCount)",
          name: function?["name"]?.string,
          arguments: (function?["arguments"] ?? [:]).serialized()))
      callCount += 1
    }
    guard json["done"] == true else { return }
    answer.isDone = true
    answer.usage.promptTokens = json["prompt_eval_count"]?.integer ?? 0
    answer.usage.completionTokens = json["eval_count"]?.integer ?? 0
    answer.reason = .named(json["done_reason"]?.string ?? "stop", Self.reasons)
  }
}
