import ApusCore
import ApusJSON

/// A conversation taken apart, for formats other than OpenAI's: the instructions by themselves, and
/// turns that alternate.
struct Conversation: Sendable {
  enum Part: Sendable, Hashable {
    case text(String)
    case call(ToolCall)
    /// What a tool gave back; the name is that of the call with this id.
    case result(id: String, name: String, text: String)
  }

  struct Turn: Sendable {
    var isAssistant: Bool
    var parts: [Part]

    /// The text of the turn, a paragraph for each part.
    var text: String {
      parts.compactMap { part in
        if case .text(let text) = part { return text }
        return nil
      }.joined(separator: "\n\n")
    }
  }

  /// What system (or developer) messages say, wherever they stand.
  private(set) var instructions: [String] = []
  private(set) var turns: [Turn] = []

  /// Text to be continued becomes the one message of a user: chats know nothing else.
  init(_ prompt: Request.Prompt) {
    switch prompt {
    case .text(let text): append(isAssistant: false, [.text(text)])
    case .messages(let messages):
      var names: [String: String] = [:]
      for message in messages { append(message, &names) }
    }
  }

  private mutating func append(_ message: Message, _ names: inout [String: String]) {
    let text: [Part] = message.content.isEmpty ? [] : [.text(message.content)]
    switch message.role {
    case .system, "developer":
      if !message.content.isEmpty { instructions.append(message.content) }
    case .assistant:
      let calls = (message.extra["tool_calls"]?.array ?? []).enumerated().map { place, json in
        let function = json["function"]
        return ToolCall(
          id: json["id"]?.string ?? "call_\(place)", name: function?["name"]?.string ?? "",
          arguments: function?["arguments"]?.string ?? function?["arguments"]?.serialized() ?? "")
      }
      for call in calls { names[call.id] = call.name }
      append(isAssistant: true, text + calls.map { .call($0) })
    case .tool:
      let id = message.extra["tool_call_id"]?.string ?? ""
      let name = message.extra["name"]?.string ?? names[id] ?? id
      append(isAssistant: false, [.result(id: id, name: name, text: message.content)])
    default: append(isAssistant: false, text)
    }
  }

  private mutating func append(isAssistant: Bool, _ parts: [Part]) {
    guard !parts.isEmpty else { return }
    if let last = turns.indices.last, turns[last].isAssistant == isAssistant {
      turns[last].parts += parts
    } else {
      turns.append(Turn(isAssistant: isAssistant, parts: parts))
    }
  }
}

extension Conversation {
  /// The turns in a format whose messages have a role and parts.
  /// - Parameters:
  ///   - assistant: The role of the model.
  ///   - name: The parts' name.
  func messages(
    assistant: JSON = "assistant", partsNamed name: String = "content",
    _ part: (Part) -> JSON
  ) -> JSON {
    .array(
      turns.map { turn in
        ["role": turn.isAssistant ? assistant : "user", name: .array(turn.parts.map(part))]
      })
  }
}

extension ToolCall {
  /// The arguments as the object that most formats want. A model may have written none.
  var argumentObject: JSON {
    arguments.isEmpty ? [:] : JSON(objectIn: arguments, orUnder: "arguments")
  }
}

extension JSON {
  /// The object that a text spells; where it spells none, an object that holds the text.
  init(objectIn text: String, orUnder name: String) {
    if let json = try? JSON(parsing: text), json.object != nil {
      self = json
    } else {
      self = [name: .string(text)]
    }
  }
}

/// A tool in OpenAI's form, taken apart.
struct ToolDeclaration: Sendable, Hashable {
  var name: String
  var description: String?
  /// A JSON Schema.
  var parameters: JSON

  init?(_ json: JSON) {
    let function = json["function"] ?? json
    guard let name = function["name"]?.string else { return nil }
    self.name = name
    description = function["description"]?.string
    parameters = function["parameters"] ?? ["type": "object", "properties": [:]]
  }

  static func all(_ request: Request) throws(ApusError) -> [ToolDeclaration] {
    var tools: [ToolDeclaration] = []
    for json in request.tools {
      guard let tool = ToolDeclaration(json) else {
        throw ApusError(.invalidRequest, "a tool has no name")
      }
      tools.append(tool)
    }
    return tools
  }

  /// The tool as an object whose schema has the given name.
  func object(schemaName: String) -> JSONObject {
    var object: JSONObject = ["name": .string(name)]
    if let description { object["description"] = .string(description) }
    object[schemaName] = parameters
    return object
  }
}

extension FinishReason {
  /// The reason that a format's own word stands for; a word that nobody knows stays itself.
  static func named(_ word: String, _ table: [String: FinishReason]) -> FinishReason {
    table[word] ?? FinishReason(rawValue: word.lowercased())
  }
}

/// A model's name as one part of a path.
func pathPart(_ text: some StringProtocol) -> String {
  var result = ""
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      result.unicodeScalars.append(Unicode.Scalar(byte))
    default:
      result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
    }
  }
  return result
}
