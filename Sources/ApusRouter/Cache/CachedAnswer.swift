public import ApusCore

/// A whole answer as it is kept: its events, and who gave it.
public struct CachedAnswer: Sendable, Hashable {
  /// The events in the form of `AnswerEncoding`.
  public var events: [UInt8]
  /// The tier that answered, and its model as the tier calls it.
  public var tier: Int
  public var tierName: String
  public var model: String
  /// Seconds since 1970 when it was kept.
  public var time: Double
  public var timeToLive: Duration

  public init(
    events: [UInt8], tier: Int, tierName: String, model: String, time: Double, timeToLive: Duration
  ) {
    self.events = events
    self.tier = tier
    self.tierName = tierName
    self.model = model
    self.time = time
    self.timeToLive = timeToLive
  }

  /// Bytes that it takes, with what belongs to it.
  public var byteCount: Int { events.count + tierName.utf8.count + model.utf8.count + 128 }

  /// What is older than whoever kept it said, or than whoever asks wants it, is no answer; nor is
  /// what comes out of the future.
  /// - Parameter wall: Seconds since 1970.
  func isFresh(at wall: Double, for timeToLive: Duration) -> Bool {
    let age = wall - time
    return age >= 0 && age < min(timeToLive, self.timeToLive).seconds
  }
}

/// Events as bytes: a version, then for each event a tag and its values; numbers seven bits at a time,
/// texts behind their length.
public enum AnswerEncoding {
  private static let version: UInt8 = 1
  private enum Tag: UInt8 { case reasoning, text, toolCall, finished }

  /// What is shown and how it ended; neither progress nor times, which are of that one answer.
  public static func encode(_ events: some Sequence<Event>) -> [UInt8] {
    var bytes = [version]
    func add(_ number: Int) {
      var rest = UInt64(bitPattern: Int64(number))
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
    }
    func add(_ text: String) {
      add(text.utf8.count)
      bytes.append(contentsOf: text.utf8)
    }
    func add(_ text: String?) {
      add(text == nil ? 0 : 1)
      if let text { add(text) }
    }
    for event in events {
      switch event {
      case .prefill: break
      case .reasoning(let text):
        bytes.append(Tag.reasoning.rawValue)
        add(text)
      case .text(let text):
        bytes.append(Tag.text.rawValue)
        add(text)
      case .toolCall(let delta):
        bytes.append(Tag.toolCall.rawValue)
        add(delta.index)
        add(delta.id)
        add(delta.name)
        add(delta.arguments)
      case .finished(let reason, let usage):
        bytes.append(Tag.finished.rawValue)
        add(reason.rawValue)
        for count in usage.counts { add(count) }
      }
    }
    return bytes
  }

  /// - Returns: The events; `nil` where they are not such as `encode` makes of a finished answer.
  public static func decode(_ bytes: [UInt8]) -> [Event]? {
    var reader = Reader(rest: bytes[...])
    guard reader.byte() == version else { return nil }
    var events: [Event] = []
    while let byte = reader.byte() {
      guard let tag = Tag(rawValue: byte), let event = event(tag, &reader) else { return nil }
      events.append(event)
      if tag == .finished { return reader.rest.isEmpty ? events : nil }
    }
    return nil
  }

  private static func event(_ tag: Tag, _ reader: inout Reader) -> Event? {
    switch tag {
    case .reasoning: return reader.text().map(Event.reasoning)
    case .text: return reader.text().map(Event.text)
    case .toolCall:
      guard let index = reader.number(), let id = reader.optional(),
        let name = reader.optional(), let arguments = reader.text()
      else { return nil }
      return .toolCall(
        ToolCallDelta(index: index, id: id, name: name, arguments: arguments))
    case .finished:
      guard let reason = reader.text() else { return nil }
      var counts: [Int] = []
      for _ in Usage().counts {
        guard let count = reader.number() else { return nil }
        counts.append(count)
      }
      return .finished(FinishReason(rawValue: reason), Usage(counts: counts))
    }
  }

  private struct Reader {
    var rest: ArraySlice<UInt8>

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func number() -> Int? {
      var number: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 64, by: 7) {
        guard let byte = byte() else { return nil }
        number |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return Int(Int64(bitPattern: number)) }
      }
      return nil
    }

    mutating func text() -> String? {
      guard let count = number(), count >= 0, count <= rest.count else { return nil }
      defer { rest = rest.dropFirst(count) }
      return String(validating: rest.prefix(count), as: UTF8.self)
    }

    /// - Returns: `nil` where it cannot be read; `.some(nil)` where there is no text.
    mutating func optional() -> String?? {
      switch byte() {
      case 0: return .some(nil)
      case 1: return text().map(Optional.some)
      default: return nil
      }
    }
  }
}

extension Usage {
  /// The tokens in a fixed order; a later version may put more behind them.
  fileprivate var counts: [Int] {
    [
      promptTokens, completionTokens, cachedTokens, cacheWriteTokens, reasoningTokens,
      audioPromptTokens, audioCompletionTokens,
    ]
  }

  /// - Parameter counts: Seven.
  fileprivate init(counts: [Int]) {
    self.init(promptTokens: counts[0], completionTokens: counts[1])
    cachedTokens = counts[2]
    cacheWriteTokens = counts[3]
    reasoningTokens = counts[4]
    audioPromptTokens = counts[5]
    audioCompletionTokens = counts[6]
  }
}
