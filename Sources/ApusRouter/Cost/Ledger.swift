public import ApusCore
import Synchronization

/// One attempt, as it is written down.
public struct LedgerEntry: Sendable, Hashable {
  /// The request that the attempt belongs to: the same for all its attempts.
  public var request: String
  /// Its place among them, from 0.
  public var attempt: Int
  /// Seconds since 1970, UTC.
  public var time: Double
  /// Whom it is charged to; empty where callers are not told apart.
  public var caller: String
  public var tier: String
  public var provider: String
  public var model: String
  /// `nil` of a success; failed attempts are kept apart from answers.
  public var failure: String?
  public var usage: Usage
  public var cost: PicoDollars
  /// Whether the tokens or the price had to be guessed.
  public var isEstimated: Bool

  public init(
    request: String, attempt: Int, time: Double, caller: String, tier: String, provider: String,
    model: String, failure: String? = nil, usage: Usage, cost: PicoDollars, isEstimated: Bool
  ) {
    self.request = request
    self.attempt = attempt
    self.time = time
    self.caller = caller
    self.tier = tier
    self.provider = provider
    self.model = model
    self.failure = failure
    self.usage = usage
    self.cost = cost
    self.isEstimated = isEstimated
  }
}

/// Where entries are kept.
public protocol LedgerStore: Sendable {
  /// Writes an entry down. When it returns, the entry is there for good; one that was written
  /// already (the same request and attempt) is left as it is.
  func append(_ entry: LedgerEntry) async throws

  /// What a day has cost.
  /// - Parameters:
  ///   - day: Days since 1970, UTC.
  ///   - caller: `nil` for all.
  func spent(onDay day: Int, caller: String?) throws -> PicoDollars
}

/// A ledger that lasts as long as the process. Keeps the last 100,000 entries, and the sums of the
/// last 31 days.
public final class MemoryLedger: LedgerStore {
  private struct State {
    var entries: [LedgerEntry] = []
    var known: Set<Key> = []
    var sums: [Sum: PicoDollars] = [:]
    var newestDay = Int.min
  }
  private struct Key: Hashable {
    var request: String
    var attempt: Int
  }
  private struct Sum: Hashable {
    var day: Int
    var caller: String?
  }
  private let state = Mutex(State())
  private static let limit = 100_000
  private static let dayLimit = 31

  public init() {}

  public var entries: [LedgerEntry] { state.withLock { $0.entries } }

  public func append(_ entry: LedgerEntry) {
    state.withLock { state in
      let key = Key(request: entry.request, attempt: entry.attempt)
      guard state.known.insert(key).inserted else { return }
      if state.entries.count >= 2 * Self.limit {
        for old in state.entries.prefix(Self.limit) {
          state.known.remove(Key(request: old.request, attempt: old.attempt))
        }
        state.entries.removeFirst(Self.limit)
      }
      state.entries.append(entry)
      let day = Int((entry.time / 86_400).rounded(.down))
      if day > state.newestDay {
        state.newestDay = day
        state.sums = state.sums.filter { $0.key.day > day - Self.dayLimit }
      }
      state.sums[Sum(day: day, caller: nil), default: .zero] += entry.cost
      state.sums[Sum(day: day, caller: entry.caller), default: .zero] += entry.cost
    }
  }

  public func spent(onDay day: Int, caller: String?) -> PicoDollars {
    state.withLock { $0.sums[Sum(day: day, caller: caller)] ?? .zero }
  }
}
