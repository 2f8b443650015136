import ApusCore
import Synchronization

/// A model that answers, fails or hangs as a test tells it to.
final class ScriptedTier: OnDeviceModel {
  enum Behaviour: Sendable {
    case answer([String])
    case fail(ApusError)
    case failAfter([String], ApusError)
    case hang
    /// Waits before it answers.
    case answerAfter(Duration, [String])
    /// Waits until something is so.
    case answerWhen(@Sendable () -> Bool, [String])
    /// The text and then nothing.
    case hangAfter([String])
    /// A behaviour for each request; the last for all after them.
    indirect case script([Behaviour])
  }
  let name: String
  private let behaviour: Behaviour
  private let counts = Mutex((asked: 0, cancelled: 0))
  private let requests = Mutex<[Request]>([])
  /// What it says of itself.
  let load: ModelLoad?

  init(_ name: String, _ behaviour: Behaviour, load: ModelLoad? = nil) {
    self.load = load
    self.name = name
    self.behaviour = behaviour
  }

  var asked: Int { counts.withLock { $0.asked } }
  var cancelled: Int { counts.withLock { $0.cancelled } }
  var lastRequest: Request? { requests.withLock { $0.last } }
  var lastDeadline: ContinuousClock.Instant? { lastRequest?.deadline }

  func stream(_ request: Request) -> EventStream {
    let number = counts.withLock { counts in
      counts.asked += 1
      return counts.asked - 1
    }
    requests.withLock { $0.append(request) }
    return EventStream { [self] sink in try await play(behaviour, number, sink) }
  }

  private func play(
    _ behaviour: Behaviour, _ number: Int, _ sink: EventStream.Sink
  ) async throws {
    switch behaviour {
    case .answer(let parts):
      for part in parts { sink.yield(.text(part)) }
      sink.yield(.finished(.stop, Usage(completionTokens: parts.count)))
    case .answerAfter(let delay, let parts):
      try await wait(delay)
      try await play(.answer(parts), number, sink)
    case .answerWhen(let isSo, let parts):
      while !isSo() { try await wait(.milliseconds(2)) }
      try await play(.answer(parts), number, sink)
    case .fail(let error): throw error
    case .failAfter(let parts, let error):
      for part in parts { sink.yield(.text(part)) }
      throw error
    case .hang: try await wait(.seconds(60))
    case .hangAfter(let parts):
      for part in parts { sink.yield(.text(part)) }
      try await wait(.seconds(60))
    case .script(let behaviours):
      try await play(behaviours[min(number, behaviours.count - 1)], number, sink)
    }
  }

  private func wait(_ time: Duration) async throws {
    do {
      try await Task.sleep(for: time)
    } catch {
      counts.withLock { $0.cancelled += 1 }
      throw error
    }
  }
}

/// A scripted model that stands for one of another machine.
struct FarTier: LanguageModel {
  let scripted: ScriptedTier
  var name: String { scripted.name }

  init(_ name: String, _ behaviour: ScriptedTier.Behaviour) {
    scripted = ScriptedTier(name, behaviour)
  }

  func stream(_ request: Request) -> EventStream { scripted.stream(request) }
}
