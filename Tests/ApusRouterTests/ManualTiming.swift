import Synchronization

@testable import ApusRouter

/// A clock that stands still until somebody sleeps, or a test moves it.
final class ManualTiming: Sendable {
  private let state = Mutex((now: ContinuousClock.now, sleeps: [Duration]()))

  func advance(_ time: Duration) { state.withLock { $0.now += time } }

  var sleeps: [Duration] { state.withLock { $0.sleeps } }

  /// Chance is always in the middle.
  var timing: RouterTiming {
    RouterTiming(
      now: { [self] in state.withLock { $0.now } },
      wall: { 1_000_000 },
      sleep: { [self] time in
        try Task.checkCancellation()
        state.withLock { state in
          state.now += time
          state.sleeps.append(time)
        }
      },
      random: { 0.5 })
  }
}
