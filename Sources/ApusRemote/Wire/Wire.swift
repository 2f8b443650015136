import ApusCore
import ApusJSON

/// One way of speaking with a model over HTTP: a file each in this folder.
protocol Wire: Sendable {
  /// The options' names in this format; a provider's row may change them.
  static var fields: RequestFields { get }

  /// What is asked of the upstream.
  /// - Throws: `ApusError.invalidRequest` where the format cannot express it.
  func call(_ request: Request, _ target: WireTarget) throws(ApusError) -> WireCall

  /// Reads the answer to one call.
  func reader() -> any WireReader
}

/// Whom a call goes to.
struct WireTarget: Sendable {
  var model: String
  /// The options' names as this provider and model know them.
  var fields: RequestFields
  /// Whether text can be continued without a chat.
  var continuesText = false
  /// Whether `stream_options` is understood.
  var asksForUsage = true
}

/// One HTTP request of an exchange.
struct WireCall: Sendable, Hashable {
  /// Under the base address; or a whole address that the upstream has named.
  var path: String
  /// `nil` makes the request a GET.
  var body: JSON?
  /// What to wait before.
  var delay: Duration = .zero
}

/// Reads one answer, streamed or whole.
protocol WireReader: Sendable {
  var answer: Answer { get set }

  /// One frame of a stream. What is no JSON is passed over: upstreams send such.
  /// - Throws: `RemoteFailure` where the frame is an error.
  mutating func read(_ frame: Frame) throws

  /// A whole answer.
  mutating func read(whole json: JSON) throws

  /// What is to be asked next for the rest of the answer; told once.
  mutating func nextCall() -> WireCall?

  /// The call that ends the upstream's work when nobody wants it any more.
  var cancellation: WireCall? { get }
}

extension Wire {
  var fields: RequestFields { Self.fields }
}

extension WireReader {
  mutating func nextCall() -> WireCall? { nil }
  var cancellation: WireCall? { nil }
}

extension Frame {
  var json: JSON? { try? JSON(parsing: data) }
}

/// An answer as it comes in, in the terms of every model.
struct Answer: Sendable {
  private(set) var text = ""
  /// Whether there was anything: text, a thought, a call of a tool.
  private(set) var hasContent = false
  private(set) var hasToolCalls = false
  var reason: FinishReason?
  var usage = Usage()
  /// Whether nothing can follow.
  var isDone = false
  private var events: [Event] = []
  /// Which call of the answer the upstream's block or item of a number is.
  private var calls: [Int: Int] = [:]

  /// What came since this was last asked.
  mutating func takeEvents() -> [Event] {
    defer { events = [] }
    return events
  }

  mutating func append(text piece: String?) {
    guard let piece, !piece.isEmpty else { return }
    text += piece
    append(.text(piece))
  }

  mutating func append(reasoning piece: String?) {
    guard let piece, !piece.isEmpty else { return }
    append(.reasoning(piece))
  }

  mutating func append(_ delta: ToolCallDelta) {
    hasToolCalls = true
    append(.toolCall(delta))
  }

  /// The upstream's block of this number is the answer's next call.
  mutating func beginCall(at block: Int, id: String?, name: String?, arguments: String = "") {
    let call = calls.count
    calls[block] = call
    append(ToolCallDelta(index: call, id: id, name: name, arguments: arguments))
  }

  func hasCall(at block: Int) -> Bool { calls[block] != nil }

  /// A piece of the arguments; of a block that is no call, nothing.
  mutating func append(arguments piece: String?, toCallAt block: Int) {
    guard let call = calls[block], let piece, !piece.isEmpty else { return }
    append(ToolCallDelta(index: call, arguments: piece))
  }

  private mutating func append(_ event: Event) {
    hasContent = true
    events.append(event)
  }

  /// The last event.
  /// - Throws: `ApusError` where the answer did not come to its end.
  func finish(_ name: String) throws(ApusError) -> Event {
    if let reason {
      // Some upstreams say "stop" where they want a tool called.
      return .finished(hasToolCalls && reason == .stop ? .toolCalls : reason, usage)
    }
    if isDone, hasContent { return .finished(hasToolCalls ? .toolCalls : .stop, usage) }
    if !hasContent { throw ApusError(.badResponse, "\(name): the answer holds no text") }
    throw ApusError(
      .streamInterrupted, "\(name): the stream broke off before the answer's end",
      partialText: text)
  }
}
