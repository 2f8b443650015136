public import ApusCore
import Synchronization

/// A model that is loaded when it is first asked. Requests that come meanwhile wait for the same
/// load; after a failed one the next is tried only after a rest, so that a damaged file is not
/// read again for every request.
public final class LazyModel: FileBackedModel {
  public typealias Loader = @Sendable () async throws -> any OnDeviceModel

  public let name: String
  private let rest: Duration
  private let loader: Loader
  private let identify: @Sendable () -> ModelIdentity?

  private enum State {
    case unloaded
    case loading(Task<any OnDeviceModel, any Error>)
    case loaded(any OnDeviceModel)
    case failed(any Error, until: ContinuousClock.Instant)
  }
  private let state = Mutex(State.unloaded)

  /// - Parameter identify: Which model it will be, as long as it is not loaded.
  public init(
    name: String, rest: Duration = .seconds(30),
    identify: @escaping @Sendable () -> ModelIdentity? = { nil }, load: @escaping Loader
  ) {
    self.name = name
    self.rest = rest
    self.identify = identify
    self.loader = load
  }

  /// The model's, once it is loaded.
  public var load: ModelLoad? {
    state.withLock { state in
      if case .loaded(let model) = state { return model.load }
      return nil
    }
  }

  /// The model, where it is loaded.
  public var loaded: (any LanguageModel)? {
    state.withLock { state in
      if case .loaded(let model) = state { return model }
      return nil
    }
  }

  public var identity: ModelIdentity? {
    guard let loaded else { return identify() }
    return (loaded as? any FileBackedModel)?.identity
  }

  public func stream(_ request: Request) -> EventStream {
    EventStream { [self] sink in
      let model = try await whenLoaded()
      do {
        for try await event in model.stream(request) { sink.yield(event) }
      } catch let error as ApusError where error.code == .fileTruncated {
        // The map is gone for good; the file may come back.
        fail(error)
        throw error
      }
    }
  }

  private enum Step {
    case use(any OnDeviceModel)
    case wait(Task<any OnDeviceModel, any Error>)
    case refuse(any Error)
  }

  private func whenLoaded() async throws -> any OnDeviceModel {
    let step = state.withLock { state -> Step in
      switch state {
      case .loaded(let model): return .use(model)
      case .loading(let task): return .wait(task)
      case .failed(let error, let until) where ContinuousClock.now < until: return .refuse(error)
      case .unloaded, .failed:
        // A task of its own: the load goes on for the others when this request is given up.
        let task = Task {
          do {
            let model = try await loader()
            self.state.withLock { $0 = .loaded(model) }
            return model
          } catch {
            fail(error)
            throw error
          }
        }
        state = .loading(task)
        return .wait(task)
      }
    }
    switch step {
    case .use(let model): return model
    case .refuse(let error): throw error
    case .wait(let task): return try await abandonable(task)
    }
  }

  private func fail(_ error: any Error) {
    state.withLock { $0 = .failed(error, until: .now + rest) }
  }

  /// Waits for `task`, or until this request is cancelled.
  private func abandonable(
    _ task: Task<any OnDeviceModel, any Error>
  ) async throws -> any OnDeviceModel {
    let (results, continuation) = AsyncThrowingStream<any OnDeviceModel, any Error>.makeStream()
    Task {
      do {
        continuation.yield(try await task.value)
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
    for try await model in results { return model }
    throw CancellationError()
  }
}
