/// Why an answer ended. Open: remote tiers have more reasons.
public struct FinishReason: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
  public var rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }
  public init(stringLiteral value: String) { self.rawValue = value }

  /// An end-of-generation token or a stop string.
  public static let stop: FinishReason = "stop"
  /// `maxTokens`, or the context is full.
  public static let length: FinishReason = "length"
  /// The model wants tools called.
  public static let toolCalls: FinishReason = "tool_calls"
  /// The provider withheld the rest.
  public static let contentFilter: FinishReason = "content_filter"
}

/// What a stream of an answer consists of: text in pieces that are valid UTF-8, then the end.
public enum Event: Sendable, Hashable {
  /// How far the prompt has been read; before the first text, local models only.
  case prefill(done: Int, total: Int)
  /// What the model thinks before it answers; models that show it only.
  case reasoning(String)
  case text(String)
  /// A piece of a call of a tool; `ToolCalls` puts the pieces together.
  case toolCall(ToolCallDelta)
  /// The last event of every stream that did not throw.
  case finished(FinishReason, Usage)

  /// The text of a `.text` event, else empty: `for try await part in stream { print(part.text) }`.
  public var text: String {
    if case .text(let text) = self { return text }
    return ""
  }

  /// Whether this is a part of the answer, which commits whoever shows it to this model.
  public var isContent: Bool {
    switch self {
    case .reasoning, .text, .toolCall: true
    case .prefill, .finished: false
    }
  }
}
