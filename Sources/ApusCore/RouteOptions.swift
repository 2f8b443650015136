/// What one request asks of a router; a model by itself has no use for it.
public struct RouteOptions: Sendable, Hashable {
  /// What may be done where a stream is cut after its first text.
  public enum Continuation: Sendable, Hashable {
    /// Nothing: the stream ends with `ApusError.streamInterrupted`, which carries what came.
    case none
    /// A local model continues the text. `RouteTrace.seams` says where.
    case local
  }

  public var continuation: Continuation
  /// Whether a second tier may be asked when the first is unusually slow to begin.
  public var allowsHedging: Bool
  /// Whom the answer is charged to, where callers have budgets; also whose cached answers it may be.
  public var caller: String

  public init(
    continuation: Continuation = .none, allowsHedging: Bool = false, caller: String = ""
  ) {
    self.continuation = continuation
    self.allowsHedging = allowsHedging
    self.caller = caller
  }
}
