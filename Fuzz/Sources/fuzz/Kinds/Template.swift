import ApusJSON
import ApusText

extension Kind {
  /// Renders the template with a short conversation.
  static let template = Kind(name: "template") { bytes in
    let source = String(decoding: bytes, as: UTF8.self)
    guard let template = try? ChatTemplate(source) else { return }
    guard case .object(let context)? = Kind.conversation else { return }
    _ = try? template.render(context)
  }

  private static let conversation = try? JSON(
    parsing: """
      {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi <b>"},
      {"role": "assistant", "content": null, "tool_calls": [{"type": "function", "function":
      {"name": "f", "arguments": {"x": 1.5}}}]}, {"role": "tool", "content": "7"}],
      "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
      "add_generation_prompt": true, "bos_token": "<s>", "eos_token": "</s>", "now": 0}
      """)
}
