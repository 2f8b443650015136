#if Tools
  import ApusCore
  import ApusJSON

  /// The two shapes in which OpenAI's API writes an answer.
  enum CompletionStyle: Sendable {
    case chat
    case text

    var identifierPrefix: String { self == .chat ? "chatcmpl-" : "cmpl-" }

    private func object(streaming: Bool) -> String {
      switch self {
      case .chat: streaming ? "chat.completion.chunk" : "chat.completion"
      case .text: "text_completion"
      }
    }

    /// What every object of one answer begins with.
    func envelope(id: String, model: String, created: Int, streaming: Bool) -> JSONObject {
      [
        "id": .string(id), "object": .string(object(streaming: streaming)),
        "created": .integer(created), "model": .string(model),
      ]
    }

    /// The only choice of a whole answer.
    func choice(_ text: String, _ reason: FinishReason) -> JSON {
      switch self {
      case .chat:
        [
          "index": 0, "message": ["role": "assistant", "content": .string(text)],
          "logprobs": nil, "finish_reason": .string(reason.rawValue),
        ]
      case .text:
        [
          "index": 0, "text": .string(text), "logprobs": nil,
          "finish_reason": .string(reason.rawValue),
        ]
      }
    }

    /// The only choice of one piece of a streamed answer.
    func delta(_ text: String?, role: Bool = false, _ reason: FinishReason? = nil) -> JSON {
      let finish: JSON = reason.map { .string($0.rawValue) } ?? .null
      switch self {
      case .chat:
        var delta: JSONObject = [:]
        if role { delta["role"] = "assistant" }
        if let text { delta["content"] = .string(text) }
        return ["index": 0, "delta": .object(delta), "logprobs": nil, "finish_reason": finish]
      case .text:
        return [
          "index": 0, "text": .string(text ?? ""), "logprobs": nil, "finish_reason": finish,
        ]
      }
    }
  }

  extension Usage {
    /// OpenAI's `usage` object, and the times that local models know, in milliseconds.
    var json: JSON {
      var object: JSONObject = [
        "prompt_tokens": .integer(promptTokens), "completion_tokens": .integer(completionTokens),
        "total_tokens": .integer(totalTokens),
      ]
      if let prefillTime { object["prefill_ms"] = .double(prefillTime.milliseconds) }
      if let decodeTime { object["decode_ms"] = .double(decodeTime.milliseconds) }
      return .object(object)
    }
  }

  extension Duration {
    var milliseconds: Double {
      Double(components.seconds) * 1e3 + Double(components.attoseconds) * 1e-15
    }
  }
#endif
