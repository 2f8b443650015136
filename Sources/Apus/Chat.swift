public import ApusCore
public import ApusJSON

/// A conversation with a model, local or remote. A copy is a branch of it.
///
/// ```swift
/// var chat = Chat(model, system: "Be terse.")
/// print(try await chat.send("2+2?").text)
/// try await chat.send("Why?") { print($0, terminator: "") }
/// ```
public struct Chat: Sendable {
  public let model: any LanguageModel
  /// What was said, the system's words included. May be edited between turns.
  public var messages: [Message]
  public var options: GenerationOptions
  /// Tools in OpenAI's form.
  public var tools: [JSON]

  public init(
    _ model: any LanguageModel, system: String? = nil,
    options: GenerationOptions = GenerationOptions(), tools: [JSON] = []
  ) {
    self.model = model
    self.options = options
    self.tools = tools
    messages = system.map { [.system($0)] } ?? []
  }

  /// Says `text` and waits for the answer; both become part of the conversation.
  ///
  /// An answer that is broken off, by cancelling the task or by a fault after its first words,
  /// stays in the conversation as far as it came. A turn that brought no word is taken back, so
  /// that it can be tried again.
  /// - Parameter onText: Given the pieces of the answer as they come.
  /// - Throws: `ApusError`; `CancellationError` when the task was cancelled.
  @discardableResult
  public mutating func send(
    _ text: String, deadline: ContinuousClock.Instant? = nil,
    onText: @Sendable (String) async throws -> Void = { _ in }
  ) async throws -> Response {
    messages.append(.user(text))
    var answer = PartialResponse(model: model.name)
    do {
      let request = Request(
        .messages(messages), options: options, tools: tools, deadline: deadline)
      for try await event in model.stream(request) {
        if let response = answer.append(event) {
          messages.append(response.message)
          return response
        }
        if case .text(let piece) = event { try await onText(piece) }
      }
      throw try answer.endedEarly()
    } catch {
      if answer.text.isEmpty {
        messages.removeLast()
      } else {
        messages.append(.assistant(answer.text))
      }
      throw error
    }
  }

  /// Forgets everything but what the system said at the beginning.
  public mutating func reset() {
    messages = Array(messages.prefix { $0.role == .system })
  }
}
