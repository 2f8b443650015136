public import ApusJSON

/// A tool that a model wants called.
public struct ToolCall: Sendable, Hashable {
  /// What the tool's result is to name, in `tool_call_id`.
  public var id: String
  public var name: String
  /// A JSON object, as the model wrote it: it may be broken.
  public var arguments: String

  public init(id: String, name: String, arguments: String) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }

  /// As OpenAI's chat format has it, for `Message.extra["tool_calls"]`.
  public var json: JSON {
    [
      "id": .string(id), "type": "function",
      "function": ["name": .string(name), "arguments": .string(arguments)],
    ]
  }
}

/// A piece of a call, in the order in which a provider streams them: first what is called, then
/// the arguments bit by bit.
public struct ToolCallDelta: Sendable, Hashable {
  /// Which call of the answer this belongs to, from 0.
  public var index: Int
  /// Set in a call's first piece.
  public var id: String?
  public var name: String?
  /// The next characters of the arguments.
  public var arguments: String

  public init(index: Int, id: String? = nil, name: String? = nil, arguments: String = "") {
    self.index = index
    self.id = id
    self.name = name
    self.arguments = arguments
  }
}

/// Puts the pieces of calls together.
public struct ToolCalls: Sendable, Hashable {
  private var calls: [Int: ToolCall] = [:]
  /// More calls in one answer are a provider's error.
  private static let limit = 1024

  public init() {}

  public mutating func append(_ delta: ToolCallDelta) {
    guard calls[delta.index] != nil || calls.count < Self.limit else { return }
    var call = calls[delta.index] ?? ToolCall(id: "", name: "", arguments: "")
    if let id = delta.id, !id.isEmpty { call.id = id }
    if let name = delta.name, !name.isEmpty { call.name = name }
    call.arguments += delta.arguments
    calls[delta.index] = call
  }

  /// In the order of their indices.
  public var all: [ToolCall] { calls.sorted { $0.key < $1.key }.map(\.value) }
}
