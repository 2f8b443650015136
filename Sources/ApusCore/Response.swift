import ApusJSON

/// A whole answer.
public struct Response: Sendable, Hashable {
  public var text: String
  /// What the model thought before, where it shows that.
  public var reasoning = ""
  public var toolCalls: [ToolCall] = []
  public var finishReason: FinishReason
  public var usage: Usage
  /// The model that answered, as it names itself.
  public var model: String

  public init(text: String, finishReason: FinishReason, usage: Usage, model: String) {
    self.text = text
    self.finishReason = finishReason
    self.usage = usage
    self.model = model
  }

  /// The turn of the conversation that this answer is.
  public var message: Message {
    var message = Message.assistant(text)
    if !toolCalls.isEmpty { message.extra["tool_calls"] = .array(toolCalls.map(\.json)) }
    return message
  }

  /// Reads a stream to its end.
  /// - Throws: What comes out of the stream; `CancellationError` when the task was cancelled.
  public init(of events: EventStream, model: String) async throws {
    var partial = PartialResponse(model: model)
    for try await event in events {
      if let whole = partial.append(event) {
        self = whole
        return
      }
    }
    throw try partial.endedEarly()
  }
}

/// A response as its events come in.
public struct PartialResponse: Sendable {
  public private(set) var text = ""
  public private(set) var reasoning = ""
  private var calls = ToolCalls()
  private let model: String

  /// - Parameter model: The model that answers, as it names itself.
  public init(model: String) { self.model = model }

  /// - Returns: The response, when this event is its last.
  public mutating func append(_ event: Event) -> Response? {
    switch event {
    case .prefill: return nil
    case .reasoning(let part): reasoning += part
    case .text(let part): text += part
    case .toolCall(let delta): calls.append(delta)
    case .finished(let reason, let usage):
      var response = Response(text: text, finishReason: reason, usage: usage, model: model)
      response.reasoning = reasoning
      response.toolCalls = calls.all
      return response
    }
    return nil
  }

  /// What to throw where a stream ended without its last event.
  /// - Throws: `CancellationError` when the task was cancelled.
  public func endedEarly() throws -> ApusError {
    try Task.checkCancellation()
    return ApusError(
      .internalError, "\(model): the stream ended without a finish; please report this",
      partialText: text.isEmpty ? nil : text)
  }
}
