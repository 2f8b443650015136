import ApusCore
import Synchronization

/// Requests that are the same at the same time share one answer. Each hears it from its beginning,
/// as it comes; it goes on while anybody listens.
final class SingleFlight: Sendable {
  /// Whoever asked.
  struct Asker: Sendable {
    var sink: EventStream.Sink
    var trace: RouteTrace
    var deadline: ContinuousClock.Instant?
  }

  /// Makes the answer: passes on its events, and tells whose it is before the first of them.
  typealias Work = @Sendable (Speaker) async throws -> Void

  /// What the work speaks through.
  struct Speaker: Sendable {
    fileprivate let flights: SingleFlight
    fileprivate let number: Int

    func say(_ event: Event) { flights.receive(event, number) }
    func declare(_ origin: RouteTrace) { flights.declare(origin, number) }
  }

  fileprivate struct Running {
    var flight: Flight
    var key: CacheKey
    /// The first asker's.
    var deadline: ContinuousClock.Instant?
    var task: Task<Void, Never>?
    /// Whose record the others take over.
    var origin: RouteTrace?
    var ears: [Flight.Listener: Ear] = [:]
  }

  /// One listener: where its events go, and how it learns of the end.
  fileprivate struct Ear {
    var asker: Asker
    var end = Ending()
    var hasHeard = false
    /// Of the answer, not only of its progress.
    var hasHeardPart = false
  }

  fileprivate struct State {
    var running: [Int: Running] = [:]
    /// Those that may be joined.
    var open: [CacheKey: Int] = [:]
    var number = 0
  }
  private let state = Mutex(State())
  private let backlogLimit: Int

  init(backlogLimit: Int) { self.backlogLimit = backlogLimit }

  /// Under way now; who listens; whether any may be joined.
  var count: Int { state.withLock { $0.running.count } }
  var listenerCount: Int {
    state.withLock { $0.running.values.reduce(0) { $0 + $1.ears.count } }
  }
  var isOpen: Bool { state.withLock { !$0.open.isEmpty } }

  /// How the answer came about for this asker.
  enum Part: Sendable, Hashable { case led, followed }

  /// The first asker's time ran out; this one has more, and has heard nothing yet.
  struct OutOfTime: Error {}

  /// Hears the answer to `key`, beginning `work` where nobody has.
  /// - Throws: What `work` throws; `CancellationError` where the asker is gone; `OutOfTime`.
  func hear(
    _ key: CacheKey, _ asker: Asker, work: @escaping Work
  ) async throws -> Part {
    let (number, listener, end, part, latest) = state.withLock { state -> Joined in
      if let joined = join(key, asker, &state) { return joined }
      return begin(key, asker, &state, work)
    }
    let timer = part == .followed ? timer(asker.deadline, before: latest, end) : nil
    defer { timer?.cancel() }
    do {
      try await withTaskCancellationHandler {
        try await end.wait()
      } onCancel: {
        end.resolve(.failure(CancellationError()))
      }
    } catch {
      leave(number, listener)
      throw error
    }
    return part
  }

  private typealias Joined = (
    number: Int, listener: Int, end: Ending, part: Part, latest: ContinuousClock.Instant?
  )

  private func join(_ key: CacheKey, _ asker: Asker, _ state: inout State) -> Joined? {
    guard let number = state.open[key], var running = state.running[number] else { return nil }
    state.number += 1
    let listener = state.number
    guard let missed = running.flight.join(listener) else { return nil }
    var ear = Ear(asker: asker)
    for event in missed { ear.hear(event, running.origin) }
    running.ears[listener] = ear
    state.running[number] = running
    return (number, listener, ear.end, .followed, running.deadline)
  }

  private func begin(
    _ key: CacheKey, _ asker: Asker, _ state: inout State, _ work: @escaping Work
  ) -> Joined {
    state.number += 2
    let (number, listener) = (state.number - 1, state.number)
    let ear = Ear(asker: asker)
    var running = Running(
      flight: Flight(first: listener, backlogLimit: backlogLimit), key: key,
      deadline: asker.deadline, ears: [listener: ear])
    // A task of its own: it goes on for the others when whoever began it is gone.
    running.task = Task {
      do {
        try await work(Speaker(flights: self, number: number))
        self.end(number, .success(()))
      } catch {
        self.end(number, .failure(error))
      }
    }
    state.running[number] = running
    state.open[key] = number
    return (number, listener, ear.end, .led, asker.deadline)
  }

