import ApusJSON
import Testing

@testable import ApusText

@Suite("Built-in templates") struct BuiltinTemplateTests {
  static let context: JSONObject = [
    "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": true,
    "messages": [
      ["role": "system", "content": "S"], ["role": "user", "content": "U1"],
      ["role": "assistant", "content": "A1"], ["role": "user", "content": "U2"],
    ],
  ]

  @Test(
    "the text that a family's models know",
    arguments: [
      (
        ChatTemplate.Family.chatml,
        "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU1<|im_end|>\n"
          + "<|im_start|>assistant\nA1<|im_end|>\n<|im_start|>user\nU2<|im_end|>\n"
          + "<|im_start|>assistant\n"
      ),
      (
        .llama2,
        "<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nU1 [/INST] A1 </s><s>[INST] U2 [/INST]"
      ),
      (
        .llama3,
        "<s><|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|>"
          + "<|start_header_id|>user<|end_header_id|>\n\nU1<|eot_id|>"
          + "<|start_header_id|>assistant<|end_header_id|>\n\nA1<|eot_id|>"
          + "<|start_header_id|>user<|end_header_id|>\n\nU2<|eot_id|>"
          + "<|start_header_id|>assistant<|end_header_id|>\n\n"
      ),
      (.mistral, "<s>[INST] S\n\nU1 [/INST] A1</s>[INST] U2 [/INST]"),
      (
        .gemma,
        "<s><start_of_turn>user\nS\n\nU1<end_of_turn>\n<start_of_turn>model\nA1<end_of_turn>\n"
          + "<start_of_turn>user\nU2<end_of_turn>\n<start_of_turn>model\n"
      ),
      (.phi2, "S\nInstruct: U1\nOutput: A1\nInstruct: U2\nOutput:"),
      (
        .phi3,
        "<|system|>\nS<|end|>\n<|user|>\nU1<|end|>\n<|assistant|>\nA1<|end|>\n<|user|>\nU2<|end|>\n"
          + "<|assistant|>\n"
      ),
      (
        .zephyr,
        "<|system|>\nS</s>\n<|user|>\nU1</s>\n<|assistant|>\nA1</s>\n<|user|>\nU2</s>\n"
          + "<|assistant|>\n"
      ),
      (
        .deepseekCoder,
        "<s>S\n### Instruction:\nU1\n### Response:\nA1\n<|EOT|>\n### Instruction:\nU2\n"
          + "### Response:\n"
      ),
      (.deepseek, "<s>S<｜User｜>U1<｜Assistant｜>A1</s><｜User｜>U2<｜Assistant｜>"),
      (
        .granite,
        "<|start_of_role|>system<|end_of_role|>S<|end_of_text|>\n"
          + "<|start_of_role|>user<|end_of_role|>U1<|end_of_text|>\n"
          + "<|start_of_role|>assistant<|end_of_role|>A1<|end_of_text|>\n"
          + "<|start_of_role|>user<|end_of_role|>U2<|end_of_text|>\n"
          + "<|start_of_role|>assistant<|end_of_role|>"
      ),
      (
        .commandR,
        "<s><|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>S<|END_OF_TURN_TOKEN|>"
          + "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>U1<|END_OF_TURN_TOKEN|>"
          + "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>A1<|END_OF_TURN_TOKEN|>"
          + "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>U2<|END_OF_TURN_TOKEN|>"
          + "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"
      ),
      (
        .openchat,
        "<s>S<|end_of_turn|>GPT4 Correct User: U1<|end_of_turn|>GPT4 Correct Assistant: A1"
          + "<|end_of_turn|>GPT4 Correct User: U2<|end_of_turn|>GPT4 Correct Assistant:"
      ),
      (
        .alpaca,
        "S\n\n### Instruction:\nU1\n\n### Response:\nA1\n\n### Instruction:\nU2\n\n### Response:\n"
      ),
      (.vicuna, "<s>S USER: U1 ASSISTANT: A1</s>USER: U2 ASSISTANT:"),
    ])
  func rendering(family: ChatTemplate.Family, expected: String) throws {
    #expect(try ChatTemplate(family).render(Self.context) == expected)
  }

  @Test("no system message, one question, no prompt for an answer")
  func plain() throws {
    for family in ChatTemplate.Family.allCases {
      var context = Self.context
      context["messages"] = [["role": "user", "content": "U"]]
      let asked = try ChatTemplate(family).render(context)
      context["add_generation_prompt"] = false
      let open = try ChatTemplate(family).render(context)
      #expect(asked.hasPrefix(open))
      #expect(open.contains("U"))
      #expect(!open.contains("SYS"))
      context["messages"] = []
      #expect(throws: Never.self) { try ChatTemplate(family).render(context) }
    }
  }

  @Test(
    "chosen by the vocabulary, then by the name",
    arguments: [
      (
        "llama", "Meta-Llama-3-8B", ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
        .llama3
      ),
      ("qwen2", nil, ["<|im_start|>", "<|im_end|>"], .chatml),
      ("gemma2", "gemma-2-2b", ["<start_of_turn>", "<end_of_turn>"], .gemma),
      ("phi3", nil, ["<|user|>", "<|assistant|>", "<|end|>", "<|system|>"], .phi3),
      ("llama", "mistralai_Mistral-7B-Instruct-v0.1", [], .mistral),
      ("llama", "LLaMA v2 llama-2-7b-chat", [], .llama2),
      ("llama", "codellama_CodeLlama-7b-Instruct-hf", [], .llama2),
      ("llama", "tinyllama_tinyllama-1.1b-chat-v1.0", [], .zephyr),
      ("llama", "deepseek-coder-1.3b-instruct", [], .deepseekCoder),
      ("phi2", "Phi2", [], .phi2), ("llama", "vicuna-7b-v1.5", [], .vicuna),
      ("llama", "stories260K", [], nil), ("llama", "LLaMA v2", [], nil), ("gpt2", nil, [], nil),
      ("llama", "deepseek-coder-1.3b-base", [], nil), ("llama", "Mistral-7B-v0.1", [], nil),
    ] as [(String, String?, [String], ChatTemplate.Family?)])
  func choice(
    architecture: String, name: String?, tokens: [String], expected: ChatTemplate.Family?
  ) {
    let family = ChatTemplate.builtin(architecture: architecture, name: name) {
      tokens.contains($0)
    }
    #expect(family == expected)
  }
}
