import ApusCore
import Testing

@testable import ApusEngine

struct SchedulerTests {
  /// Waits until so many requests wait.
  private func untilWaiting(_ count: Int, _ scheduler: Scheduler) async throws {
    while scheduler.waitingCount < count { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func servesInTheOrderOfArrival() async throws {
    let scheduler = Scheduler(slots: 1, limit: 8)
    let first = try await scheduler.acquire(for: [], latest: nil)
    var tasks: [Task<Int, any Error>] = []
    let order = Order()
    for number in 1...4 {
      tasks.append(
        Task {
          let lease = try await scheduler.acquire(for: [], latest: nil)
          let place = await order.next()
          scheduler.release(lease, tokens: [])
          return place
        })
      try await untilWaiting(number, scheduler)
    }
    scheduler.release(first, tokens: [])
    for (index, task) in tasks.enumerated() { #expect(try await task.value == index) }
  }

  private actor Order {
    private var count = 0
    func next() -> Int {
      defer { count += 1 }
      return count
    }
  }

  @Test func refusesPastItsQueue() async throws {
    let scheduler = Scheduler(slots: 1, limit: 1)
    let lease = try await scheduler.acquire(for: [], latest: nil)
    let waiting = Task { try await scheduler.acquire(for: [], latest: nil) }
    try await untilWaiting(1, scheduler)
    let error = await #expect(throws: ApusError.self) {
      try await scheduler.acquire(for: [], latest: nil)
    }
    #expect(error?.code == .busy)
    scheduler.release(lease, tokens: [])
    scheduler.release(try await waiting.value, tokens: [])
  }

  @Test func cancelledWhileWaitingGivesItsPlaceUp() async throws {
    let scheduler = Scheduler(slots: 1, limit: 8)
    let lease = try await scheduler.acquire(for: [], latest: nil)
    let waiting = Task { try await scheduler.acquire(for: [], latest: nil) }
    try await untilWaiting(1, scheduler)
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
    #expect(scheduler.waitingCount == 0)
    scheduler.release(lease, tokens: [])
    scheduler.release(try await scheduler.acquire(for: [], latest: nil), tokens: [])
  }

  @Test func cancelledBeforehandTakesNothing() async throws {
    let scheduler = Scheduler(slots: 1, limit: 8)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await scheduler.acquire(for: [], latest: nil)
    }
    await #expect(throws: CancellationError.self) { try await task.value }
    scheduler.release(try await scheduler.acquire(for: [], latest: nil), tokens: [])
  }

  @Test func leavesTheQueueWhenTimeRunsOut() async throws {
    let scheduler = Scheduler(slots: 1, limit: 8)
    let lease = try await scheduler.acquire(for: [], latest: nil)
    let error = await #expect(throws: ApusError.self) {
      try await scheduler.acquire(for: [], latest: .now + .milliseconds(20))
    }
    #expect(error?.code == .deadlineTooShort)
    scheduler.release(lease, tokens: [])
  }

  @Test func prefersTheSlotThatKnowsThePrompt() async throws {
    let scheduler = Scheduler(slots: 3, limit: 8)
    let leases = [
      try await scheduler.acquire(for: [], latest: nil),
      try await scheduler.acquire(for: [], latest: nil),
      try await scheduler.acquire(for: [], latest: nil),
    ]
    for (lease, tokens) in zip(leases, [[1, 2, 3], [1, 2, 9], [4] as [Int32]]) {
      scheduler.release(lease, tokens: tokens)
    }
    let found = try await scheduler.acquire(for: [1, 2, 9, 9], latest: nil)
    #expect(found.slot == leases[1].slot)
    #expect(scheduler.tokens(found) == [1, 2, 9])
  }
}
