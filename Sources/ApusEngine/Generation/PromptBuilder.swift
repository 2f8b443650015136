import ApusCore
import ApusJSON
import ApusText

/// Turns a request into tokens: text as it stands, or a conversation through the chat template.
///
/// A control token that stands in a message is the model's own only where the assistant speaks;
/// what users, tools and documents write is plain text, so that nobody can end his turn and speak
/// as another.
struct PromptBuilder: Sendable {
  let tokenizer: Tokenizer
  /// `nil` where the model has none: then a conversation is continued as plain text.
  let template: Result<ChatTemplate?, ApusError>

  func tokens(of request: Request) throws(ApusError) -> [Int32] {
    switch request.prompt {
    case .text(let text):
      let answer = request.answerSoFar ?? ""
      guard tokenizer.quoter.isNeeded(for: answer) else {
        return encode(text + answer, isQuoted: false)
      }
      return encode(
        TextQuoter.withoutMarks(text) + tokenizer.quoter.quoted(answer), isQuoted: true)
    case .messages(let messages):
      let conversation = Conversation(
        messages, request.tools, answerSoFar: request.answerSoFar ?? "")
      let quoted = conversation.quoted(by: tokenizer.quoter)
      let text = try text(of: quoted ?? conversation)
      return try template.get() == nil
        ? encode(text, isQuoted: quoted != nil) : encode(rendered: text, isQuoted: quoted != nil)
    }
  }

  /// The prompt that the template makes of a conversation.
  func text(of messages: [Message], tools: [JSON]) throws(ApusError) -> String {
    try text(of: Conversation(messages, tools))
  }

  private func text(of conversation: Conversation) throws(ApusError) -> String {
    guard let template = try template.get() else {
      let messages = conversation.messages.map { $0["content"]?.string ?? "" }
      return messages.joined(separator: "\n\n") + conversation.answerSoFar
    }
    var context: JSONObject = [
      "messages": .array(conversation.messages), "add_generation_prompt": true,
      "bos_token": .string(tokenizer.bosID.map(tokenizer.piece) ?? ""),
      "eos_token": .string(tokenizer.eosID.map(tokenizer.piece) ?? ""),
    ]
    if !conversation.tools.isEmpty { context["tools"] = .array(conversation.tools) }
    do {
      return try template.render(context) + conversation.answerSoFar
    } catch {
      throw ApusError(.invalidRequest, "the chat template refuses: \(error)", cause: error)
    }
  }

  private func encode(_ text: String, isQuoted: Bool) -> [Int32] {
    var tokens = isQuoted ? tokenizer.encode(quoted: text) : tokenizer.encode(text)
    // The text is to be continued, so it has not ended.
    if tokenizer.addsEOS, let eos = tokenizer.eosID, tokens.last == eos { tokens.removeLast() }
    return tokens
  }

  /// Templates write the BOS token out or leave it to the tokenizer; the model gets one either way,
  /// where it wants one.
  private func encode(rendered text: String, isQuoted: Bool) -> [Int32] {
    var tokens =
      isQuoted
      ? tokenizer.encode(quoted: text, addSpecial: false)
      : tokenizer.encode(text, addSpecial: false)
    if tokenizer.addsBOS, let bos = tokenizer.bosID, tokens.first != bos {
      tokens.insert(bos, at: 0)
    }
    return tokens
  }
}

/// Messages and tools as a template sees them.
private struct Conversation {
  var messages: [JSON]
  var tools: [JSON]
  /// The beginning of the answer, whoever wrote it.
  var answerSoFar: String

  init(_ messages: [Message], _ tools: [JSON], answerSoFar: String = "") {
    self.messages = messages.map(\.json)
    self.tools = tools
    self.answerSoFar = answerSoFar
  }

  /// With the control tokens marked that anybody but the assistant wrote; `nil` where there are
  /// none.
  func quoted(by quoter: TextQuoter) -> Conversation? {
    var isNeeded = false
    func look(_ text: String) -> String {
      isNeeded = isNeeded || quoter.isNeeded(for: text)
      return text
    }
    _ = mapped(others: look, assistant: { $0 })
    return isNeeded ? mapped(others: quoter.quoted, assistant: TextQuoter.withoutMarks) : nil
  }

  private func mapped(
    others: (String) -> String, assistant: (String) -> String
  ) -> Conversation {
    var result = self
    result.messages = messages.map { message in
      let isAssistant = message["role"]?.string == Message.Role.assistant.rawValue
      return message.mapStrings(isAssistant ? assistant : others)
    }
    result.tools = tools.map { $0.mapStrings(others) }
    result.answerSoFar = others(answerSoFar)
    return result
  }
}

extension JSON {
  /// The same value with other strings; the names of members stay.
  fileprivate func mapStrings(_ change: (String) -> String) -> JSON {
    switch self {
    case .string(let text): .string(change(text))
    case .array(let elements): .array(elements.map { $0.mapStrings(change) })
    case .object(let object):
      .object(JSONObject(object.map { ($0.key, $0.value.mapStrings(change)) }))
    default: self
    }
  }
}
