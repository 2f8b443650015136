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
    let isFirst = state.receive(text: "x")
    #expect(!isFirst)
  }

  @Test func theFirstTextCommits() {
    var state = AttemptState()
    let isFirst = state.receive(text: "a")
    let isSecondFirst = state.receive(text: "b")
    #expect(isFirst)
    #expect(!isSecondFirst)
    #expect(state.text == "ab")
    let failure = state.fail()
    #expect(failure == .isFinal)
    state.finish()
    #expect(state.phase == .failed)
  }

  @Test func whatHasFinishedCannotFail() {
    var state = AttemptState()
    state.finish()
    #expect(state.phase == .finished)
    let failure = state.fail()
    #expect(failure == .isLate)
    #expect(state.phase == .finished)
  }
}
