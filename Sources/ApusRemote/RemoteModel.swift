public import ApusCore
import ApusJSON

/// A model behind an API: a provider's row, its wire format, its way of knowing who asks, and HTTP.
public struct RemoteModel: LanguageModel {
  public let name: String
  private let url: String
  let target: WireTarget
  private let wire: any Wire
  private let authenticator: Authenticator
  let provider: Provider
  private let timeouts: HTTPTimeouts
  private let policy: AddressPolicy
  let client: HTTPClient
  let availabilityCache = AvailabilityCache()

  /// Which model it is, whatever it is called here: the provider, the address, the provider's name for
  /// the model.
  package var address: String { "\(provider.type) \(url) \(target.model)" }

  /// - Parameters:
  ///   - url: The address before the format's own path, `https://api.groq.com/openai/v1` for one.
  ///     Default: the provider's.
  ///   - key: Sent as the provider wants it; `nil`, empty or `optional` sends none. Where the
  ///     provider knows a cloud's credentials it may be these, as a JSON object
  ///     (``Provider/key(in:)`` puts them together).
  ///   - timeouts: Of one exchange. A router sets limits of its own on top.
  ///   - policy: Where the address may lead. Default: that of a provider's row to public hosts over
  ///     `https://`, any other also to this machine and to private networks, there over `http://` too.
  /// - Throws: `ApusError.configuration` where the address or the key cannot be sent.
  public init(
    provider: Provider = .custom, url: String? = nil, model: String, key: String? = nil,
    name: String? = nil, timeouts: HTTPTimeouts = HTTPTimeouts(), policy: AddressPolicy? = nil,
    client: HTTPClient = .shared
  ) throws(ApusError) {
    guard let address = url ?? provider.baseURL else {
      throw ApusError(.configuration, "\(provider.title): the base address is missing")
    }
    do throws(ApusError) {
      try Self.check(address, provider)
      authenticator = try Authenticator(provider.authentication, key: key, client: client)
    } catch {
      throw ApusError(error.code, "\(provider.title): \(error.message)")
    }
    self.url = address.hasSuffix("/") ? String(address.dropLast()) : address
    self.name = name ?? model
    self.provider = provider
    self.timeouts = timeouts
    self.policy = policy ?? .standard(for: Address(address), of: provider)
    self.client = client
    wire = provider.format.wire
    var fields = provider.fields
    if let changes = provider.facts(of: model)?.fields {
      do throws(ProviderError) {
        fields = try fields.changed(by: changes)
      } catch {
        throw ApusError(.configuration, "\(provider.title): \(error)")
      }
    }
    target = WireTarget(
      model: provider.modelAliases[model] ?? model, fields: fields,
      continuesText: provider.continuesText, asksForUsage: provider.asksForUsage)
  }

