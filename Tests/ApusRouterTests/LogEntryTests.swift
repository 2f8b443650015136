import ApusCore
import ApusRemote
import Testing

@testable import ApusRouter

@Suite struct LogEntryTests {
  private func tier(_ number: Int, _ name: String) -> Tier {
    Tier(ScriptedTier(name, .answer([])), number: number)
  }

  // features A14
  @Test func theWordsAreThese() {
    #expect(LogEntry.trying(tier(1, "Space"), "r").message == "→ Trying: Tier 1: Space")
    #expect(
      LogEntry.success(tier(1, "Space"), "r", took: .seconds(8), total: .seconds(8)).message
        == "✓ Success: Tier 1: Space (8000ms, total: 8000ms)")
    #expect(
      LogEntry.failure(tier(1, "Space"), "r", reason(ApusError(.timeout, "…"), took: .seconds(5)))
        .message
        == "✗ Failed: Tier 1 (timeout after 5000ms)")
    let refused = ApusError(
      .authentication, "…", cause: RemoteFailure(status: 401, message: "Invalid API Key"))
    #expect(
      LogEntry.failure(tier(3, "Groq"), "r", reason(refused, took: .seconds(1))).message
        == "✗ Failed: Tier 3 (401 Unauthorized)")
  }

  // features H1
  @Test func machinesGetFields() async throws {
    let failing = ScriptedTier("a", .fail(ApusError(.upstream, "no")))
    let log = LogLines()
    let router = try Router(
      tiers: [Tier(failing, number: 1), Tier(ScriptedTier("b", .answer(["x"])), number: 2)]
    ) { log.write($0) }
    let routed = router.route(Request("my secret prompt"))
    _ = try await Response(of: routed.events, model: "")
    #expect(log.entries.map(\.level) == [.info, .warning, .info, .info])
    #expect(log.entries.map { $0.fields["tier"] } == ["1", "1", "2", "2"])
    #expect(
      log.entries.map { $0.fields["outcome"] } == ["trying", "failure", "trying", "success"])
    #expect(log.entries.allSatisfy { $0.fields["request"] == routed.trace.identifier })
    #expect(log.entries[1].fields["reason"] == "no")
    #expect(log.entries[3].fields["ms"] != nil && log.entries[3].fields["total_ms"] != nil)
    #expect(!log.entries.contains { "\($0) \($0.fields)".contains("secret") })
  }

  /// A limit of the tier's own, on silence for one, is not the tier's timeout.
  @Test func anEarlierTimeoutGivesItsOwnReason() {
    let error = ApusError(.timeout, "m: the answer fell silent")
    #expect(reason(error, took: .seconds(2)) == "m: the answer fell silent")
  }

  private func reason(_ error: ApusError, took: Duration) -> String {
    FailureReason(error, limit: .seconds(5), took: took).short
  }
}
