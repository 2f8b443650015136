/// Anything that answers: a local model, a remote tier, a router over both.
public protocol LanguageModel: Sendable {
  /// The name that responses and logs show.
  var name: String { get }

  /// Starts to answer. Returns at once; errors come out of the stream, as `ApusError`. Dropping
  /// the stream, or cancelling the task that reads it, ends the work within one token.
  func stream(_ request: Request) -> EventStream
}

extension LanguageModel {
  /// The whole answer.
  /// - Throws: `ApusError`; `CancellationError` when the task was cancelled.
  public func respond(_ request: Request) async throws -> Response {
    var text = ""
    for try await event in stream(request) {
      switch event {
      case .prefill: break
      case .text(let part): text += part
      case .finished(let reason, let usage):
        return Response(text: text, finishReason: reason, usage: usage, model: name)
      }
    }
    try Task.checkCancellation()
    throw ApusError(
      .internalError, "\(name): the stream ended without a finish; please report this")
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
