extension ChatTemplate {
  /// Conversation formats that many models share, for files that carry no template of their own.
  public enum Family: String, CaseIterable, Sendable {
    case chatml, llama2, llama3, mistral, gemma, phi2, phi3, zephyr, deepseekCoder, deepseek
    case granite, commandR, openchat, alpaca, vicuna

    /// The format as a template: written for this project after the models' documentation.
    public var source: String {
      switch self {
      case .chatml:
        """
        {% for m in messages %}
        {{ '<|im_start|>' ~ m.role ~ '\\n' ~ m.content ~ '<|im_end|>\\n' }}
        {%- endfor %}
        {% if add_generation_prompt %}
        {{ '<|im_start|>assistant\\n' }}
        {%- endif %}
        """
      case .llama2:
        """
        \(Self.systemFirst)
        {% for m in turns %}
        {% if m.role == 'user' %}
        {% set text = '<<SYS>>\\n' ~ system ~ '\\n<</SYS>>\\n\\n' ~ m.content if loop.first and system else m.content %}
        {{- bos_token ~ '[INST] ' ~ text | trim ~ ' [/INST]' -}}
        {% else %}
        {{- ' ' ~ m.content | trim ~ ' ' ~ eos_token -}}
        {% endif %}
        {% endfor %}
        """
      case .llama3:
        """
        {{- bos_token -}}
        {% for m in messages %}
        {{- '<|start_header_id|>' ~ m.role ~ '<|end_header_id|>\\n\\n' ~ m.content | trim ~ '<|eot_id|>' -}}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' -}}
        {% endif %}
        """
      case .mistral:
        """
        \(Self.systemFirst)
        {{- bos_token -}}
        {% for m in turns %}
        {% if m.role == 'user' %}
        {{- '[INST] ' ~ (system ~ '\\n\\n' if loop.first and system else '') ~ m.content ~ ' [/INST]' -}}
        {% else %}
        {{- ' ' ~ m.content | trim ~ eos_token -}}
        {% endif %}
        {% endfor %}
        """
      case .gemma:
        """
        \(Self.systemFirst)
        {{- bos_token -}}
        {% for m in turns %}
        {{- '<start_of_turn>' ~ ('model' if m.role == 'assistant' else m.role) ~ '\\n' -}}
        {{- (system ~ '\\n\\n' if loop.first and system else '') ~ m.content | trim ~ '<end_of_turn>\\n' -}}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- '<start_of_turn>model\\n' -}}
        {% endif %}
        """
      case .phi2:
        """
        \(Self.systemFirst)
        {{- system ~ '\\n' if system else '' -}}
        {% for m in turns %}
        {{- ('Instruct: ' if m.role == 'user' else 'Output: ') ~ m.content | trim ~ '\\n' -}}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- 'Output:' -}}
        {% endif %}
        """
      case .phi3:
        """
        {% for m in messages %}
        {{- '<|' ~ m.role ~ '|>\\n' ~ m.content ~ '<|end|>\\n' -}}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- '<|assistant|>\\n' -}}
        {% endif %}
        """
      case .zephyr:
        """
        {% for m in messages %}
        {{- '<|' ~ m.role ~ '|>\\n' ~ m.content ~ eos_token ~ '\\n' -}}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- '<|assistant|>\\n' -}}
        {% endif %}
        """
      case .deepseekCoder:
        """
        \(Self.systemFirst)
        {{- bos_token ~ (system or 'You are an AI programming assistant. You answer questions about programming and computer science.') ~ '\\n' -}}
        {% for m in turns %}
        {% if m.role == 'user' %}
        {{- '### Instruction:\\n' ~ m.content ~ '\\n' -}}
        {% else %}
        {{- '### Response:\\n' ~ m.content ~ '\\n<|EOT|>\\n' -}}
        {% endif %}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- '### Response:\\n' -}}
        {% endif %}
        """
      case .deepseek:
        """
        \(Self.systemFirst)
        {{- bos_token ~ system -}}
        {% for m in turns %}
        {% if m.role == 'user' %}
        {{- '<｜User｜>' ~ m.content -}}
        {% else %}
        {{- '<｜Assistant｜>' ~ m.content ~ eos_token -}}
        {% endif %}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- '<｜Assistant｜>' -}}
        {% endif %}
        """
      case .granite:
        """
        {% for m in messages %}
        {{- '<|start_of_role|>' ~ m.role ~ '<|end_of_role|>' ~ m.content ~ '<|end_of_text|>\\n' -}}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- '<|start_of_role|>assistant<|end_of_role|>' -}}
        {% endif %}
        """
      case .commandR:
        """
        {{- bos_token -}}
        {% for m in messages %}
        {% set speaker = {'user': '<|USER_TOKEN|>', 'assistant': '<|CHATBOT_TOKEN|>'}.get(m.role, '<|SYSTEM_TOKEN|>') %}
        {{- '<|START_OF_TURN_TOKEN|>' ~ speaker ~ m.content | trim ~ '<|END_OF_TURN_TOKEN|>' -}}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>' -}}
        {% endif %}
        """
      case .openchat:
        """
        {{- bos_token -}}
        {% for m in messages %}
        {% set speaker = {'user': 'GPT4 Correct User: ', 'assistant': 'GPT4 Correct Assistant: '}.get(m.role, '') %}
        {{- speaker ~ m.content ~ '<|end_of_turn|>' -}}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- 'GPT4 Correct Assistant:' -}}
        {% endif %}
        """
      case .alpaca:
        """
        \(Self.systemFirst)
        {{- (system or 'Below is an instruction that describes a task. Write a response that appropriately completes the request.') ~ '\\n\\n' -}}
        {% for m in turns %}
        {{- ('### Instruction:\\n' if m.role == 'user' else '### Response:\\n') ~ m.content ~ '\\n\\n' -}}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- '### Response:\\n' -}}
        {% endif %}
        """
      case .vicuna:
        """
        \(Self.systemFirst)
        {{- bos_token -}}
        {{- (system or "A chat between a curious user and an artificial intelligence assistant. The assistant gives helpful, detailed, and polite answers to the user's questions.") ~ ' ' -}}
        {% for m in turns %}
        {{- 'USER: ' ~ m.content ~ ' ' if m.role == 'user' else 'ASSISTANT: ' ~ m.content ~ eos_token -}}
        {% endfor %}
        {% if add_generation_prompt %}
        {{- 'ASSISTANT:' -}}
        {% endif %}
        """
      }
    }

