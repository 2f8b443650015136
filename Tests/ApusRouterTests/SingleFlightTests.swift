import ApusCore
import Testing

@testable import ApusRouter

@Suite struct SingleFlightTests {
  private let model = StepModel()
  private let cache = ResponseCache()

  private func router() throws -> Router {
    var options = RouterOptions()
    options.cache = cache
    return try Router(tiers: [Tier(model)], options: options)
  }

  private func request(deadline: ContinuousClock.Instant? = nil) -> Request {
    var request = Request("Hi")
    request.route.cache = .use()
    request.deadline = deadline
    return request
  }

  /// Waits until nothing is under way.
  private func isQuiet() async throws {
    while cache.flights.count > 0 { try await Task.sleep(for: .milliseconds(1)) }
  }

  // features F1
  @Test func theSameAtTheSameTimeIsAskedOnce() async throws {
    let router = try router()
    let request = request()
    let answers = (0..<50).map { _ in
      Task {
        let routed = router.route(request)
        return (try await Response(of: routed.events, model: ""), routed.trace)
      }
    }
    try await model.isAsked()
    model.say(.reasoning("Hm"), .text("a"))
    model.say(.text("b"))
    model.finish()
    var origins: [RouteTrace.Origin: Int] = [:]
    for answer in answers {
      let (response, trace) = try await answer.value
      #expect(response.text == "ab" && response.reasoning == "Hm")
      #expect(response.usage.completionTokens == 2)
      #expect(trace.tierName == "step" && trace.cost == .zero)
      origins[trace.origin, default: 0] += 1
    }
    #expect(model.asked == 1)
    // Whoever came after the end found it in memory.
    #expect(origins[.tiers] == 1)
    #expect(origins[.shared, default: 0] + origins[.memory, default: 0] == 49)
    try await isQuiet()
    #expect(cache.statistics.hitRate == 0.98)
  }

  @Test func everybodyHearsItLive() async throws {
    let router = try router()
    var first = router.route(request()).events.makeAsyncIterator()
    try await model.isAsked()
    model.say(.text("a"))
    #expect(try await first.next() == .text("a"))
    // Who comes late hears the beginning at once, and the rest as it comes.
    let late = router.route(request())
    var second = late.events.makeAsyncIterator()
    #expect(try await second.next() == .text("a"))
    #expect(late.trace.origin == .shared && late.trace.tierName == "step")
    model.say(.text("b"))
    #expect(try await first.next() == .text("b"))
    #expect(try await second.next() == .text("b"))
    model.finish()
    #expect(try await first.next() != nil)
    #expect(try await second.next() != nil)
    #expect(try await first.next() == nil)
    #expect(try await second.next() == nil)
    #expect(model.asked == 1)
  }

  @Test func whoeverBeganMayGo() async throws {
    let router = try router()
    let request = request()
    let leader = Task { try await router.respond(request) }
    try await model.isAsked()
    model.say(.text("a"))
    let follower = router.route(request)
    var events = follower.events.makeAsyncIterator()
    #expect(try await events.next() == .text("a"))
    leader.cancel()
    await #expect(throws: CancellationError.self) { try await leader.value }
    model.say(.text("b"))
    #expect(try await events.next() == .text("b"))
    model.finish()
    while try await events.next() != nil {}
    #expect(model.asked == 1 && model.cancelled == 0)
    // It was whole, so it is kept.
    #expect(try await router.respond(request).text == "ab")
    #expect(model.asked == 1)
    try await isQuiet()
  }

