/// The events of one answer. Single consumer; dropping it cancels the work behind it.
public struct EventStream: AsyncSequence, Sendable {
  public typealias Element = Event
  private let base: AsyncThrowingStream<Event, any Error>

  /// A stream whose events `work` yields. `work` runs in a task of its own that is cancelled when
  /// the consumer goes away; what it throws ends the stream.
  public init(_ work: @escaping @Sendable (Sink) async throws -> Void) {
    base = AsyncThrowingStream { continuation in
      let task = Task {
        do {
          try await work(Sink(continuation: continuation))
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  /// A stream that fails at once.
  public init(throwing error: any Error) {
    base = AsyncThrowingStream { $0.finish(throwing: error) }
  }

  /// Where the producer puts events.
  public struct Sink: Sendable {
    fileprivate let continuation: AsyncThrowingStream<Event, any Error>.Continuation

    /// - Returns: false when the consumer is gone and the work should stop.
    @discardableResult
    public func yield(_ event: Event) -> Bool {
      if case .terminated = continuation.yield(event) { return false }
      return true
    }
  }

  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate var base: AsyncThrowingStream<Event, any Error>.AsyncIterator
    public mutating func next() async throws -> Event? { try await base.next() }
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws -> Event? {
      try await base.next(isolation: actor)
    }
  }

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(base: base.makeAsyncIterator())
  }
}
