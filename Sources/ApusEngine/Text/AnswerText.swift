import ApusText

/// The text of an answer as it grows: whole characters, up to the first stop string.
struct AnswerText: Sendable {
  private var decoder: StreamDecoder
  private var stops: StopMatcher
  /// What has come out so far.
  private(set) var shown = ""

  init(_ tokenizer: Tokenizer, stops: [String]) {
    decoder = StreamDecoder(tokenizer)
    self.stops = StopMatcher(stops)
  }

  var isStopped: Bool { stops.isStopped }

  /// What can be shown once `token` has been drawn.
  mutating func append(_ token: Int32) -> String {
    let piece = stops.append(decoder.append(token))
    shown += piece
    return piece
  }

  /// What was held back, when no more tokens come.
  mutating func finish() -> String {
    guard !stops.isStopped else { return "" }
    let piece = stops.append(decoder.finish()) + stops.finish()
    shown += piece
    return piece
  }
}
