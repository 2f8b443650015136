public import ApusJSON

/// One turn of a conversation.
public struct Message: Sendable, Hashable {
  /// Who speaks. Open: templates know roles beyond these.
  public struct Role: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.rawValue = value }

    public static let system: Role = "system"
    public static let user: Role = "user"
    public static let assistant: Role = "assistant"
    public static let tool: Role = "tool"
  }

  public var role: Role
  public var content: String
  /// Further members as OpenAI spells them (`name`, `tool_calls`, `tool_call_id`,
  /// `reasoning_content`): passed on to chat templates and remote tiers as they are.
  public var extra: JSONObject

  public init(_ role: Role, _ content: String, extra: JSONObject = [:]) {
    self.role = role
    self.content = content
    self.extra = extra
  }

  public static func system(_ content: String) -> Message { Message(.system, content) }
  public static func user(_ content: String) -> Message { Message(.user, content) }
  public static func assistant(_ content: String) -> Message { Message(.assistant, content) }

  /// The message as OpenAI's chat format and chat templates see it.
  public var json: JSON {
    var object: JSONObject = ["role": .string(role.rawValue), "content": .string(content)]
    for (key, value) in extra where key != "role" && key != "content" { object[key] = value }
    return .object(object)
  }
}
