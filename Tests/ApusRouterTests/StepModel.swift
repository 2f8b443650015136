import ApusCore
import Synchronization

@testable import ApusRouter

/// A model that says what a test makes it say, when the test makes it.
final class StepModel: LanguageModel {
  enum Step: Sendable {
    case say(Event)
    case fail(ApusError)
  }
  let name: String
  private struct State {
    var asked = 0
    var cancelled = 0
    var steps: [AsyncStream<Step>.Continuation] = []
  }
  private let state = Mutex(State())

  init(_ name: String = "step") { self.name = name }

  var asked: Int { state.withLock { $0.asked } }
  var cancelled: Int { state.withLock { $0.cancelled } }

  /// To the request that was asked last.
  func say(_ events: Event...) { for event in events { step(.say(event)) } }
  func fail(_ error: ApusError) { step(.fail(error)) }
  func finish() { say(.finished(.stop, Usage(promptTokens: 1, completionTokens: 2))) }

  private func step(_ step: Step) { _ = state.withLock { $0.steps.last?.yield(step) } }

  /// Waits until it has been asked so often.
  func isAsked(_ times: Int = 1) async throws {
    while asked < times { try await Task.sleep(for: .milliseconds(1)) }
  }

  /// Waits until so many requests have been given up.
  func isCancelled(_ times: Int = 1) async throws {
    while cancelled < times { try await Task.sleep(for: .milliseconds(1)) }
  }

  func stream(_ request: Request) -> EventStream {
    let (steps, continuation) = AsyncStream<Step>.makeStream()
    state.withLock { state in
      state.asked += 1
      state.steps.append(continuation)
    }
    return EventStream { [self] sink in
      for await step in steps {
        switch step {
        case .say(let event):
          sink.yield(event)
          if case .finished = event { return }
        case .fail(let error): throw error
        }
      }
      state.withLock { $0.cancelled += 1 }
      throw CancellationError()
    }
  }
}

/// A clock on the wall that a test moves; nobody waits.
final class WallTiming: Sendable {
  private let now = Mutex(1_000_000.0)

  func advance(_ seconds: Double) { now.withLock { $0 += seconds } }

  var timing: RouterTiming {
    var timing = RouterTiming()
    timing.wall = { [self] in now.withLock { $0 } }
    timing.sleep = { _ in try Task.checkCancellation() }
    return timing
  }
}

/// A store that lasts as long as the test.
final class DictionaryStore: CacheStore {
  private let answers = Mutex<[CacheKey: CachedAnswer]>([:])

  var count: Int { answers.withLock { $0.count } }
  func answer(for key: CacheKey) -> CachedAnswer? { answers.withLock { $0[key] } }
  func keep(_ answer: CachedAnswer, for key: CacheKey) { answers.withLock { $0[key] = answer } }

  /// Waits until it holds so many.
  func holds(_ count: Int) async throws {
    while self.count < count { try await Task.sleep(for: .milliseconds(1)) }
  }
}
