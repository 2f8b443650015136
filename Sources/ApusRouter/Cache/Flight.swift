import ApusCore

/// One answer under way for all who ask for it: who listens, and what has come so far for those who
/// come late.
struct Flight: Sendable {
  typealias Listener = Int

  enum Phase: Sendable, Hashable {
    /// Anybody may join.
    case open
    /// Too much has come to be kept for others; those who listen get the rest.
    case closed
    case ended
  }

  private(set) var phase = Phase.open
  private(set) var listeners: Set<Listener>
  /// While it is open: all that has come.
  private(set) var backlog: [Event] = []
  private var backlogSize = 0
  private let backlogLimit: Int

  /// - Parameter backlogLimit: Bytes of text that are kept for others.
  init(first listener: Listener, backlogLimit: Int) {
    listeners = [listener]
    self.backlogLimit = backlogLimit
  }

  /// - Returns: What the listener has missed; `nil` where it cannot join.
  mutating func join(_ listener: Listener) -> [Event]? {
    guard phase == .open, !listeners.isEmpty else { return nil }
    listeners.insert(listener)
    return backlog
  }

  /// - Returns: Who gets the event.
  mutating func receive(_ event: Event) -> Set<Listener> {
    guard phase != .ended else { return [] }
    if phase == .open {
      backlogSize += event.size
      if backlogSize > backlogLimit {
        phase = .closed
        backlog = []
      } else {
        backlog.append(event)
      }
    }
    return listeners
  }

  enum Departure: Sendable, Hashable {
    case othersListen
    /// Nobody does any more: the work is to be cancelled, and nobody may join.
    case wasLast
    /// It had ended, or this one did not listen.
    case isLate
  }

  mutating func leave(_ listener: Listener) -> Departure {
    guard phase != .ended, listeners.remove(listener) != nil else { return .isLate }
    guard listeners.isEmpty else { return .othersListen }
    phase = .ended
    backlog = []
    return .wasLast
  }

  /// - Returns: Who is to be told.
  mutating func end() -> Set<Listener> {
    guard phase != .ended else { return [] }
    phase = .ended
    backlog = []
    defer { listeners = [] }
    return listeners
  }
}

extension Event {
  /// About how many bytes it takes to keep.
  fileprivate var size: Int {
    switch self {
    case .prefill: 64
    case .reasoning(let text), .text(let text): 64 + text.utf8.count
    case .toolCall(let delta):
      64 + delta.arguments.utf8.count + (delta.id ?? "").utf8.count + (delta.name ?? "").utf8.count
    case .finished: 64
    }
  }
}
