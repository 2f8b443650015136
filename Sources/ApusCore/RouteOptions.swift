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
  /// The model that is wanted, by its name, a tier's name or an alias: its tiers are asked first.
  public var model: String?
  /// Who is asked where ``model`` cannot answer, in this order, and nobody else. Empty leaves that
  /// to the router.
  public var fallbacks: [String] = []
  /// What a model must be able to do. Tools are needed where the request has some.
  public var requires: Set<ModelFeature> = []
  /// What the request is for; `nil` lets the router tell from its words.
  public var task: TaskClass?
  public var cache = CachePolicy.standard

  public init(
    continuation: Continuation = .none, allowsHedging: Bool = false, caller: String = ""
  ) {
    self.continuation = continuation
    self.allowsHedging = allowsHedging
    self.caller = caller
  }
}
