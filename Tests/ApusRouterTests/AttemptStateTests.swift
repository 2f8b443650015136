import ApusCore
import Testing

@testable import ApusRouter

@Suite struct AttemptStateTests {
  @Test func anAttemptWithoutTextMayFailOver() {
    var state = AttemptState()
    let first = state.fail()
    #expect(first == .mayFailOver)
    #expect(state.phase == .failed)
    let second = state.fail()
    #expect(second == .isLate)
    let isFirst = state.receive(.text("x"))
    #expect(!isFirst)
  }

  @Test func theFirstTextCommits() {
    var state = AttemptState()
    let isFirst = state.receive(.text("a"))
    let isSecondFirst = state.receive(.toolCall(ToolCallDelta(index: 0)))
    #expect(isFirst)
    #expect(!isSecondFirst)
    #expect(state.text == "a" && state.hasToolCalls)
    let failure = state.fail()
    #expect(failure == .isFinal)
    state.finish(.finished(.stop, Usage()))
    #expect(state.phase == .failed)
  }

  @Test func whatHasFinishedCannotFail() {
    var state = AttemptState()
    state.finish(.finished(.stop, Usage()))
    #expect(state.phase == .finished)
    let failure = state.fail()
    #expect(failure == .isLate)
    #expect(state.phase == .finished)
    #expect(state.ending == .finished(.stop, Usage()))
  }

  // features A11
  @Test func patienceEndsWhereTheNearestLimitSays() {
    let began = ContinuousClock.now
    var state = AttemptState(began: began)
    var limits = AttemptLimits(
      TierTimeouts(total: .seconds(9), firstToken: .seconds(2), idle: .seconds(3)), left: nil,
      others: [])
    #expect(state.patience(limits).until == began + .seconds(2))
    #expect(state.patience(limits).message == "timeout after 2000ms without a token")
    _ = state.receive(.text("a"), at: began + .seconds(1))
    #expect(state.patience(limits).until == began + .seconds(4))
    #expect(state.patience(limits).message == "silent for 3000ms")
    _ = state.receive(.text("a"), at: began + .seconds(8))
    #expect(state.patience(limits).until == began + .seconds(9))
    #expect(state.patience(limits).message == "timeout after 9000ms")
    limits.idle = nil
    #expect(state.patience(limits).until == began + .seconds(9))
  }

  @Test func aTierLeavesTheOthersTheirShareOfTheDeadline() {
    let timeouts = TierTimeouts(total: .seconds(90))
    // Enough for all.
    var limits = AttemptLimits(timeouts, left: .seconds(200), others: [.seconds(30)])
    #expect(limits.total == .seconds(90) && limits.firstToken == .seconds(90))
    // 90 of 120 parts of 40 s to begin; what has begun may take all.
    limits = AttemptLimits(timeouts, left: .seconds(40), others: [.seconds(30)])
    #expect(limits.total == .seconds(40) && limits.firstToken == .seconds(30))
    // The last has all that is left.
    limits = AttemptLimits(timeouts, left: .seconds(40), others: [])
    #expect(limits.total == .seconds(40) && limits.firstToken == .seconds(40))
  }
}
