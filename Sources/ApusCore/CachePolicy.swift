/// Whether an answer may come from a router's cache, and be kept there.
public enum CachePolicy: Sendable, Hashable {
  /// What the router's options say: neither, unless they say otherwise.
  case standard
  /// Neither.
  case none
  /// Both. An answer is as old as `timeToLive` at most; `nil` is the cache's own.
  ///
  /// Where the temperature is not 0 and there is no seed, a model would say something else each time;
  /// whoever asks for the cache gets what it said first. Requests that are the same at the same
  /// time share one answer.
  case use(timeToLive: Duration? = nil)
}
