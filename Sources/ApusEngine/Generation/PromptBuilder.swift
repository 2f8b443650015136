import ApusCore
import ApusJSON
import ApusText

/// Turns a request into tokens: text as it stands, or a conversation through the chat template.
struct PromptBuilder: Sendable {
  let tokenizer: Tokenizer
  /// `nil` where the model has none: then a conversation is continued as plain text.
  let template: Result<ChatTemplate?, ApusError>

  func tokens(of request: Request) throws(ApusError) -> [Int32] {
    switch request.prompt {
    case .text(let text):
      return encode(text)
    case .messages(let messages):
      let text = try text(of: messages, tools: request.tools)
      return try template.get() == nil ? encode(text) : encode(rendered: text)
    }
  }

  /// The prompt that the template makes of a conversation.
  func text(of messages: [Message], tools: [JSON]) throws(ApusError) -> String {
    guard let template = try template.get() else {
      return messages.map(\.content).joined(separator: "\n\n")
    }
    var context: JSONObject = [
      "messages": .array(messages.map(\.json)), "add_generation_prompt": true,
      "bos_token": .string(tokenizer.bosID.map(tokenizer.piece) ?? ""),
      "eos_token": .string(tokenizer.eosID.map(tokenizer.piece) ?? ""),
    ]
    if !tools.isEmpty { context["tools"] = .array(tools) }
    do {
      return try template.render(context)
    } catch {
      throw ApusError(.invalidRequest, "the chat template refuses: \(error)", cause: error)
    }
  }

  private func encode(_ text: String) -> [Int32] {
    var tokens = tokenizer.encode(text, addSpecial: true, parseSpecial: true)
    // The text is to be continued, so it has not ended.
    if tokenizer.addsEOS, let eos = tokenizer.eosID, tokens.last == eos { tokens.removeLast() }
    return tokens
  }

  /// Templates write the BOS token out or leave it to the tokenizer; the model gets one either way,
  /// where it wants one.
  private func encode(rendered text: String) -> [Int32] {
    var tokens = tokenizer.encode(text, addSpecial: false, parseSpecial: true)
    if tokenizer.addsBOS, let bos = tokenizer.bosID, tokens.first != bos {
      tokens.insert(bos, at: 0)
    }
    return tokens
  }
}
