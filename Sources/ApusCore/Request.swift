public import ApusJSON

/// What a model is asked.
public struct Request: Sendable {
  public enum Prompt: Sendable, Hashable {
    /// A conversation: the model's chat template is applied where it has one.
    case messages([Message])
    /// Text to be continued as it stands, without a template.
    case text(String)
  }

  public var prompt: Prompt
  public var options: GenerationOptions
  /// Tools in OpenAI's form, offered to the chat template or passed on to a remote tier.
  public var tools: [JSON]
  /// When the caller stops waiting. Every attempt gets at most what is left of it.
  public var deadline: ContinuousClock.Instant?
  /// The beginning of the answer, which the model is to continue. Models behind a network refuse
  /// it, most of them cannot.
  public var answerSoFar: String?
  /// What a router is to heed.
  public var route = RouteOptions()

  public init(
    _ prompt: Prompt, options: GenerationOptions = GenerationOptions(), tools: [JSON] = [],
    deadline: ContinuousClock.Instant? = nil
  ) {
    self.prompt = prompt
    self.options = options
    self.tools = tools
    self.deadline = deadline
  }

  public init(_ prompt: String, options: GenerationOptions = GenerationOptions()) {
    self.init(.messages([.user(prompt)]), options: options)
  }
}
