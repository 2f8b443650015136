import Testing

@testable import ApusEngine

struct PromptPlanTests {
  @Test func shortPromptsAreReadAtOnceAndNotKept() {
    let plan = PromptPlan(count: 20, common: 19, batch: 512, isUniform: false)
    #expect(plan.known == 0)
    #expect(plan.ends == [20])
    #expect(!plan.isReusable)
  }

  @Test func aKnownBeginningIsNotReadAgain() {
    let plan = PromptPlan(count: 600, common: 400, batch: 512, isUniform: false)
    #expect(plan.known == 400)
    #expect(plan.ends == [600])
    #expect(plan.isReusable)
  }

  @Test func aWhollyKnownPromptIsReadFromItsLastPart() {
    #expect(PromptPlan(count: 600, common: 600, batch: 512, isUniform: false).known == 568)
  }

  @Test func noStepIsOfFewTokens() {
    for count in 32...2000 {
      for common in [0, 31, count / 2, count] {
        let plan = PromptPlan(count: count, common: common, batch: 512, isUniform: false)
        var last = plan.known
        for end in plan.ends {
          #expect(end - last >= 32 && end - last <= 512, "\(count) with \(common) known")
          last = end
        }
        #expect(last == count)
      }
    }
  }

  @Test func uniformStepsReadWhatIsNewAlone() {
    let plan = PromptPlan(count: 20, common: 17, batch: 8, isUniform: true)
    #expect(plan.known == 17)
    #expect(plan.ends == [20])
    #expect(plan.isReusable)
    #expect(PromptPlan(count: 20, common: 20, batch: 8, isUniform: true).known == 19)
    #expect(PromptPlan(count: 20, common: 0, batch: 8, isUniform: true).ends == [6, 13, 20])
  }

  @Test func smallBatchesKeepNothing() {
    let plan = PromptPlan(count: 100, common: 90, batch: 8, isUniform: false)
    #expect(plan.known == 0)
    #expect(plan.ends.count == 13)
    #expect(plan.ends.last == 100)
  }
}
