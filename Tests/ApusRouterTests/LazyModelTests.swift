import ApusCore
import ApusRouter
import Synchronization
import Testing

@Suite struct LazyModelTests {
  private final class Loads: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
      count.withLock {
        $0 += 1
        return $0
      }
    }
    var total: Int { count.withLock { $0 } }
  }

  @Test func manyRequestsShareOneLoad() async throws {
    let loads = Loads()
    let model = LazyModel(name: "lazy") {
      _ = loads.next()
      try await Task.sleep(for: .milliseconds(50))
      return ScriptedTier("x", .answer(["a"]))
    }
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<8 { group.addTask { try await model.respond(to: "Hi").text } }
      for try await text in group { #expect(text == "a") }
    }
    #expect(loads.total == 1)
  }

  @Test func aFailedLoadRests() async throws {
    let loads = Loads()
    let model = LazyModel(name: "lazy", rest: .seconds(3600)) {
      _ = loads.next()
      throw ApusError(.fileNotFound, "gone")
    }
    await #expect(throws: ApusError.self) { try await model.respond(to: "Hi") }
    await #expect(throws: ApusError.self) { try await model.respond(to: "Hi") }
    #expect(loads.total == 1)
  }

  @Test func aRestedLoadIsTriedAgain() async throws {
    let loads = Loads()
    let model = LazyModel(name: "lazy", rest: .milliseconds(1)) {
      if loads.next() == 1 { throw ApusError(.fileNotFound, "gone") }
      return ScriptedTier("x", .answer(["a"]))
    }
    await #expect(throws: ApusError.self) { try await model.respond(to: "Hi") }
    try await Task.sleep(for: .milliseconds(50))
    #expect(try await model.respond(to: "Hi").text == "a")
    #expect(loads.total == 2)
  }

  @Test func aRequestMayGiveUpWhileOthersWait() async throws {
    let model = LazyModel(name: "lazy") {
      try await Task.sleep(for: .milliseconds(200))
      return ScriptedTier("x", .answer(["a"]))
    }
    let first = Task { try await model.respond(to: "Hi").text }
    let second = Task { try await model.respond(to: "Hi").text }
    try await Task.sleep(for: .milliseconds(20))
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    #expect(try await second.value == "a")
  }
}
