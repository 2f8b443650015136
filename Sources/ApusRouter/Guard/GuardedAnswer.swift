import ApusCore

/// Goes through an answer as it comes. Its text, its reasoning and the arguments of each call of a
/// tool are texts of their own; what may be the beginning of something to redact waits for what
/// comes next, in the worst case until the answer's end.
struct GuardedAnswer: Sendable {
  private enum Channel: Sendable, Hashable {
    case reasoning
    case text
    case arguments(Int)
  }

  private struct Texts: Sendable {
    var holding: GuardScan
    var watching: GuardScan
  }

  private let sets: GuardSets
  private let report: @Sendable (Guard.Kind, Guard.Action) -> Void
  private var texts: [Channel: Texts] = [:]
  /// In the order in which they began.
  private var channels: [Channel] = []

  /// - Parameter report: Told of each find.
  init(_ sets: GuardSets, report: @escaping @Sendable (Guard.Kind, Guard.Action) -> Void) {
    self.sets = sets
    self.report = report
  }

  /// What of an event, and of what waited before it, may go out.
  /// - Throws: `ApusError.guardRefused`.
  mutating func pass(_ event: Event) throws(ApusError) -> [Event] {
    if sets.isEmpty { return [event] }
    switch event {
    case .prefill, .finished: return [event]
    case .text(let text): return try read(text, .text).map { [.text($0)] } ?? []
    case .reasoning(let text): return try read(text, .reasoning).map { [.reasoning($0)] } ?? []
    case .toolCall(var delta):
      delta.arguments = try read(delta.arguments, .arguments(delta.index)) ?? ""
      let isEmpty = delta.id == nil && delta.name == nil && delta.arguments.isEmpty
      return isEmpty ? [] : [.toolCall(delta)]
    }
  }

  /// What waited, where nothing more comes.
  /// - Throws: `ApusError.guardRefused`.
  mutating func finish() throws(ApusError) -> [Event] {
    var events: [Event] = []
    for channel in channels {
      guard let text = try read("", channel, isLast: true) else { continue }
      switch channel {
      case .text: events.append(.text(text))
      case .reasoning: events.append(.reasoning(text))
      case .arguments(let index):
        events.append(.toolCall(ToolCallDelta(index: index, arguments: text)))
      }
    }
    texts = [:]
    channels = []
    return events
  }

  /// - Returns: `nil` where nothing may go out.
  private mutating func read(
    _ text: String, _ channel: Channel, isLast: Bool = false
  ) throws(ApusError) -> String? {
    if texts[channel] == nil {
      channels.append(channel)
      texts[channel] = Texts(
        holding: GuardScan(sets.holding), watching: GuardScan(sets.watching))
    }
    if !sets.watching.isEmpty {
      for part in texts[channel]?.watching.read(text, isLast: isLast) ?? [] {
        if case .found(let kind, let category, _, _) = part,
          sets.rules.action(kind, category) == .flag
        {
          report(kind, .flag)
        }
      }
    }
    var passed = ""
    for part in texts[channel]?.holding.read(text, isLast: isLast) ?? [] {
      switch part {
      case .plain(let text): passed += text
      case .found(let kind, let category, let found, let offset):
        let action = sets.rules.action(kind, category)
        if action.holds { report(kind, action) }
        switch action {
        case .redact: passed += kind.placeholder
        // Bytes, for the text before it is gone.
        case .refuse:
          throw GuardRefusal(kind: kind, place: "the answer", character: offset + 1).asApusError
        case .allow, .flag: passed += found
        }
      }
    }
    return passed.isEmpty ? nil : passed
  }
}
