import Testing

@testable import ApusEngine

struct RequestQueueTests {
  @Test func firstComeFirstServed() {
    var queue = RequestQueue(slots: 1, limit: 2)
    expectAdmission(queue.arrive(1), .run(slot: 0))
    expectAdmission(queue.arrive(2), .wait)
    expectAdmission(queue.arrive(3), .wait)
    expectAdmission(queue.arrive(4), .refuse(waiting: 2))
    expectTicket(queue.finish(1)?.ticket, 2)
    expectTicket(queue.finish(2)?.ticket, 3)
    expectTicket(queue.finish(3)?.ticket, nil)
    expectAdmission(queue.arrive(5), .run(slot: 0))
  }

  @Test func slotsRunSideBySide() {
    var queue = RequestQueue(slots: 2, limit: 0)
    expectAdmission(queue.arrive(1), .run(slot: 0))
    expectAdmission(queue.arrive(2), .run(slot: 1))
    expectAdmission(queue.arrive(3), .refuse(waiting: 0))
    expectTicket(queue.finish(1)?.ticket, nil)
    expectAdmission(queue.arrive(4), .run(slot: 0))
  }

  @Test func takesThePreferredSlotIfItIsFree() {
    var queue = RequestQueue(slots: 3, limit: 0)
    expectAdmission(queue.arrive(1, preferring: 2), .run(slot: 2))
    expectAdmission(queue.arrive(2, preferring: 2), .run(slot: 0))
  }

  @Test func whoLeavesIsNotServed() {
    var queue = RequestQueue(slots: 1, limit: 5)
    _ = queue.arrive(1)
    _ = queue.arrive(2)
    _ = queue.arrive(3)
    let left = [2, 2, 1].map { queue.leave($0) }
    #expect(left == [true, false, false], "the last runs already")
    expectTicket(queue.finish(1)?.ticket, 3)
  }

  @Test func finishingTwiceChangesNothing() {
    var queue = RequestQueue(slots: 1, limit: 5)
    _ = queue.arrive(1)
    _ = queue.arrive(2)
    expectTicket(queue.finish(1)?.ticket, 2)
    expectTicket(queue.finish(1)?.ticket, nil)
    #expect(queue.running == [2: 0])
  }

  /// Ten thousand random events against the plain rules.
  @Test func randomEvents() {
    var random = RandomSource(seed: 11)
    var queue = RequestQueue(slots: 3, limit: 4)
    var running: Set<UInt64> = []
    var waiting: [UInt64] = []
    var last: UInt64 = 0
    for _ in 0..<10_000 {
      switch random.next() % 3 {
      case 0:
        last += 1
        switch queue.arrive(last) {
        case .run:
          #expect(running.count < 3 && waiting.isEmpty)
          running.insert(last)
        case .wait:
          #expect(running.count == 3 && waiting.count < 4)
          waiting.append(last)
        case .refuse:
          #expect(running.count == 3 && waiting.count == 4)
        }
      case 1:
        guard let ticket = running.min() else { continue }
        running.remove(ticket)
        let next = queue.finish(ticket)
        #expect(next?.ticket == waiting.first)
        if let next {
          waiting.removeFirst()
          running.insert(next.ticket)
        }
      default:
        guard let ticket = waiting.last else { continue }
        let left = queue.leave(ticket)
        #expect(left)
        waiting.removeLast()
      }
      #expect(Set(queue.running.keys) == running)
      #expect(Set(queue.running.values).count == running.count, "a slot is held twice")
      #expect(queue.waiting == waiting)
    }
  }
}

private func expectAdmission(
  _ found: RequestQueue.Admission, _ expected: RequestQueue.Admission,
  location: SourceLocation = #_sourceLocation
) {
  #expect(found == expected, sourceLocation: location)
}

private func expectTicket(
  _ found: UInt64?, _ expected: UInt64?, location: SourceLocation = #_sourceLocation
) {
  #expect(found == expected, sourceLocation: location)
}