  @Test func whenAllAreGoneItIsGivenUp() async throws {
    let router = try router()
    let request = request()
    let all = (0..<3).map { _ in Task { try await router.respond(request) } }
    try await model.isAsked()
    model.say(.text("a"))
    while cache.flights.listenerCount < 3 { try await Task.sleep(for: .milliseconds(1)) }
    for task in all { task.cancel() }
    for task in all { await #expect(throws: CancellationError.self) { try await task.value } }
    try await model.isCancelled()
    try await isQuiet()
    // The next begins anew.
    let next = Task { try await router.respond(request) }
    try await model.isAsked(2)
    model.say(.text("b"))
    model.finish()
    #expect(try await next.value.text == "b")
  }

  @Test func anErrorReachesAll() async throws {
    let router = try router()
    let request = request()
    let all = (0..<5).map { _ in Task { try await router.respond(request) } }
    try await model.isAsked()
    model.say(.text("a"))
    while cache.flights.listenerCount < 5 { try await Task.sleep(for: .milliseconds(1)) }
    model.fail(ApusError(.upstream, "gone"))
    for task in all {
      let error = try await #require(throws: ApusError.self) { try await task.value }
      #expect(error.code == .streamInterrupted && error.partialText == "a")
    }
    #expect(model.asked == 1)
    try await isQuiet()
    #expect(cache.statistics.answerCount == 0)
  }

  /// Each waits as long as it said, whoever began.
  @Test func whoHasLessTimeLeavesEarlier() async throws {
    let router = try router()
    let (patient, hasty) = (request(), request(deadline: .now + .milliseconds(150)))
    let leader = Task { try await router.respond(patient) }
    try await model.isAsked()
    let follower = Task { try await router.respond(hasty) }
    let error = try await #require(throws: ApusError.self) { try await follower.value }
    #expect(error.code == .timeout)
    model.say(.text("a"))
    model.finish()
    #expect(try await leader.value.text == "a")
    #expect(model.asked == 1)
  }

  @Test func whoHasMoreTimeBeginsAgain() async throws {
    let router = try router()
    let patient = request()
    // Where the machine is so slow that the first is gone before the second comes, once more with
    // more time.
    for time in [0.2, 1, 5, 25] {
      let hasty = request(deadline: .now + .seconds(time))
      let leader = Task { try await router.respond(hasty) }
      while cache.flights.listenerCount < 1, hasty.deadline.map({ $0 > .now }) ?? false {
        try await Task.sleep(for: .milliseconds(1))
      }
      let follower = Task {
        let routed = router.route(patient)
        return (try await Response(of: routed.events, model: "").text, routed.trace)
      }
      while cache.flights.listenerCount < 2, hasty.deadline.map({ $0 > .now }) ?? false {
        try await Task.sleep(for: .milliseconds(1))
      }
      let hasJoined = cache.flights.listenerCount == 2
      await #expect(throws: ApusError.self) { try await leader.value }
      // Whenever the second asks by itself, there is an answer.
      let answers = Task {
        while !Task.isCancelled {
          model.say(.text("b"))
          model.finish()
          try await Task.sleep(for: .milliseconds(5))
        }
      }
      let (text, trace) = try await follower.value
      answers.cancel()
      #expect(text == "b" && trace.origin == .tiers)
      try await isQuiet()
      if hasJoined { return }
      cache.removeAll()
    }
    Issue.record("never met")
  }

  /// What is too long to be kept is not shared with those who come late either.
  @Test func aLongAnswerIsItsAskersAlone() async throws {
    var options = RouterOptions()
    let small = ResponseCache(bytes: 8000)
    options.cache = small
    let router = try Router(tiers: [Tier(model)], options: options)
    let long = String(repeating: "x", count: 2000)
    let request = request()
    let first = Task { try await router.respond(request) }
    try await model.isAsked()
    model.say(.text(long))
    // Nobody can join it any more.
    while small.flights.isOpen { try await Task.sleep(for: .milliseconds(1)) }
    model.finish()
    #expect(try await first.value.text == long)
    #expect(small.statistics.answerCount == 0)
    let second = Task { try await router.respond(request) }
    try await model.isAsked(2)
    model.finish()
    #expect(try await second.value.text == "")
  }

  /// Many at random: they come, leave, and are answered; each hears a whole answer or none, and
  /// nothing is left behind.
  @Test func aCrowdAtRandom() async throws {
    let model = ScriptedTier("a", .answerAfter(.milliseconds(3), ["a", "b", "c"]))
    var options = RouterOptions()
    let cache = ResponseCache(timeToLive: .zero)
    options.cache = cache
    let router = try Router(tiers: [Tier(model)], options: options)
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<400 {
        group.addTask {
          var request = Request("\(number % 5)")
          request.route.cache = .use()
          let task = Task { [request] in try await router.respond(request).text }
          if number % 3 == 0 {
            try? await Task.sleep(for: .microseconds(Int.random(in: 0..<5000)))
            task.cancel()
          }
          do {
            let text = try await task.value
            #expect(text == "abc")
          } catch {
            #expect(error is CancellationError && number % 3 == 0, "\(error)")
          }
        }
      }
    }
    while cache.flights.count > 0 { try await Task.sleep(for: .milliseconds(1)) }
    #expect(cache.flights.isOpen == false)
  }
}
