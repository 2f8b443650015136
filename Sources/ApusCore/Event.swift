/// Tokens counted and times taken by one answer.
public struct Usage: Sendable, Hashable {
  public var promptTokens: Int
  public var completionTokens: Int
  /// Time spent on the prompt until the first token, and from there to the end; known of local
  /// models only.
  public var prefillTime: Duration?
  public var decodeTime: Duration?

  public init(
    promptTokens: Int = 0, completionTokens: Int = 0, prefillTime: Duration? = nil,
    decodeTime: Duration? = nil
  ) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.prefillTime = prefillTime
    self.decodeTime = decodeTime
  }

  public var totalTokens: Int { promptTokens + completionTokens }
}

/// Why an answer ended. Open: remote tiers have more reasons.
public struct FinishReason: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
  public var rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { self.rawValue = value }

  /// An end-of-generation token or a stop string.
  public static let stop: FinishReason = "stop"
  /// `maxTokens`, or the context is full.
  public static let length: FinishReason = "length"
  public static let toolCalls: FinishReason = "tool_calls"
}

/// What a stream of an answer consists of: text in pieces that are valid UTF-8, then the end.
public enum Event: Sendable, Hashable {
  /// How far the prompt has been read; before the first text, local models only.
  case prefill(done: Int, total: Int)
  case text(String)
  /// The last event of every stream that did not throw.
  case finished(FinishReason, Usage)

  /// The text of a `.text` event, else empty: `for try await part in stream { print(part.text) }`.
  public var text: String {
    if case .text(let text) = self { return text }
    return ""
  }
}

/// A whole answer.
public struct Response: Sendable, Hashable {
  public var text: String
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

  /// Reads a stream to its end.
  /// - Throws: What comes out of the stream; `CancellationError` when the task was cancelled.
  public init(of events: EventStream, model: String) async throws {
    var text = ""
    for try await event in events {
      switch event {
      case .prefill: break
      case .text(let part): text += part
      case .finished(let reason, let usage):
        self.init(text: text, finishReason: reason, usage: usage, model: model)
        return
      }
    }
    try Task.checkCancellation()
    throw ApusError(
      .internalError, "\(model): the stream ended without a finish; please report this")
  }
}
