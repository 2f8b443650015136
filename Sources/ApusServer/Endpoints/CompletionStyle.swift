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
    func choice(_ response: ApusCore.Response) -> JSON {
      var choice: JSONObject = ["index": 0]
      switch self {
      case .chat:
        var message = response.message.json.object ?? [:]
        if !response.reasoning.isEmpty {
          message["reasoning_content"] = .string(response.reasoning)
        }
        choice["message"] = .object(message)
      case .text: choice["text"] = .string(response.text)
      }
      choice["logprobs"] = .null
      choice["finish_reason"] = .string(response.finishReason.rawValue)
      return .object(choice)
    }

    /// The only choice of the first piece of a streamed answer.
    var beginning: JSON {
      switch self {
      case .chat: piece(["delta": ["role": "assistant", "content": ""]])
      case .text: piece(["text": ""])
      }
    }

    /// The only choice of one piece of a streamed answer; `nil` where the event is none of it.
    func piece(_ event: Event) -> JSON? {
      switch (event, self) {
      case (.prefill, _): return nil
      case (.text(let text), .chat): return piece(["delta": ["content": .string(text)]])
      case (.text(let text), .text): return piece(["text": .string(text)])
      case (.reasoning(let text), .chat):
        return piece(["delta": ["reasoning_content": .string(text)]])
      case (.toolCall(let delta), .chat): return piece(["delta": ["tool_calls": [delta.json]]])
      case (.reasoning, .text), (.toolCall, .text): return nil
      case (.finished(let reason, _), .chat): return piece(["delta": [:]], reason)
      case (.finished(let reason, _), .text): return piece(["text": ""], reason)
      }
    }

    private func piece(_ content: JSONObject, _ reason: FinishReason? = nil) -> JSON {
      var choice: JSONObject = ["index": 0]
      for (name, value) in content { choice[name] = value }
      choice["logprobs"] = .null
      choice["finish_reason"] = reason.map { .string($0.rawValue) } ?? .null
      return .object(choice)
    }
  }

  extension ToolCallDelta {
    /// As OpenAI streams it: what is called first, then only arguments.
    fileprivate var json: JSON {
      var object: JSONObject = ["index": .integer(index)]
      var function: JSONObject = [:]
      if let id {
        object["id"] = .string(id)
        object["type"] = "function"
      }
      if let name { function["name"] = .string(name) }
      function["arguments"] = .string(arguments)
      object["function"] = .object(function)
      return .object(object)
    }
  }

  extension Usage {
    /// OpenAI's `usage` object, and the times that local models know, in milliseconds.
    var json: JSON {
      var object: JSONObject = [
        "prompt_tokens": .integer(promptTokens), "completion_tokens": .integer(completionTokens),
        "total_tokens": .integer(totalTokens),
      ]
      if cachedTokens > 0 {
        object["prompt_tokens_details"] = ["cached_tokens": .integer(cachedTokens)]
      }
      if reasoningTokens > 0 {
        object["completion_tokens_details"] = ["reasoning_tokens": .integer(reasoningTokens)]
      }
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
