import ApusRemote
import Synchronization

/// The quotas of all keys.
final class QuotaKeeper: Sendable {
  private let quotas = Mutex<[Endpoint: Quota]>([:])
  private let timing: RouterTiming

  init(timing: RouterTiming) { self.timing = timing }

  /// - Parameter tokens: What the request may need, prompt and answer.
  /// - Throws: `Quota.Refusal` where a limit would be passed.
  func reserve(
    _ endpoint: Endpoint, rules: [RateLimits.Rule], tokens: Int
  ) throws(Quota.Refusal) -> Quota.Reservation {
    let (now, wall) = (timing.now(), timing.wall())
    let result = quotas.withLock { quotas -> Result<Quota.Reservation, Quota.Refusal> in
      var quota = quotas[endpoint.withoutModel] ?? Quota(rules: rules)
      defer { quotas[endpoint.withoutModel] = quota }
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
    quotas.withLock {
      $0[endpoint.withoutModel]?.settle(
        reservation, prompt: prompt, completion: completion, estimate: estimate)
    }
  }

  func reconcile(_ endpoint: Endpoint, _ limits: RateLimits) {
    guard !limits.windows.isEmpty else { return }
    let now = timing.now()
    quotas.withLock { $0[endpoint.withoutModel]?.reconcile(limits, at: now) }
  }
}
