/// Where a remote tier is and what it understands: data, not code.
public struct Provider: Sendable, Hashable {
  /// What `TIERn_TYPE` says.
  public var type: String
  /// For people.
  public var title: String
  /// The address before `/chat/completions`; `nil` where the operator must give it.
  public var baseURL: String?
  /// Environment variables that may hold the key, in order of preference.
  public var keyNames: [String]
  /// Whether a request without a key can succeed.
  public var needsKey: Bool
  /// How a key begins, for hints.
  public var keyPrefix: String?
  /// Whether `top_k`, `min_p` and `repeat_penalty` are understood.
  public var takesLocalOptions: Bool
  public var maxTokensField: String
  /// What a tier of this type may take where `TIERn_TIMEOUT` says nothing.
  public var timeout: Duration
  /// Models to try when one is not found.
  public var alternatives: [String]

  public init(
    type: String, title: String, baseURL: String? = nil, keyNames: [String] = [],
    needsKey: Bool = true, keyPrefix: String? = nil, takesLocalOptions: Bool = false,
    maxTokensField: String = "max_tokens", timeout: Duration, alternatives: [String] = []
  ) {
    self.type = type
    self.title = title
    self.baseURL = baseURL
    self.keyNames = keyNames
    self.needsKey = needsKey
    self.keyPrefix = keyPrefix
    self.takesLocalOptions = takesLocalOptions
    self.maxTokensField = maxTokensField
    self.timeout = timeout
    self.alternatives = alternatives
  }
}

extension Provider {
  /// A server of one's own that speaks OpenAI's API.
  public static let custom = Provider(
    type: "custom", title: "custom server", keyNames: ["CUSTOM_LLM_API_KEY"], needsKey: false,
    takesLocalOptions: true, timeout: .seconds(90))

  public static let all: [Provider] = [
    custom,
    Provider(
      type: "space", title: "Hugging Face Space", needsKey: false, takesLocalOptions: true,
      timeout: .seconds(30)),
    Provider(
      type: "groq", title: "Groq", baseURL: "https://api.groq.com/openai/v1",
      keyNames: ["GROQ_API_KEY"], keyPrefix: "gsk_", timeout: .seconds(30)),
    Provider(
      type: "serverless", title: "Hugging Face serverless",
      baseURL: "https://router.huggingface.co/v1", keyNames: ["HF_TOKEN"], keyPrefix: "hf_",
      timeout: .seconds(60),
      alternatives: [
        "codegen-350M-mono", "bigcode/starcoder", "Qwen2.5-Coder-1.5B-Instruct",
      ]),
    Provider(
      type: "openai", title: "OpenAI", baseURL: "https://api.openai.com/v1",
      keyNames: ["OPENAI_API_KEY"], keyPrefix: "sk-", maxTokensField: "max_completion_tokens",
      timeout: .seconds(60)),
    Provider(
      type: "commercial", title: "commercial provider", keyNames: ["CUSTOM_LLM_API_KEY"],
      timeout: .seconds(90)),
  ]

  /// The provider of a tier's type.
  public static func named(_ type: String) -> Provider? { all.first { $0.type == type } }
}
