import ApusCore
import ApusRemote
import Testing

@testable import ApusRouter

@Suite struct LogLineTests {
  private func tier(_ number: Int, _ name: String) -> Tier {
    Tier(ScriptedTier(name, .answer([])), number: number)
  }

  // features A14
  @Test func theWordsAreThese() {
    #expect(LogLine.trying(tier(1, "Space")) == "→ Trying: Tier 1: Space")
    #expect(
      LogLine.success(tier(1, "Space"), took: .seconds(8), total: .seconds(8))
        == "✓ Success: Tier 1: Space (8000ms, total: 8000ms)")
    #expect(
      LogLine.failure(tier(1, "Space"), reason(ApusError(.timeout, "…"), took: .seconds(5)))
        == "✗ Failed: Tier 1 (timeout after 5000ms)")
    let refused = ApusError(
      .authentication, "…", cause: RemoteFailure(status: 401, message: "Invalid API Key"))
    #expect(
      LogLine.failure(tier(3, "Groq"), reason(refused, took: .seconds(1)))
        == "✗ Failed: Tier 3 (401 Unauthorized)")
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