  private static func check(_ address: String, _ provider: Provider) throws(ApusError) {
    guard address.hasPrefix("https://") || address.hasPrefix("http://") else {
      throw ApusError(.configuration, "the base address must begin with https:// or http://")
    }
    guard address.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
      throw ApusError(.configuration, "the base address has blanks or control characters")
    }
    if let brace = address.firstIndex(of: "{") {
      let placeholder = address[address.index(after: brace)...].prefix { $0 != "}" }
      let names = provider.placeholders[String(placeholder)] ?? []
      let hint = names.isEmpty ? "" : ": set \(names.joined(separator: " or "))"
      throw ApusError(
        .configuration, "{\(placeholder)} of the base address is not filled in\(hint)")
    }
    guard !Address(address).authority.contains("@") else {
      throw ApusError(
        .configuration, "the base address holds a password; give the key by itself")
    }
  }

  /// Whether what is asked stays on this machine.
  public var isOnThisMachine: Bool { Address(url).isLoopback }

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
    var reader = wire.reader()
    var next: WireCall? = try wire.call(request, target)
    do {
      while let call = next {
        if call.delay > .zero { try await Task.sleep(for: call.delay) }
        try await perform(call, deadline: request.deadline, &reader, sink, observe)
        next = reader.nextCall()
      }
    } catch {
      let answer = reader.answer
      if error is CancellationError || Task.isCancelled || isTimeout(error) { end(reader) }
      guard answer.hasContent, !(error is CancellationError) else { throw error }
      let reason = translated(error)
      throw ApusError(
        .streamInterrupted, "\(name): the stream broke off: \(reason)", cause: reason,
        partialText: answer.text)
    }
    sink.yield(try reader.answer.finish(name))
  }

  /// One call, and its answer up to the end or to the next call.
  private func perform(
    _ call: WireCall, deadline: ContinuousClock.Instant?, _ reader: inout any WireReader,
    _ sink: EventStream.Sink, _ observe: (HTTPHead) -> Void
  ) async throws {
    let response = client.send(try await request(call, deadline: deadline))
    var head = HTTPHead(status: 0, headers: [])
    var frames: FrameParser?
    var whole: [UInt8] = []
    func pass(_ received: [Frame]) throws {
      // Events before an error in the same bytes are the reader's already, and go out first.
      defer { for event in reader.answer.takeEvents() { sink.yield(event) } }
      for frame in received where !reader.answer.isDone { try reader.read(frame) }
    }
    receiving: for try await part in response {
      switch part {
      case .head(let received):
        head = received
        observe(head)
        guard (200..<300).contains(head.status) else { continue }
        frames = Framing(
          contentType: head["content-type"] ?? "", isAlwaysLines: provider.format == .ollama
        ).map { FrameParser($0) }
      case .body(let bytes) where frames != nil:
        try pass(try frames?.append(bytes) ?? [])
        if reader.answer.isDone {
          response.complete()
          break receiving
        }
      case .body(let bytes):
        // Only the beginning of an error page matters; an answer has its limit.
        if (200..<300).contains(head.status) || whole.count < 65_536 { whole += bytes }
        guard whole.count <= Self.wholeLimit else {
          throw ApusError(.badResponse, "\(name): the answer is too long")
        }
      }
    }
    try Task.checkCancellation()
    guard (200..<300).contains(head.status) else { throw failure(head, whole) }
    if frames != nil {
      try pass(frames?.finish() ?? [])
    } else {
      guard let json = try? JSON(parsing: whole), json.object != nil || json.array != nil else {
        throw ApusError(.badResponse, "\(name): the answer is no JSON")
      }
      defer { for event in reader.answer.takeEvents() { sink.yield(event) } }
      try reader.read(whole: json)
    }
  }

  private static let wholeLimit = 16 << 20

  func request(
    _ call: WireCall, deadline: ContinuousClock.Instant?
  ) async throws -> HTTPRequest {
    var timeouts = timeouts
    if let deadline {
      let left = deadline - .now
      guard left > .zero else { throw HTTPFailure(.timeout, "no time left") }
      timeouts.total = min(timeouts.total ?? left, left)
    }
    let isElsewhere = call.path.hasPrefix("https://") || call.path.hasPrefix("http://")
    let address = isElsewhere ? call.path : url + call.path
    var headers: [(name: String, value: String)] = [
      ("Accept", "text/event-stream, application/json")
    ]
    if call.body != nil { headers.append(("Content-Type", "application/json")) }
    for (name, value) in provider.headers.sorted(by: { $0.key < $1.key }) {
      headers.append((name, value))
    }
    var request = HTTPRequest(
      url: address, headers: headers, body: call.body.map { Array($0.serialized().utf8) },
      timeouts: timeouts, policy: policy)
    guard isElsewhere else {
      try await authenticator.authorize(&request)
      return request
    }
    // An address that the upstream names gets the key only where it is the upstream's own, and must
    // not lead from outside to this machine or its network.
    let (here, there) = (Address(url), Address(address))
    if there.isSameOrigin(as: here) {
      try await authenticator.authorize(&request)
    } else if there.scheme != "https" || there.authority.contains("@") {
      throw ApusError(.badResponse, "\(name): the upstream names an address that is not used")
    } else {
      request.policy = AddressPolicy()
    }
    return request
  }

  /// Tells an upstream whose work goes on without a reader that nobody waits.
  private func end(_ reader: any WireReader) {
    guard let call = reader.cancellation else { return }
    Task {
      // Whatever comes of it, nobody is there to hear.
      guard let request = try? await request(call, deadline: .now + .seconds(5)) else { return }
      do { for try await _ in client.send(request) {} } catch {}
    }
  }

  private func isTimeout(_ error: any Error) -> Bool {
    (error as? HTTPFailure)?.reason == .timeout
  }

  func failure(_ head: HTTPHead, _ body: [UInt8]) -> RemoteFailure {
    if head.status == 401 { authenticator.refused() }
    var failure = RemoteFailure(head: head, body: body)
    if (300..<400).contains(head.status), let location = head["location"] {
      failure.message = redirection(to: location)
    }
    if failure.status == 429, failure.retryAfter == nil {
      failure.retryAfter = provider.rateLimits(in: head).exhaustedFor
    }
    return failure
  }

  /// Nothing but the host is repeated: the rest may hold what is nobody's business.
  private func redirection(to location: String) -> String {
    let host = Address(location).host.filter { $0 > " " && $0.isASCII }.prefix(100)
    let place = location.contains("://") ? String(host) : "elsewhere on the same host"
    return
      "leads to \(place), which is not followed; give that address as the tier's own if it is right"
  }

  /// Errors of the exchange in the terms of every model. The key is in none of them.
  func translated(_ error: any Error) -> any Error {
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
        case .certificate: .certificateRefused
        case .refused: .addressRefused
        }
      return ApusError(code, "\(name): \(failure)", cause: failure)
    case let failure as ServerSentEventParser.TooLong:
      return ApusError(.badResponse, "\(name): \(failure)", cause: failure)
    case let failure as AmazonEventError:
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
    case .modelNotFound:
      if let current = provider.decommissioned[target.model] { return "; use \(current)" }
      guard !provider.alternatives.isEmpty else { return "" }
      return "; others: " + provider.alternatives.joined(separator: ", ")
    default: return ""
    }
  }

  /// An upstream may repeat the key in its message.
  private func cleaned(_ failure: RemoteFailure) -> RemoteFailure {
    var cleaned = failure
    for key in authenticator.secrets {
      cleaned.message = key.removed(from: cleaned.message)
      cleaned.code = cleaned.code.map { key.removed(from: $0) }
    }
    return cleaned
  }
}
