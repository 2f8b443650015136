public import ApusCore
import ApusJSON

/// A model behind an OpenAI-compatible API.
public struct RemoteModel: LanguageModel {
  public let name: String
  private let url: String
  private let model: String
  private let key: APIKey?
  private let wire: OpenAIWire
  private let provider: Provider
  private let timeouts: HTTPTimeouts
  private let client: HTTPClient

  /// - Parameters:
  ///   - url: The address before `/chat/completions`, `https://api.groq.com/openai/v1` for one.
  ///     Default: the provider's.
  ///   - key: Sent as `Authorization: Bearer …`; `nil`, empty or `optional` sends no such header.
  ///   - timeouts: Of one exchange. A router sets limits of its own on top.
  /// - Throws: `ApusError.configuration` where the address or the key cannot be sent.
  public init(
    provider: Provider = .custom, url: String? = nil, model: String, key: String? = nil,
    name: String? = nil, timeouts: HTTPTimeouts = HTTPTimeouts(), client: HTTPClient = .shared
  ) throws(ApusError) {
    guard let address = url ?? provider.baseURL else {
      throw ApusError(.configuration, "\(provider.title): the base address is missing")
    }
    guard address.hasPrefix("https://") || address.hasPrefix("http://") else {
      throw ApusError(
        .configuration, "\(provider.title): the base address must begin with https:// or http://")
    }
    guard address.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
      throw ApusError(
        .configuration, "\(provider.title): the base address has blanks or control characters")
    }
    let secret = key.map { APIKey($0) }.flatMap { $0.isSent ? $0 : nil }
    if let secret, !secret.value.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) {
      throw ApusError(
        .configuration, "\(provider.title): the key has blanks or control characters")
    }
    let authority = address.split(separator: "/", maxSplits: 2).dropFirst().first ?? ""
    guard !authority.contains("@") else {
      throw ApusError(
        .configuration,
        "\(provider.title): the base address holds a password; give the key by itself")
    }
    self.url = address.hasSuffix("/") ? String(address.dropLast()) : address
    self.model = model
    self.key = secret
    self.name = name ?? model
    self.provider = provider
    self.timeouts = timeouts
    self.client = client
    wire = OpenAIWire(
      takesLocalOptions: provider.takesLocalOptions, maxTokensField: provider.maxTokensField)
  }

  public func stream(_ request: Request) -> EventStream { stream(request) { _ in } }

  /// - Parameter observe: Given the head of the response as soon as it is there: what it says of
  ///   limits holds whatever comes of the answer.
  public func stream(
    _ request: Request, observe: @escaping @Sendable (HTTPHead) -> Void
  ) -> EventStream {
    EventStream { sink in
      do {
        try await exchange(request, sink, observe)
      } catch {
        throw translated(error)
      }
    }
  }

  private func exchange(
    _ request: Request, _ sink: EventStream.Sink, _ observe: (HTTPHead) -> Void
  ) async throws {
    guard request.answerSoFar == nil else {
      throw ApusError(.invalidRequest, "\(name): an answer cannot be continued there")
    }
    var headers: [(name: String, value: String)] = [
      ("Content-Type", "application/json"), ("Accept", "text/event-stream, application/json"),
    ]
    if let key { headers.append(("Authorization", "Bearer \(key.value)")) }
    var timeouts = timeouts
    if let deadline = request.deadline {
      let left = deadline - .now
      guard left > .zero else { throw HTTPFailure(.timeout, "no time left") }
      timeouts.total = min(timeouts.total ?? left, left)
    }
    let body = wire.body(request, model: model).serialized()
    let response = client.send(
      HTTPRequest(
        url: url + wire.path(request), headers: headers, body: Array(body.utf8),
        timeouts: timeouts))

    var head = HTTPHead(status: 0, headers: [])
    var isStream = false
    var events = ServerSentEventParser()
    var whole: [UInt8] = []
    var answer = OpenAIAnswer()
    do {
      receiving: for try await part in response {
        switch part {
        case .head(let received):
          head = received
          observe(head)
          isStream =
            head.status == 200 && (head["content-type"] ?? "").hasPrefix("text/event-stream")
        case .body(let bytes) where isStream:
          for event in try events.append(bytes) {
            for event in try answer.read(data: event.data) { sink.yield(event) }
            if answer.isDone {
              response.complete()
              break receiving
            }
          }
        case .body(let bytes):
          // Only the beginning of an error page matters; an answer has its limit.
          if head.status == 200 || whole.count < 65_536 { whole += bytes }
          guard whole.count <= Self.wholeLimit else {
            throw ApusError(.badResponse, "\(name): the answer is too long")
          }
        }
      }
      try Task.checkCancellation()
      guard head.status == 200 else {
        throw cleaned(RemoteFailure(head: head, body: whole))
      }
      if !isStream {
        guard let json = try? JSON(parsing: whole), json.object != nil else {
          throw ApusError(.badResponse, "\(name): the answer is no JSON")
        }
        for event in try answer.read(json) { sink.yield(event) }
      }
    } catch  where answer.hasContent {
      if error is CancellationError { throw error }
      let reason = translated(error)
      throw ApusError(
        .streamInterrupted, "\(name): the stream broke off: \(reason)", cause: reason,
        partialText: answer.text)
    }
    sink.yield(try answer.finish(name))
  }

  private static let wholeLimit = 16 << 20

  /// Errors of the exchange in the terms of every model. The key is in none of them.
  private func translated(_ error: any Error) -> any Error {
    switch error {
    case let failure as RemoteFailure:
      let failure = cleaned(failure)
      return ApusError(failure.meaning, "\(name): \(failure)\(hint(failure))", cause: failure)
    case let failure as HTTPFailure:
      let code: ApusError.Code =
        switch failure.reason {
        case .connection: .network
        case .timeout: .timeout
        case .tooLarge: .badResponse
        case .unavailable: .configuration
        }
      return ApusError(code, "\(name): \(failure)", cause: failure)
    case let failure as ServerSentEventParser.TooLong:
      return ApusError(.badResponse, "\(name): \(failure)", cause: failure)
    default:
      return error
    }
  }

  private func hint(_ failure: RemoteFailure) -> String {
    switch failure.meaning {
    case .authentication:
      guard let name = provider.keyNames.first else { return "; check the key" }
      return "; check \(name)" + (provider.keyPrefix.map { " (it begins with \($0))" } ?? "")
    case .modelNotFound where !provider.alternatives.isEmpty:
      return "; others: " + provider.alternatives.joined(separator: ", ")
    default: return ""
    }
  }

  /// An upstream may repeat the key in its message.
  private func cleaned(_ failure: RemoteFailure) -> RemoteFailure {
    guard let key else { return failure }
    var cleaned = failure
    cleaned.message = key.removed(from: failure.message)
    return cleaned
  }
}
