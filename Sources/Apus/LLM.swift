public import ApusCore
public import ApusRouter

/// An answer in one line, from the tiers that the environment and `./.env` describe.
///
/// ```swift
/// print(try await LLM.quick("Why is the sky blue?"))
/// ```
public enum LLM {
  /// The router behind the calls below, made when it is first used.
  /// - Throws: `ApusError` where no tier is described, with every problem in its message.
  public static func router() throws(ApusError) -> Router { try shared.get() }

  private static let shared = Result { () throws(ApusError) -> Router in
    try Router.fromEnvironment()
  }

  /// The text of the answer to one prompt.
  /// - Throws: `ApusError`; `CancellationError` when the task was cancelled.
  public static func quick(_ prompt: String) async throws -> String {
    try await advanced(prompt).text
  }

  /// The whole answer to one prompt, by the models that are named.
  /// - Parameters:
  ///   - model: A model, a tier or an alias that is asked first.
  ///   - temperature: 0 takes the likeliest token each time.
  ///   - maxTokens: At most so many tokens of an answer.
  ///   - fallbacks: Who is asked where `model` cannot answer, and nobody else.
  /// - Throws: `ApusError`; `CancellationError` when the task was cancelled.
  public static func advanced(
    _ prompt: String, model: String? = nil, temperature: Float? = nil, maxTokens: Int = 500,
    fallbacks: [String] = []
  ) async throws -> Response {
    try await router().respond(
      request(prompt, model, temperature, maxTokens, fallbacks))
  }

  /// The same, piece by piece.
  /// - Throws: `ApusError` where no tier is described; others come out of the stream.
  public static func stream(
    _ prompt: String, model: String? = nil, temperature: Float? = nil, maxTokens: Int = 500,
    fallbacks: [String] = []
  ) throws(ApusError) -> EventStream {
    try router().stream(request(prompt, model, temperature, maxTokens, fallbacks))
  }

  static func request(
    _ prompt: String, _ model: String?, _ temperature: Float?, _ maxTokens: Int,
    _ fallbacks: [String]
  ) -> Request {
    var request = Request(
      prompt, options: GenerationOptions(temperature: temperature, maxTokens: maxTokens))
    request.route.model = model
    request.route.fallbacks = fallbacks
    return request
  }
}
