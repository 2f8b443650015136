import ApusCore
import ApusEngine
import Testing

@Suite(.enabled(if: SharedFiles.hasModels, "../shared/models is absent"))
struct GenerationTests {
  private static let options = GenerationOptions(temperature: 0, maxTokens: 40)

  private func request(_ change: (inout GenerationOptions) -> Void = { _ in }) -> Request {
    var options = Self.options
    change(&options)
    return Request(.text("Once upon a time"), options: options)
  }

  // features J8
  @Test func theStreamIsTheAnswerInPieces() async throws {
    let model = try await LocalModel(SharedFiles.stories)
    let whole = try await model.respond(request())
    var text = ""
    var pieces = 0
    var last: Event?
    var prefill: [Int] = []
    for try await event in model.stream(request()) {
      if case .prefill(let done, let total) = event { prefill += [done, total] }
      text += event.text
      if !event.text.isEmpty { pieces += 1 }
      last = event
    }
    #expect(text == whole.text)
    #expect(pieces > 20)
    #expect(prefill == [5, 5])
    guard case .finished(let reason, let usage) = last else {
      Issue.record("no finish")
      return
    }
    #expect(reason == .length)
    #expect(usage.promptTokens == 5)
    #expect(usage.completionTokens == 40)
    #expect(whole.model == "stories260K-f32")
  }

  @Test func stopsAtAStringAcrossTokens() async throws {
    let model = try await LocalModel(SharedFiles.stories)
    let whole = try await model.respond(request()).text
    // From the middle of one word to the middle of the next.
    let start = whole.index(whole.startIndex, offsetBy: 17)
    let stop = String(whole[start..<whole.index(start, offsetBy: 9)])
    let answer = try await model.respond(request { $0.stop = [stop, "never said"] })
    #expect(answer.text == whole[..<start])
    #expect(answer.finishReason == .stop)
  }

  @Test func manyTokensOfPromptAreReadInSteps() async throws {
    let prompt = String(repeating: "Once upon a time ", count: 30)
    func answer(batch: Int) async throws -> (String, Int) {
      let model = try await LocalModel(
        SharedFiles.stories, options: LoadOptions(batchSize: batch))
      var text = ""
      var steps = 0
      for try await event in model.stream(Request(.text(prompt), options: Self.options)) {
        text += event.text
        if case .prefill = event { steps += 1 }
      }
      return (text, steps)
    }
    let (one, oneStep) = try await answer(batch: 512)
    let (many, steps) = try await answer(batch: 64)
    #expect(oneStep == 1)
    #expect(steps >= 2)
    #expect(one == many)
  }

  @Test func noTokensWantedNoneGiven() async throws {
    let model = try await LocalModel(SharedFiles.stories)
    let answer = try await model.respond(request { $0.maxTokens = 0 })
    #expect(answer.text.isEmpty)
    #expect(answer.finishReason == .length)
  }

  @Test func refusesOptionsOutOfRange() async throws {
    let model = try await LocalModel(SharedFiles.stories)
    for change: (inout GenerationOptions) -> Void in [
      { $0.maxTokens = -1 }, { $0.temperature = .nan }, { $0.topP = 2 },
    ] {
      let error = await #expect(throws: ApusError.self) {
        try await model.respond(request(change))
      }
      #expect(error?.code == .invalidRequest)
    }
  }

  /// Dropping the stream frees the slot within a token: the next request runs at once.
  @Test func whoGoesAwayFreesTheSlot() async throws {
    let model = try await LocalModel(SharedFiles.stories, options: LoadOptions(queueLimit: 0))
    for _ in 0..<5 {
      var count = 0
      for try await event in model.stream(request { $0.maxTokens = 400 }) {
        if !event.text.isEmpty { count += 1 }
        if count == 3 { break }
      }
      var answer: Response?
      // The slot comes free when the running step ends.
      while answer == nil {
        do {
          answer = try await model.respond(request { $0.maxTokens = 1 })
        } catch let error as ApusError where error.code == .busy {
          try await Task.sleep(for: .milliseconds(1))
        }
      }
    }
  }

  @Test func cancellationEndsTheAnswer() async throws {
    let model = try await LocalModel(SharedFiles.stories)
    let task = Task { try await model.respond(request { $0.maxTokens = 500 }) }
    try await Task.sleep(for: .milliseconds(5))
    task.cancel()
    // It may have been done already; it may not hang.
    _ = try? await task.value
    #expect(try await model.respond(request()).usage.completionTokens == 40)
  }

  @Test func aDeadlineThatPassesMidwayEndsTheAnswer() async throws {
    let model = try await LocalModel(SharedFiles.stories)
    // A fresh model's estimate is optimistic, so this usually begins.
    var request = request { $0.maxTokens = 480 }
    request.deadline = .now + .milliseconds(3)
    let error = await #expect(throws: ApusError.self) { try await model.respond(request) }
    #expect(error?.code == .timeout || error?.code == .deadlineTooShort)
  }
}
