/// Anything that answers: a local model, a remote tier, a router over both.
public protocol LanguageModel: Sendable {
  /// The name that responses and logs show.
  var name: String { get }

  /// Starts to answer. Returns at once; errors come out of the stream, as `ApusError`. Dropping
  /// the stream, or cancelling the task that reads it, ends the work within one token.
  func stream(_ request: Request) -> EventStream

  /// The whole answer.
  /// - Throws: `ApusError`; `CancellationError` when the task was cancelled.
  func respond(_ request: Request) async throws -> Response
}

extension LanguageModel {
  /// The whole answer.
  /// - Throws: `ApusError`; `CancellationError` when the task was cancelled.
  public func respond(_ request: Request) async throws -> Response {
    try await Response(of: stream(request), model: name)
  }

  /// The whole answer to one user message.
  public func respond(
    to prompt: String, options: GenerationOptions = GenerationOptions()
  ) async throws -> Response {
    try await respond(Request(prompt, options: options))
  }

  /// The answer to one user message, in pieces.
  public func stream(
    _ prompt: String, options: GenerationOptions = GenerationOptions()
  ) -> EventStream {
    stream(Request(prompt, options: options))
  }
}
