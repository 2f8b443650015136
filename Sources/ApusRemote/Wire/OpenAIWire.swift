import ApusCore
import ApusJSON

/// OpenAI's chat and text completions, as they go over the wire
/// (https://platform.openai.com/docs/api-reference/chat).
struct OpenAIWire: Sendable {
  /// Whether the upstream knows the sampling options that OpenAI's own API has not.
  var takesLocalOptions: Bool
  /// OpenAI's newer models want `max_completion_tokens`.
  var maxTokensField = "max_tokens"

  /// The path under the base address.
  func path(_ request: Request) -> String {
    switch request.prompt {
    case .messages: "/chat/completions"
    case .text: "/completions"
    }
  }

  /// The body of a streamed request. What the caller left out gets the product's default
  /// (features A12) or stays out.
  func body(_ request: Request, model: String) -> JSON {
    var object: JSONObject = ["model": .string(model)]
    switch request.prompt {
    case .messages(let messages): object["messages"] = .array(messages.map(\.json))
    case .text(let text): object["prompt"] = .string(text)
    }
    let options = request.options
    object["temperature"] = .double(
      decimal(options.temperature ?? GenerationOptions.defaultTemperature))
    object[maxTokensField] = .integer(options.maxTokens ?? GenerationOptions.defaultMaxTokens)
    if let topP = options.topP { object["top_p"] = .double(decimal(topP)) }
    if let penalty = options.presencePenalty {
      object["presence_penalty"] = .double(decimal(penalty))
    }
    if let penalty = options.frequencyPenalty {
      object["frequency_penalty"] = .double(decimal(penalty))
    }
    if !options.stop.isEmpty { object["stop"] = .array(options.stop.map { .string($0) }) }
    if let seed = options.seed { object["seed"] = .integer(Int(truncatingIfNeeded: seed)) }
    if takesLocalOptions {
      if let topK = options.topK { object["top_k"] = .integer(topK) }
      if let minP = options.minP { object["min_p"] = .double(decimal(minP)) }
      if let penalty = options.repeatPenalty {
        object["repeat_penalty"] = .double(decimal(penalty))
      }
    }
    if !request.tools.isEmpty { object["tools"] = .array(request.tools) }
    object["stream"] = true
    object["stream_options"] = ["include_usage": true]
    return .object(object)
  }

  /// 0.7 rather than 0.699999988079071.
  private func decimal(_ value: Float) -> Double { Double(value.description) ?? Double(value) }
}

/// Reads an answer, streamed or whole, into events; exactly one `.finished` comes at the end of an
/// answer that is whole.
struct OpenAIAnswer: Sendable {
  private(set) var text = ""
  /// Whether there was anything: text, a thought, a call of a tool.
  private(set) var hasContent = false
  private var reason: FinishReason?
  private var usage = Usage()
  private(set) var isDone = false

  /// The events of one `data:` of a stream. What is no JSON is passed over: upstreams send such.
  mutating func read(data: String) throws -> [Event] {
    if data == "[DONE]" {
      isDone = true
      return []
    }
    guard let json = try? JSON(parsing: data) else { return [] }
    return try read(json)
  }

  /// The events of a whole answer, or of one chunk.
  mutating func read(_ json: JSON) throws -> [Event] {
    if let error = json["error"], !error.isNull {
      let status = error["code"]?.integer ?? error["status"]?.integer ?? 200
      throw RemoteFailure(status: (400..<600).contains(status) ? status : 200, json: json)
    }
    if let figures = json["usage"], !figures.isNull { usage.read(openAI: figures) }
    guard let choice = json["choices"]?[0] else { return [] }
    if let name = choice["finish_reason"]?.string { reason = FinishReason(rawValue: name) }
    let content = choice["delta"] ?? choice["message"] ?? choice
    var events: [Event] = []
    let thought = content["reasoning_content"]?.string ?? content["reasoning"]?.string ?? ""
    if !thought.isEmpty { events.append(.reasoning(thought)) }
    let piece = content["content"]?.string ?? content["text"]?.string ?? ""
    if !piece.isEmpty {
      text += piece
      events.append(.text(piece))
    }
    for (place, call) in (content["tool_calls"]?.array ?? []).enumerated() {
      let function = call["function"]
      events.append(
        .toolCall(
          ToolCallDelta(
            index: call["index"]?.integer ?? place, id: call["id"]?.string,
            name: function?["name"]?.string, arguments: function?["arguments"]?.string ?? "")))
    }
    hasContent = hasContent || !events.isEmpty
    return events
  }

  /// The last event.
  /// - Throws: `ApusError` where the answer did not come to its end.
  func finish(_ name: String) throws(ApusError) -> Event {
    if let reason { return .finished(reason, usage) }
    if isDone, hasContent { return .finished(.stop, usage) }
    if !hasContent { throw ApusError(.badResponse, "\(name): the answer holds no text") }
    throw ApusError(
      .streamInterrupted, "\(name): the stream broke off before the answer's end",
      partialText: text)
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
      ?? cachedTokens
    audioPromptTokens = prompt?["audio_tokens"]?.integer ?? audioPromptTokens
    let completion = figures["completion_tokens_details"]
    reasoningTokens = completion?["reasoning_tokens"]?.integer ?? reasoningTokens
    audioCompletionTokens = completion?["audio_tokens"]?.integer ?? audioCompletionTokens
  }
}
