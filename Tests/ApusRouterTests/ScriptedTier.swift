import ApusCore
import Synchronization

/// A model that answers, fails or hangs as a test tells it to.
final class ScriptedTier: LanguageModel {
  enum Behaviour: Sendable {
    case answer([String])
    case fail(ApusError)
    case failAfter([String], ApusError)
    case hang
  }
  let name: String
  private let behaviour: Behaviour
  private let counts = Mutex((asked: 0, cancelled: 0))
  private let deadlines = Mutex<[ContinuousClock.Instant?]>([])

  init(_ name: String, _ behaviour: Behaviour) {
    self.name = name
    self.behaviour = behaviour
  }

  var asked: Int { counts.withLock { $0.asked } }
  var cancelled: Int { counts.withLock { $0.cancelled } }
  var lastDeadline: ContinuousClock.Instant? { deadlines.withLock { $0.last ?? nil } }

  func stream(_ request: Request) -> EventStream {
    counts.withLock { $0.asked += 1 }
    deadlines.withLock { $0.append(request.deadline) }
    return EventStream { [self] sink in
      switch behaviour {
      case .answer(let parts):
        for part in parts { sink.yield(.text(part)) }
        sink.yield(.finished(.stop, Usage(completionTokens: parts.count)))
      case .fail(let error): throw error
      case .failAfter(let parts, let error):
        for part in parts { sink.yield(.text(part)) }
        throw error
      case .hang:
        do {
          try await Task.sleep(for: .seconds(60))
        } catch {
          counts.withLock { $0.cancelled += 1 }
          throw error
        }
      }
    }
  }
}
