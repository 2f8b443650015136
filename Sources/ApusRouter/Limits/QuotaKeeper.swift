import ApusRemote
import Synchronization

/// The quotas of all keys. What is counted by the day or the month is kept in a store, where there
/// is one, so that a restart forgets nothing.
final class QuotaKeeper: Sendable {
  private let quotas = Mutex<[Endpoint: Quota]>([:])
  private let counters: (any CounterStore)?
  private let timing: RouterTiming
  private let log: RouterLog

  init(
    timing: RouterTiming, counters: (any CounterStore)? = nil, log: @escaping RouterLog = { _ in }
  ) {
    self.timing = timing
    self.counters = counters
    self.log = log
  }

  /// - Parameter tokens: What the request may need, prompt and answer.
  /// - Throws: `Quota.Refusal` where a limit would be passed.
  func reserve(
    _ endpoint: Endpoint, rules: [RateLimits.Rule], tokens: Int
  ) throws(Quota.Refusal) -> Quota.Reservation {
    let (now, wall) = (timing.now(), timing.wall())
    let result = quotas.withLock { quotas -> Result<Quota.Reservation, Quota.Refusal> in
      var quota = quotas[endpoint.withoutModel] ?? quota(endpoint, rules)
      defer {
        write(quota.takeChanges())
        quotas[endpoint.withoutModel] = quota
      }
      do throws(Quota.Refusal) {
        return .success(try quota.reserve(tokens: tokens, at: now, wall: wall))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  func settle(
    _ endpoint: Endpoint, _ reservation: Quota.Reservation, prompt: Int, completion: Int,
    estimate: Int
  ) {
    quotas.withLock { quotas in
      quotas[endpoint.withoutModel]?.settle(
        reservation, prompt: prompt, completion: completion, estimate: estimate)
      write(quotas[endpoint.withoutModel]?.takeChanges() ?? [])
    }
  }

  func reconcile(_ endpoint: Endpoint, _ limits: RateLimits) {
    guard !limits.windows.isEmpty else { return }
    let now = timing.now()
    quotas.withLock { $0[endpoint.withoutModel]?.reconcile(limits, at: now) }
  }

  // MARK: What survives a restart

  private func quota(_ endpoint: Endpoint, _ rules: [RateLimits.Rule]) -> Quota {
    guard let counters else { return Quota(rules: rules) }
    return Quota(rules: rules, key: endpoint.fingerprint) { [log] counter in
      do {
        return try counters.count(of: counter)
      } catch {
        log(LogEntry(.error, "! The counters of limits cannot be read: \(error)"))
        return 0
      }
    }
  }

  /// Under the lock, so that the store sees the changes in their order; it does not wait.
  private func write(_ changes: [Quota.Change]) {
    for change in changes {
      counters?.add(change.amount, to: change.counter) { [log] error in
        log(LogEntry(.error, "! The counters of limits could not be written: \(error)"))
      }
    }
  }
}
