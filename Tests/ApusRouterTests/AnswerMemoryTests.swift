import ApusCore
import Testing

@testable import ApusRouter

@Suite struct AnswerMemoryTests {
  private func key(_ number: Int) -> CacheKey {
    CacheKey(bytes: [UInt8](repeating: UInt8(number), count: 32))
  }

  private func answer(_ size: Int, time: Double = 0) -> CachedAnswer {
    CachedAnswer(
      events: [UInt8](repeating: 1, count: size), tier: 1, tierName: "t", model: "m", time: time,
      timeToLive: .seconds(10))
  }

  // features F1
  @Test func whatWasNotAskedForTheLongestGoesFirst() {
    // Ten of them fit: 1000 bytes, and what each takes besides.
    let one = answer(1000).byteCount + 32 + 384
    var memory = AnswerMemory(limit: 10 * one)
    for number in 0..<10 { memory.keep(answer(1000), for: key(number)) }
    #expect(memory.count == 10 && memory.byteCount == 10 * one)
    #expect(memory.answer(for: key(0)) != nil)
    memory.keep(answer(1000), for: key(10))
    #expect(memory.answer(for: key(1)) == nil)
    #expect(memory.answer(for: key(0)) != nil && memory.answer(for: key(10)) != nil)
    // A larger one takes the place of several.
    memory.keep(answer(1200), for: key(11))
    #expect(memory.count == 9)
    #expect(memory.answer(for: key(2)) == nil && memory.answer(for: key(3)) == nil)
    #expect(memory.answer(for: key(4)) != nil)
    // The same key again takes no more room.
    let before = memory.byteCount
    memory.keep(answer(1200), for: key(11))
    #expect(memory.byteCount == before && memory.count == 9)
  }

  @Test func whatIsTooLargeIsNotKept() {
    var memory = AnswerMemory(limit: 8000)
    memory.keep(answer(10), for: key(1))
    memory.keep(answer(5000), for: key(2))
    #expect(memory.answer(for: key(1)) != nil && memory.answer(for: key(2)) == nil)
    // Nor is what it would have replaced: that was older.
    memory.keep(answer(5000), for: key(1))
    #expect(memory.count == 0 && memory.byteCount == 0)
    var none = AnswerMemory(limit: 0)
    none.keep(answer(0), for: key(1))
    #expect(none.count == 0)
  }

  /// Against a plain list that does the same.
  @Test func thousandsOfStepsAtRandom() {
    var generator = SystemRandomNumberGenerator()
    let limit = 20_000
    var memory = AnswerMemory(limit: limit)
    var list: [(key: Int, size: Int)] = []
    func size(_ answer: CachedAnswer) -> Int { answer.byteCount + 32 + 384 }
    for _ in 0..<2000 {
      let number = Int.random(in: 0..<40, using: &generator)
      switch Int.random(in: 0..<10, using: &generator) {
      case 0:
        memory.remove(key(number))
        list.removeAll { $0.key == number }
      case 1..<5:
        let found = memory.answer(for: key(number)) != nil
        let place = list.firstIndex { $0.key == number }
        #expect(found == (place != nil))
        if let place { list.append(list.remove(at: place)) }
      default:
        let answer = answer(Int.random(in: 0..<3000, using: &generator))
        memory.keep(answer, for: key(number))
        list.removeAll { $0.key == number }
        guard size(answer) <= limit / 8 else { continue }
        while list.reduce(size(answer), { $0 + $1.size }) > limit { list.removeFirst() }
        list.append((number, size(answer)))
      }
      #expect(memory.count == list.count)
      #expect(memory.byteCount == list.reduce(0) { $0 + $1.size })
      #expect(memory.byteCount <= limit)
    }
  }

  // features F6
  @Test func answersGrowOld() {
    let kept = answer(1, time: 100)
    #expect(kept.isFresh(at: 100, for: .seconds(60)))
    #expect(kept.isFresh(at: 109.9, for: .seconds(60)))
    #expect(!kept.isFresh(at: 110, for: .seconds(60)))
    // Whoever asks may want a younger one, but gets no older one.
    #expect(!kept.isFresh(at: 105, for: .seconds(5)))
    #expect(!kept.isFresh(at: 99, for: .seconds(60)))
    #expect(!kept.isFresh(at: 100, for: .zero))
  }
}

@Suite struct FlightTests {
  @Test func whoComesLateHearsItFromTheBeginning() {
    var flight = Flight(first: 1, backlogLimit: 10_000)
    #expect(flight.receive(.text("a")) == [1])
    #expect(flight.join(2) == [.text("a")])
    #expect(flight.receive(.text("b")) == [1, 2])
    #expect(flight.join(3) == [.text("a"), .text("b")])
    #expect(flight.end() == [1, 2, 3])
    #expect(flight.phase == .ended)
    #expect(flight.join(4) == nil)
    #expect(flight.receive(.text("c")) == [] && flight.end() == [])
    #expect(flight.leave(1) == .isLate)
  }

  @Test func itGoesOnWhileAnybodyListens() {
    var flight = Flight(first: 1, backlogLimit: 10_000)
    _ = flight.join(2)
    #expect(flight.leave(1) == .othersListen)
    #expect(flight.leave(1) == .isLate)
    #expect(flight.receive(.text("a")) == [2])
    #expect(flight.leave(2) == .wasLast)
    #expect(flight.phase == .ended && flight.backlog.isEmpty)
    #expect(flight.join(3) == nil)
    #expect(flight.end() == [])
  }

  @Test func whatIsTooLongIsNotKeptForOthers() {
    var flight = Flight(first: 1, backlogLimit: 200)
    #expect(flight.receive(.text("a")) == [1])
    #expect(flight.receive(.text(String(repeating: "b", count: 200))) == [1])
    #expect(flight.phase == .closed && flight.backlog.isEmpty)
    #expect(flight.join(2) == nil)
    #expect(flight.receive(.text("c")) == [1])
    #expect(flight.end() == [1])
  }
}
