import ApusCore
import Synchronization

#if Tools
  import Logging
#endif

/// A model that says what a test tells it to.
final class ScriptedModel: LanguageModel {
  enum Step: Sendable {
    case event(Event)
    case fail(ApusError)
    /// Waits until the task is cancelled.
    case hang
  }

  let name = "scripted"
  private let steps: [Step]
  private let seen = Mutex<[Request]>([])
  private let cancelled = Mutex(false)

  init(_ steps: [Step]) { self.steps = steps }

  var requests: [Request] { seen.withLock { $0 } }
  var wasCancelled: Bool { cancelled.withLock { $0 } }

  func stream(_ request: Request) -> EventStream {
    seen.withLock { $0.append(request) }
    return EventStream { [self] sink in
      for step in steps {
        switch step {
        case .event(let event): sink.yield(event)
        case .fail(let error): throw error
        case .hang:
          do {
            try await Task.sleep(for: .seconds(60))
          } catch {
            cancelled.withLock { $0 = true }
            throw error
          }
        }
      }
    }
  }

  static func saying(_ parts: String...) -> ScriptedModel {
    ScriptedModel(
      parts.map { .event(.text($0)) } + [
        .event(.finished(.stop, Usage(promptTokens: 3, completionTokens: parts.count)))
      ])
  }
}

#if Tools
  extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
  }
#endif
