/// Lets text through until one of the stop strings begins, wherever the pieces of text are cut. It
/// holds back only what may turn out to be the beginning of a stop string.
struct StopMatcher: Sendable {
  private let stops: [[UInt8]]
  private var pending: [UInt8] = []
  /// A stop string has been met; nothing more comes through.
  private(set) var isStopped = false

  /// Empty strings are left out: they would stop everything.
  init(_ stops: [String]) {
    self.stops = stops.filter { !$0.isEmpty }.map { Array($0.utf8) }
  }

  /// The text that is safe to show now.
  mutating func append(_ text: String) -> String {
    guard !isStopped else { return "" }
    guard !stops.isEmpty else { return text }
    pending.append(contentsOf: text.utf8)

    var held = pending.count
    for start in pending.indices {
      let rest = pending[start...]
      var mayStop = false
      for stop in stops {
        if rest.starts(with: stop) {
          isStopped = true
          let shown = String(decoding: pending[..<start], as: UTF8.self)
          pending = []
          return shown
        }
        if rest.count < stop.count && stop.starts(with: rest) { mayStop = true }
      }
      if mayStop && held == pending.count { held = start }
    }
    // A stop string begins with the first byte of a character, so characters stay whole.
    let shown = String(decoding: pending[..<held], as: UTF8.self)
    pending.removeFirst(held)
    return shown
  }

  /// What was held back, when no more text comes.
  mutating func finish() -> String {
    defer { pending = [] }
    return isStopped ? "" : String(decoding: pending, as: UTF8.self)
  }
}
