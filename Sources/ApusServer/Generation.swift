#if Tools
  import ApusCore
  import Synchronization

  /// The events of one answer, pumped by a task that can be cancelled from elsewhere.
  final class Generation: Sendable {
    private let state = Mutex<(task: Task<Void, Never>?, cancelled: Bool)>((nil, false))

    /// The events of `request`; empty after `cancel()`.
    func start(
      _ model: any LanguageModel, _ request: ApusCore.Request
    ) -> AsyncThrowingStream<Event, any Error> {
      let (events, continuation) = AsyncThrowingStream<Event, any Error>.makeStream()
      let task = Task {
        do {
          for try await event in model.stream(request) { continuation.yield(event) }
          try Task.checkCancellation()
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      let cancelled = state.withLock { state in
        state.task = task
        return state.cancelled
      }
      if cancelled { task.cancel() }
      return events
    }

    func cancel() {
      state.withLock { state in
        state.cancelled = true
        return state.task
      }?.cancel()
    }
  }
#endif
