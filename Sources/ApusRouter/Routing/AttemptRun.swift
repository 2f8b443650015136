import ApusCore
import ApusRemote

/// One target asked once: its events are passed on while its time lasts.
struct AttemptRun: Sendable {
  let target: Target
  let request: Request
  let limits: AttemptLimits
  let sink: EventStream.Sink
  /// Who of several attempts may show an answer; `nil` where there is one alone.
  var commitment: Commitment?
  /// What the answer goes through before anybody sees it.
  var guarded: GuardedAnswer?
  /// Called before the first part of the answer is passed on.
  let onCommit: @Sendable () -> Void
  let observe: @Sendable (HTTPHead) -> Void

  struct Success: Sendable {
    /// The `.finished` event, which has not been passed on.
    var finish: Event
    var text: String
    var firstContent: Duration?
    /// From the first part to the end.
    var rest: Duration
  }

  /// An attempt that failed, and what had been shown of it by then.
  struct Failure: Error {
    var cause: any Error
    var shown: Shown?
  }

  /// What of an answer has gone out.
  struct Shown: Sendable {
    var text: String
    var hasToolCalls: Bool
  }

  func run() async throws(Failure) -> Success {
    var asked = request
    let state = SharedAttemptState()
    asked.deadline = state.withLock { $0.began } + limits.total
    do {
      try await withThrowingTaskGroup { [asked] group in
        group.addTask { try await read(target.stream(asked, observe: observe), state) }
        group.addTask { try await watch(state) }
        if let commitment {
          group.addTask {
            try await commitment.loss(of: target.endpoint)
            throw Commitment.Lost()
          }
        }
        defer { group.cancelAll() }
        try await group.next()
      }
    } catch {
      // The timer may run out in the moment in which the answer ends.
      if let success = state.withLock({ success($0) }) { return success }
      throw state.withLock { state in
        let shown = Shown(text: state.text, hasToolCalls: state.hasToolCalls)
        return Failure(cause: error, shown: state.fail() == .isFinal ? shown : nil)
      }
    }
    guard let success = state.withLock({ success($0) }) else {
      throw Failure(cause: CancellationError(), shown: nil)
    }
    return success
  }

  private func success(_ state: AttemptState) -> Success? {
    guard let finish = state.ending else { return nil }
    return Success(
      finish: finish, text: state.text, firstContent: state.firstContent.map { $0 - state.began },
      rest: state.firstContent.map { .now - $0 } ?? .zero)
  }

  private func read(_ events: EventStream, _ state: SharedAttemptState) async throws {
    var guarded = guarded
    do {
      for try await event in events {
        if case .finished = event {
          for rest in try guarded?.finish() ?? [] { try pass(rest, state) }
          try commit(event, state)
          state.withLock { $0.finish(event) }
          return
        }
        for event in try guarded?.pass(event) ?? [event] { try pass(event, state) }
      }
      try Task.checkCancellation()
      throw ApusError(.badResponse, "the stream ended without a finish")
    } catch {
      // What waits of an answer that has been shown belongs to it.
      let isOver = error is Commitment.Lost || (error as? ApusError)?.code == .guardRefused
      if !isOver, state.withLock({ $0.phase == .answering }) {
        for rest in try guarded?.finish() ?? [] { try pass(rest, state) }
      }
      throw error
    }
  }

  private func pass(_ event: Event, _ state: SharedAttemptState) throws {
    if event.isContent { try commit(event, state) }
    sink.yield(event)
  }

  /// The first part of an answer, or the end of one without any, decides who answers.
  private func commit(_ event: Event, _ state: SharedAttemptState) throws {
    guard state.withLock({ $0.receive(event) }) else { return }
    if let commitment, !commitment.claim(target.endpoint) { throw Commitment.Lost() }
    onCommit()
  }

  /// A sleep that is cancelled leaves its timer behind until it would have ended: with the whole of
  /// a tier's time, memory would grow by 0.7 KiB a request for a minute and a half.
  private static let longestNap = Duration.seconds(1)

  private func watch(_ state: SharedAttemptState) async throws {
    while true {
      let (until, message) = state.withLock { $0.patience(limits) }
      guard until > .now else { throw ApusError(.timeout, message) }
      // The limit on silence begins with the first part, which may come while this sleeps.
      let nap = min(limits.idle ?? Self.longestNap, Self.longestNap)
      let wake = min(until, .now + nap)
      try await Task.sleep(until: wake, clock: .continuous)
    }
  }
}
