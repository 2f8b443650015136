/// A model whose prompts never leave this machine.
///
/// Whoever conforms vouches for it: a router takes such a model for a local tier, and gives private
/// prompts to no other.
public protocol OnDeviceModel: LanguageModel {
  /// What it has to do now, and how fast it is; `nil` while it is not loaded.
  var load: ModelLoad? { get }
}

extension OnDeviceModel {
  public var load: ModelLoad? { nil }

  /// Starts to answer a private request.
  public func stream(_ request: PrivateRequest) -> EventStream { stream(request.request) }

  /// The whole answer to a private request.
  /// - Throws: `ApusError`; `CancellationError` when the task was cancelled.
  public func respond(_ request: PrivateRequest) async throws -> Response {
    try await respond(request.request)
  }
}

/// A request that must not leave this machine. Models behind a network do not take it: code that
/// sends it to one does not compile.
///
/// ```swift
/// let secret = PrivateRequest("My salary is …")
/// try await localModel.respond(secret)      // an `OnDeviceModel`
/// try await router.respond(secret)          // its local tiers alone
/// ```
public struct PrivateRequest: Sendable {
  /// For models on this machine, and for routers, which give it to those alone.
  package let request: Request

  public init(_ request: Request) { self.request = request }

  public init(_ prompt: String, options: GenerationOptions = GenerationOptions()) {
    request = Request(prompt, options: options)
  }
}

/// What a model on this machine has to do, and how fast it is: what a caller may expect of it.
public struct ModelLoad: Sendable, Hashable {
  /// Requests that run, and that wait.
  public var running: Int
  public var waiting: Int
  /// Requests that may run at once.
  public var slots: Int
  /// Seconds for each token of a prompt, and for each of an answer.
  public var promptTime: Double
  public var answerTime: Double
  /// Tokens of a usual answer.
  public var answerLength: Double
  /// Tokens of prompt and answer together.
  public var contextLength: Int

  public init(
    running: Int, waiting: Int, slots: Int, promptTime: Double, answerTime: Double,
    answerLength: Double, contextLength: Int
  ) {
    self.running = running
    self.waiting = waiting
    self.slots = max(slots, 1)
    self.promptTime = promptTime
    self.answerTime = answerTime
    self.answerLength = answerLength
    self.contextLength = contextLength
  }

  /// Seconds until a prompt's first token, and for each token after it. Those that run share the
  /// machine; whoever has to wait, waits for a usual answer of each before it.
  public func expectation(promptTokens: Int) -> (firstToken: Double, perToken: Double) {
    let sharing = Double(min(running + 1, slots))
    let perToken = sharing * answerTime
    let ahead = max(0, running + waiting + 1 - slots)
    let queue = Double(ahead) / Double(slots) * answerLength * perToken
    return (queue + sharing * promptTime * Double(promptTokens), perToken)
  }
}
