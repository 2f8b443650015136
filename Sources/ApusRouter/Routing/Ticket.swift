import ApusCore
import ApusJSON
import ApusRemote

/// The right to ask a target once: what breaker, budget and limits have set aside for it, to be
/// settled when the attempt has ended.
struct Ticket: Sendable {
  let pass: CircuitBreaker.Pass
  let quota: Quota.Reservation?
  /// The most that the attempt may cost; `nil` where nobody knows.
  let cost: PicoDollars?
  let promptTokens: Int
  let maxTokens: Int
}

extension Router {
  enum Admission: Sendable {
    case granted(Ticket)
    /// Why not.
    case refused(String)
  }

  /// Asks all who may say no. Either all of them set something aside, or none.
  /// - Parameter isForced: Whether an open breaker is no obstacle.
  func admit(
    _ tier: Tier, _ target: Target, _ request: Request, isForced: Bool = false
  ) -> Admission {
    let pass: CircuitBreaker.Pass
    switch health.admit(target.endpoint, isForced: isForced) {
    case .refused(let reason): return .refused(reason)
    case .granted(let granted): pass = granted
    }
    let promptTokens =
      options.countTokens(target.endpoint.model, request) ?? TokenEstimate.count(request)
    let maxTokens = request.options.maxTokens ?? GenerationOptions.defaultMaxTokens
    let cost = tier.pricing.limit(promptTokens: promptTokens, maxTokens: maxTokens)
    let (caller, isPaid) = (request.route.caller, tier.pricing.isPaid)
    if let reason = budget?.reserve(cost, caller: caller, isPaid: isPaid) {
      health.end(target.endpoint, pass, .neither)
      audit(.budgetRefused, tier, target, request, reason)
      return .refused(reason)
    }
    do {
      let quota =
        tier.isLocal
        ? nil
        : try quotas.reserve(
          target.endpoint, rules: tier.limits, tokens: promptTokens + maxTokens)
      return .granted(
        Ticket(
          pass: pass, quota: quota, cost: cost, promptTokens: promptTokens, maxTokens: maxTokens))
    } catch {
      budget?.release(cost, caller: caller, isPaid: isPaid)
      health.end(target.endpoint, pass, .neither)
      return .refused("limit of \(error.rule): free in \(error.until.inSeconds)")
    }
  }

  /// What an attempt has used, as far as anybody knows.
  struct Consumption: Sendable {
    var usage: Usage
    var isEstimated: Bool
    /// `nil` of an answer.
    var failure: String?
  }

  /// Puts what was used in the place of what was set aside, and writes it down.
  /// - Returns: What it cost; `nil` where the price is not known.
  func settle(
    _ ticket: Ticket, _ tier: Tier, _ target: Target, _ request: Request, _ used: Consumption,
    identifier: String, attempt: Int
  ) async -> PicoDollars? {
    if let quota = ticket.quota {
      quotas.settle(
        target.endpoint, quota, prompt: used.usage.promptTokens,
        completion: used.usage.completionTokens,
        estimate: ticket.promptTokens + ticket.maxTokens)
    }
    let cost = tier.pricing.cost(of: used.usage)
    if let ledger {
      let entry = LedgerEntry(
        request: identifier, attempt: attempt, time: timing.wall(), caller: request.route.caller,
        tier: tier.name, provider: target.endpoint.provider, model: target.endpoint.model,
        failure: used.failure, usage: used.usage, cost: cost ?? .zero,
        isEstimated: used.isEstimated || cost == nil)
      do {
        try await ledger.append(entry)
      } catch {
        log(LogEntry(.error, "! The ledger could not be written: \(error)"))
      }
    }
    budget?.release(ticket.cost, caller: request.route.caller, isPaid: tier.pricing.isPaid)
    return cost
  }
}

extension TokenEstimate {
  /// The prompt, with a few tokens for the turns of a conversation.
  static func count(_ request: Request) -> Int {
    let tools = request.tools.reduce(0) { $0 + count($1.serialized()) }
    switch request.prompt {
    case .text(let text): return count(text) + tools
    case .messages(let messages):
      return messages.reduce(tools + 3) { $0 + count($1.json.serialized()) }
    }
  }
}