  // MARK: What the work says

  private func declare(_ origin: RouteTrace, _ number: Int) {
    state.withLock { $0.running[number]?.origin = origin }
  }

  /// Under the lock, so that everybody hears the events in their order; nobody waits in there.
  private func receive(_ event: Event, _ number: Int) {
    state.withLock { state in
      guard var running = state.running[number] else { return }
      let origin = running.origin
      for listener in running.flight.receive(event) {
        running.ears[listener]?.hear(event, origin)
      }
      if running.flight.phase != .open { state.close(running.key, number) }
      state.running[number] = running
    }
  }

  private func end(_ number: Int, _ result: Result<Void, any Error>) {
    let ears = state.withLock { state -> (all: [Ear], latest: ContinuousClock.Instant?) in
      guard var running = state.running.removeValue(forKey: number) else { return ([], nil) }
      state.close(running.key, number)
      return (running.flight.end().compactMap { running.ears[$0] }, running.deadline)
    }
    for ear in ears.all {
      if case .failure = result, let latest = ears.latest, latest <= .now, ear.hasMoreTime(latest) {
        ear.end.resolve(.failure(OutOfTime()))
      } else {
        ear.end.resolve(result)
      }
    }
  }

  // MARK: Who leaves

  private func leave(_ number: Int, _ listener: Flight.Listener) {
    let task = state.withLock { state -> Task<Void, Never>? in
      guard var running = state.running[number] else { return nil }
      running.ears[listener] = nil
      let departure = running.flight.leave(listener)
      state.running[number] = departure == .wasLast ? nil : running
      guard departure == .wasLast else { return nil }
      state.close(running.key, number)
      return running.task
    }
    task?.cancel()
  }

  /// Longer sleeps would leave their timers behind (see `AttemptRun`).
  private static let longestNap = Duration.seconds(1)

  /// Ends the listening of whoever has less time than the answer may take.
  private func timer(
    _ deadline: ContinuousClock.Instant?, before latest: ContinuousClock.Instant?, _ end: Ending
  ) -> Task<Void, Never>? {
    guard let deadline, latest.map({ deadline < $0 }) ?? true else { return nil }
    return Task {
      while ContinuousClock.now < deadline {
        let wake = min(deadline, .now + Self.longestNap)
        do { try await Task.sleep(until: wake, clock: .continuous) } catch { return }
      }
      end.resolve(
        .failure(ApusError(.timeout, "timeout: the answer that is shared was not whole in time")))
    }
  }
}

extension SingleFlight.State {
  /// The next to ask for `key` begins anew.
  fileprivate mutating func close(_ key: CacheKey, _ number: Int) {
    if open[key] == number { open[key] = nil }
  }
}

extension SingleFlight.Ear {
  /// Whether it can begin again by itself: it has heard nothing, and waits longer than the answer
  /// had.
  fileprivate func hasMoreTime(_ latest: ContinuousClock.Instant) -> Bool {
    !hasHeard && (asker.deadline.map { $0 > latest } ?? true)
  }

  fileprivate mutating func hear(_ event: Event, _ origin: RouteTrace?) {
    // Whose answer it is is known by the first part; whoever reads that may look at once.
    if !hasHeardPart, let origin { asker.trace.adopt(origin) }
    hasHeard = true
    hasHeardPart = hasHeardPart || event.isContent
    asker.sink.yield(event)
  }
}

/// The end of what somebody waits for: told once, whether he waits already or not.
private final class Ending: Sendable {
  private enum State {
    case open
    case awaited(CheckedContinuation<Void, any Error>)
    case resolved(Result<Void, any Error>)
  }
  private let state = Mutex(State.open)

  /// One task waits.
  func wait() async throws {
    try await withCheckedThrowingContinuation { continuation in
      let result = state.withLock { state -> Result<Void, any Error>? in
        if case .resolved(let result) = state { return result }
        state = .awaited(continuation)
        return nil
      }
      if let result { continuation.resume(with: result) }
    }
  }

  /// The first result holds.
  func resolve(_ result: Result<Void, any Error>) {
    let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
      defer { if case .resolved = state {} else { state = .resolved(result) } }
      if case .awaited(let continuation) = state { return continuation }
      return nil
    }
    waiting?.resume(with: result)
  }
}
