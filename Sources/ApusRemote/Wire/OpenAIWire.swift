import ApusCore
import ApusJSON

/// OpenAI's chat and text completions, as they go over the wire
/// (https://platform.openai.com/docs/api-reference/chat).
struct OpenAIWire: Wire {
  static let fields = RequestFields([
    .temperature: "temperature", .topP: "top_p", .presencePenalty: "presence_penalty",
    .frequencyPenalty: "frequency_penalty", .maxTokens: "max_tokens", .stop: "stop",
    .seed: "seed",
  ])

  func call(_ request: Request, _ target: WireTarget) throws(ApusError) -> WireCall {
    var object: JSONObject = ["model": .string(target.model)]
    var path = "/chat/completions"
    switch request.prompt {
    case .messages(let messages): object["messages"] = .array(messages.map(\.json))
    case .text(let text) where target.continuesText:
      path = "/completions"
      object["prompt"] = .string(text)
    case .text(let text): object["messages"] = [Message.user(text).json]
    }
    object.add(target.fields.members(request.options))
    if !request.tools.isEmpty { object["tools"] = .array(request.tools) }
    object["stream"] = true
    if target.asksForUsage { object["stream_options"] = ["include_usage": true] }
    return WireCall(path: path, body: .object(object))
  }

  func reader() -> any WireReader { OpenAIReader() }
}

private struct OpenAIReader: WireReader {
  var answer = Answer()

  /// Compatible upstreams have words of their own.
  private static let reasons: [String: FinishReason] = [
    "eos": .stop, "end_turn": .stop, "stop_sequence": .stop, "max_tokens": .length,
    "model_length": .length, "function_call": .toolCalls, "tool_use": .toolCalls,
    "safety": .contentFilter, "sensitive": .contentFilter,
  ]
  private static let failures = ["error", "insufficient_system_resource", "network_error"]

  mutating func read(_ frame: Frame) throws {
    if frame.data == "[DONE]" {
      answer.isDone = true
    } else if let json = frame.json {
      try read(whole: json)
    }
  }

  mutating func read(whole json: JSON) throws {
    if let error = json["error"], !error.isNull {
      throw RemoteFailure(inside: json)
    }
    if let figures = json["usage"] ?? json["x_groq"]?["usage"], !figures.isNull {
      answer.usage.read(openAI: figures)
    }
    guard let choice = json["choices"]?[0] else { return }
    if let name = choice["finish_reason"]?.string {
      guard !Self.failures.contains(name) else {
        throw RemoteFailure(status: 503, message: "the upstream gave up", code: name)
      }
      answer.reason = .named(name, Self.reasons)
    }
    let content = choice["delta"] ?? choice["message"] ?? choice
    answer.append(
      reasoning: content["reasoning_content"]?.string ?? content["reasoning"]?.string)
    read(content["content"] ?? content["text"])
    for (place, call) in (content["tool_calls"]?.array ?? []).enumerated() {
      let function = call["function"]
      answer.append(
        ToolCallDelta(
          index: call["index"]?.integer ?? place, id: call["id"]?.string,
          name: function?["name"]?.string, arguments: function?["arguments"]?.string ?? ""))
    }
  }

  /// A string; some upstreams (Mistral's reasoning models) write parts instead.
  private mutating func read(_ content: JSON?) {
    answer.append(text: content?.string)
    for part in content?.array ?? [] {
      answer.append(text: part["text"]?.string)
      for thought in part["thinking"]?.array ?? [] {
        answer.append(reasoning: thought["text"]?.string)
      }
    }
  }
}

extension Usage {
  /// OpenAI's `usage`, where tokens out of the cache are among those of the prompt.
  mutating func read(openAI figures: JSON) {
    promptTokens = figures["prompt_tokens"]?.integer ?? promptTokens
    completionTokens = figures["completion_tokens"]?.integer ?? completionTokens
    let prompt = figures["prompt_tokens_details"]
    cachedTokens =
      prompt?["cached_tokens"]?.integer ?? figures["prompt_cache_hit_tokens"]?.integer
      ?? figures["cached_tokens"]?.integer ?? cachedTokens
    audioPromptTokens = prompt?["audio_tokens"]?.integer ?? audioPromptTokens
    let completion = figures["completion_tokens_details"]
    reasoningTokens = completion?["reasoning_tokens"]?.integer ?? reasoningTokens
    audioCompletionTokens = completion?["audio_tokens"]?.integer ?? audioCompletionTokens
  }
}
