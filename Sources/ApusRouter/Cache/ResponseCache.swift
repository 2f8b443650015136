import ApusCore
import Synchronization

/// Whole answers, kept for whoever asks the same again: in memory, and behind it in a store that
/// outlives the process. A request must ask for it (`RouteOptions.cache`), unless the cache is for
/// all. Several routers may share one.
///
/// ```swift
/// var options = RouterOptions()
/// options.cache = ResponseCache(bytes: 64 << 20, timeToLive: .seconds(3600))
/// var request = Request("What is 2+2?")
/// request.route.cache = .use()
/// ```
public final class ResponseCache: Sendable {
  /// How old an answer may be where a request does not say.
  public let timeToLive: Duration
  /// Whether it serves requests that say nothing.
  public let isStandard: Bool
  let store: (any CacheStore)?
  let flights: SingleFlight
  let digests: ModelDigests
  private let memory: Mutex<AnswerMemory>
  private let counts = Mutex(Statistics())

  /// - Parameters:
  ///   - bytes: Of memory, at most. An answer takes an eighth of it at most.
  ///   - store: What memory does not have, or has thrown out, is looked for there.
  ///   - digests: Where digests of model files are remembered.
  public init(
    bytes: Int = 64 << 20, timeToLive: Duration = .seconds(3600), isStandard: Bool = false,
    store: (any CacheStore)? = nil, digests: (any DigestStore)? = nil
  ) {
    self.timeToLive = timeToLive
    self.isStandard = isStandard
    self.store = store
    self.digests = ModelDigests(store: digests)
    memory = Mutex(AnswerMemory(limit: max(0, bytes)))
    flights = SingleFlight(backlogLimit: max(0, bytes) / 8)
  }

  /// What it was worth.
  public struct Statistics: Sendable, Hashable {
    /// Requests that asked for it, by where their answer came from.
    public var fromMemory = 0
    public var fromStore = 0
    /// Out of an answer that was under way for another.
    public var shared = 0
    public var fromTiers = 0
    /// Of memory, now.
    public var answerCount = 0
    public var byteCount = 0

    /// Of all requests, the share that asked no tier; 0 where there were none.
    public var hitRate: Double {
      let hits = fromMemory + fromStore + shared
      return hits == 0 ? 0 : Double(hits) / Double(hits + fromTiers)
    }
  }

  public var statistics: Statistics {
    let (count, bytes) = memory.withLock { ($0.count, $0.byteCount) }
    var statistics = counts.withLock { $0 }
    statistics.answerCount = count
    statistics.byteCount = bytes
    return statistics
  }

  /// Forgets what is in memory.
  public func removeAll() { memory.withLock { $0.removeAll() } }

  // MARK: For the router

  /// How old the answer to a request may be; `nil` where none is to be had here.
  func timeToLive(for request: Request) -> Duration? {
    switch request.route.cache {
    case .none: nil
    case .standard: isStandard ? timeToLive : nil
    case .use(let own): own ?? timeToLive
    }
  }

  func inMemory(_ key: CacheKey, at wall: Double, for timeToLive: Duration) -> CachedAnswer? {
    memory.withLock { memory in
      guard let answer = memory.answer(for: key) else { return nil }
      if answer.isFresh(at: wall, for: timeToLive) { return answer }
      // Another may still want what is too old for this one.
      if !answer.isFresh(at: wall, for: answer.timeToLive) { memory.remove(key) }
      return nil
    }
  }

  /// Puts what the store has into memory.
  func inStore(
    _ key: CacheKey, at wall: Double, for timeToLive: Duration
  ) async throws -> CachedAnswer? {
    guard let answer = try await store?.answer(for: key), answer.isFresh(at: wall, for: timeToLive)
    else { return nil }
    memory.withLock { $0.keep(answer, for: key) }
    return answer
  }

  func keep(_ answer: CachedAnswer, for key: CacheKey) {
    memory.withLock { $0.keep(answer, for: key) }
  }

  /// What cannot be read is not kept any longer.
  func remove(_ key: CacheKey) { memory.withLock { $0.remove(key) } }

  func count(_ origin: RouteTrace.Origin) {
    counts.withLock { counts in
      switch origin {
      case .memory: counts.fromMemory += 1
      case .store: counts.fromStore += 1
      case .shared: counts.shared += 1
      case .tiers: counts.fromTiers += 1
      }
    }
  }
}
