import ApusRemote

/// The time, waiting and chance, as a router sees them: tests bring their own.
struct RouterTiming: Sendable {
  var now: @Sendable () -> ContinuousClock.Instant = { .now }
  /// Seconds since 1970.
  var wall: @Sendable () -> Double = { WallClock.now }
  var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
  /// From 0 to 1.
  var random: @Sendable () -> Double = { .random(in: 0..<1) }

  static let live = RouterTiming()
}