    /// For formats that have no turn for the system: its text in `system`, the others in `turns`.
    private static var systemFirst: String {
      """
      {% set system = messages[0].content | trim if messages and messages[0].role == 'system' else '' %}
      {% set turns = messages | rejectattr('role', 'equalto', 'system') | list %}
      """
    }
  }

  /// The format of a family.
  public init(_ family: Family) throws(TemplateError) { try self.init(family.source) }

  /// The format that a model was most likely trained on, for files without a template; `nil` where
  /// nothing speaks for one, as with models that only continue text.
  /// - Parameters:
  ///   - architecture: `general.architecture`, or `model_type` of a Hugging Face folder.
  ///   - name: The model's name, or its file's.
  ///   - hasToken: Whether the vocabulary has the text as one token.
  public static func builtin(
    architecture: String, name: String?, hasToken: (String) -> Bool
  ) -> Family? {
    // Control tokens of a format in the vocabulary are the surest sign.
    let marks: [(Family, [String])] = [
      (.llama3, ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]),
      (.gemma, ["<start_of_turn>", "<end_of_turn>"]),
      (.deepseek, ["<｜User｜>", "<｜Assistant｜>"]),
      (.granite, ["<|start_of_role|>", "<|end_of_role|>"]),
      (.commandR, ["<|START_OF_TURN_TOKEN|>", "<|CHATBOT_TOKEN|>"]),
      (.chatml, ["<|im_start|>", "<|im_end|>"]),
      (.phi3, ["<|user|>", "<|assistant|>", "<|end|>"]),
      (.mistral, ["[INST]", "[/INST]"]),
    ]
    for (family, tokens) in marks where tokens.allSatisfy(hasToken) { return family }
    let name = (name ?? "").lowercased()
    func has(_ part: String) -> Bool {
      !Text.occurrences(of: Array(part.utf8), in: Array(name.utf8), limit: 1).isEmpty
    }
    let isTuned = has("chat") || has("instruct") || has("-it") || has("assistant")
    if has("openchat") { return .openchat }
    if has("zephyr") || has("tinyllama") && isTuned { return .zephyr }
    if has("vicuna") { return .vicuna }
    if has("alpaca") { return .alpaca }
    if has("deepseek"), has("coder"), isTuned { return .deepseekCoder }
    if has("mistral") || has("mixtral"), isTuned { return .mistral }
    if has("llama-2") || has("llama2") || has("codellama") || has("llama 2"), isTuned {
      return .llama2
    }
    if has("hermes") || has("dolphin") { return .chatml }
    return architecture == "phi2" || has("phi-2") ? .phi2 : nil
  }
}
