import CSIMD
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One step: the meeting place of the threads that work on it.
///
/// An operation is published in one atomic word, the ticket: a number, how many parts it has, and
/// the next part to take. A thread takes a part by exchanging the ticket for its successor. That
/// succeeds only while the operation is open, and an operation cannot end before its parts have,
/// so whoever holds a part may read the operation's closure without a lock.
///
/// Waiting is a bounded spin, then sleep. Sleepers count themselves before they look at the ticket
/// for the last time, and a publisher looks at the count after it has changed the ticket (both
/// sequentially consistent), so no wake-up is lost.
final class Step: @unchecked Sendable {
  // Sendable by the protocol above; `operation` is the only unguarded field.
  static let maximumPartCount = 1 << 20 - 1

  private let arrivals = Atomic<Int>(0)
  private let ticket = Atomic<UInt64>(Ticket.idle.word)
  /// Parts of the open operation that are done.
  private let completed = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let leaderSleeps = Atomic<Bool>(false)
  private let lock = SleepLock()
  private var leader: pthread_t?
  private var operation: UnsafePointer<(Int, Int) -> Void>?

  /// Called once by every thread that comes to the step. The first one runs `lead`, the others
  /// take parts until it has returned.
  func enter(_ lead: () -> Void) {
    let order = arrivals.add(1, ordering: .acquiringAndReleasing).oldValue
    let outer = StepMarker.enter()
    if order == 0 {
      leader = pthread_self()
      lead()
      ticket.store(Ticket.finished.word, ordering: .sequentiallyConsistent)
      wakeSleepers()
    } else {
      work(as: order)
    }
    StepMarker.leave(outer)
  }

  /// False inside a part that another thread runs (and in one that the leader runs while an
  /// operation is open): operations do not nest.
  var isLedByThisThread: Bool {
    guard let leader, operation == nil else { return false }
    return pthread_equal(leader, pthread_self()) != 0
  }

  /// On the leader: publishes an operation, takes parts of it, and waits for the rest.
  func perform(_ parts: Int, _ body: (Int, Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        completed.store(0, ordering: .relaxed)
        operation = pointer
        let previous = Ticket(word: ticket.load(ordering: .relaxed))
        let open = Ticket(number: previous.successor, parts: parts, next: 0)
        ticket.store(open.word, ordering: .sequentiallyConsistent)
        wakeSleepers()
        takeParts(as: 0)
        waitForParts(parts)
        operation = nil
      }
    }
  }

  /// Takes parts of the open operation until none is left.
  private func takeParts(as worker: Int) {
    var word = ticket.load(ordering: .acquiring)
    while true {
      let seen = Ticket(word: word)
      guard seen.next < seen.parts else { return }
      let (exchanged, original) = ticket.compareExchange(
        expected: word, desired: word &+ 1, ordering: .acquiringAndReleasing)
      guard exchanged else {
        word = original
        continue
      }
      if let operation { Step.call(operation, seen.next, worker) }
      if completed.add(1, ordering: .sequentiallyConsistent).newValue == seen.parts,
        leaderSleeps.load(ordering: .sequentiallyConsistent)
      {
        lock.wakeAll()
      }
      word = ticket.load(ordering: .acquiring)
    }
  }

  /// Kept out of line: whatever the call retains is released before the part counts as done.
  @inline(never)
  private static func call(
    _ operation: UnsafePointer<(Int, Int) -> Void>, _ part: Int, _ worker: Int
  ) {
    operation.pointee(part, worker)
  }

  /// On the leader: until every part is done.
  private func waitForParts(_ parts: Int) {
    if spin(until: { completed.load(ordering: .acquiring) == parts }) { return }
    leaderSleeps.store(true, ordering: .sequentiallyConsistent)
    lock.sleep(while: { completed.load(ordering: .sequentiallyConsistent) != parts })
    leaderSleeps.store(false, ordering: .relaxed)
  }

  /// On every other thread: until the step is finished.
  private func work(as worker: Int) {
    while true {
      takeParts(as: worker)
      let seen = Ticket(word: ticket.load(ordering: .acquiring))
      if seen.isFinished { return }
      if seen.next < seen.parts { continue }
      let changed = spin(until: {
        Ticket(word: ticket.load(ordering: .acquiring)).number != seen.number
      })
      if changed { continue }
      sleepers.add(1, ordering: .sequentiallyConsistent)
      lock.sleep(while: {
        Ticket(word: ticket.load(ordering: .sequentiallyConsistent)).number == seen.number
      })
      sleepers.subtract(1, ordering: .sequentiallyConsistent)
    }
  }

  private func wakeSleepers() {
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 { lock.wakeAll() }
  }

  /// Some tens of microseconds of waiting, then some turns given to other threads; true as soon as
  /// the condition holds, false at the end.
  @inline(__always)
  private func spin(until condition: () -> Bool) -> Bool {
    var turns = 0
    while turns < 2000 {
      if condition() { return true }
      apus_pause()
      turns &+= 1
    }
    turns = 0
    while turns < 4 {
      if condition() { return true }
      sched_yield()
      turns &+= 1
    }
    return condition()
  }
}

/// An operation's number (24 bits), its parts (20 bits), and the next one to take (20 bits).
private struct Ticket {
  let word: UInt64

  /// Before the first operation.
  static let idle = Ticket(number: 1, parts: 0, next: 0)
  /// Number 0 is never given to an operation.
  static let finished = Ticket(number: 0, parts: 0, next: 0)

  init(word: UInt64) { self.word = word }

  init(number: UInt64, parts: Int, next: Int) {
    word = number << 40 | UInt64(parts) << 20 | UInt64(next)
  }

  var number: UInt64 { word >> 40 }
  /// 1 follows the largest number that fits.
  var successor: UInt64 { number < 0xFF_FFFF ? number &+ 1 : 1 }
  var parts: Int { Int(word >> 20 & 0xF_FFFF) }
  var next: Int { Int(word & 0xF_FFFF) }
  var isFinished: Bool { number == 0 }
}
