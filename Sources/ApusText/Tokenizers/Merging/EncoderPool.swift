import Synchronization

/// Encoders at rest: what one text has taught them serves the next. Texts that are encoded at once
/// have one each.
final class EncoderPool: Sendable {
  private let new: WordEncoder
  private let idle = Mutex<[WordEncoder]>([])
  private static let mostIdle = 4

  /// - Parameter new: an encoder that has seen nothing, for whoever finds none at rest.
  init(_ new: WordEncoder) { self.new = new }

  func withEncoder(_ body: (inout WordEncoder) -> Void) {
    var encoder = idle.withLock { $0.popLast() } ?? new
    body(&encoder)
    idle.withLock { [encoder] idle in
      if idle.count < Self.mostIdle { idle.append(encoder) }
    }
  }
}
