/// Who may run and who waits: a state machine without clocks or threads, which `Scheduler` drives.
///
/// Requests take slots in the order in which they came. At most `limit` wait; the next is refused.
struct RequestQueue: Sendable {
  typealias Ticket = UInt64

  enum Admission: Hashable {
    /// Takes the slot at once.
    case run(slot: Int)
    case wait
    /// The queue is full.
    case refuse(waiting: Int)
  }

  let limit: Int
  private var free: [Int]
  private(set) var waiting: [Ticket] = []
  private(set) var running: [Ticket: Int] = [:]

  init(slots: Int, limit: Int) {
    self.limit = max(limit, 0)
    free = Array((0..<max(slots, 1)).reversed())
  }

  /// - Parameter preferred: the slot to take where several are free.
  mutating func arrive(_ ticket: Ticket, preferring preferred: Int? = nil) -> Admission {
    // Whoever waits goes first; a slot is free only while nobody does.
    if waiting.isEmpty, let slot = take(preferred) {
      running[ticket] = slot
      return .run(slot: slot)
    }
    guard waiting.count < limit else { return .refuse(waiting: waiting.count) }
    waiting.append(ticket)
    return .wait
  }

  /// The request is done. Returns who runs next, and in which slot.
  mutating func finish(_ ticket: Ticket) -> (ticket: Ticket, slot: Int)? {
    guard let slot = running.removeValue(forKey: ticket) else { return nil }
    guard !waiting.isEmpty else {
      free.append(slot)
      return nil
    }
    let next = waiting.removeFirst()
    running[next] = slot
    return (next, slot)
  }

  /// The request no longer waits. Returns whether it did.
  mutating func leave(_ ticket: Ticket) -> Bool {
    guard let index = waiting.firstIndex(of: ticket) else { return false }
    waiting.remove(at: index)
    return true
  }

  private mutating func take(_ preferred: Int?) -> Int? {
    if let preferred, let index = free.firstIndex(of: preferred) {
      return free.remove(at: index)
    }
    return free.popLast()
  }
}
