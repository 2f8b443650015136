import Synchronization

/// What may be spent in a day (UTC), in all and for each caller; `nil` is no limit.
public struct Budget: Sendable, Hashable {
  public var perDay: PicoDollars?
  public var perCallerAndDay: PicoDollars?

  /// A budget of 0 blocks every tier that may cost anything.
  public init(perDay: PicoDollars? = nil, perCallerAndDay: PicoDollars? = nil) {
    self.perDay = perDay
    self.perCallerAndDay = perCallerAndDay
  }
}

/// Refuses before it is spent: what attempts under way may still cost is set aside.
final class BudgetKeeper: Sendable {
  let budget: Budget
  private let ledger: any LedgerStore
  private let timing: RouterTiming
  /// Set aside, in all and by caller.
  private let aside = Mutex((all: PicoDollars.zero, callers: [String: PicoDollars]()))

  init(_ budget: Budget, ledger: any LedgerStore, timing: RouterTiming) {
    self.budget = budget
    self.ledger = ledger
    self.timing = timing
  }

  /// - Parameter cost: The most that the attempt may cost; `nil` where that is not known.
  /// - Returns: Why not; `nil` where the amount has been set aside.
  func reserve(_ cost: PicoDollars?, caller: String, isPaid: Bool) -> String? {
    guard isPaid else { return nil }
    let day = Int((timing.wall() / 86_400).rounded(.down))
    guard budget.perDay != .zero, budget.perCallerAndDay != .zero else {
      return "the budget is 0 and the tier may cost"
    }
    let amount = cost ?? .zero
    return aside.withLock { aside in
      do {
        if let limit = budget.perDay {
          let spent = try ledger.spent(onDay: day, caller: nil) + aside.all
          if spent + amount > limit || spent >= limit { return "the day's budget is spent" }
        }
        if let limit = budget.perCallerAndDay {
          let spent =
            try ledger.spent(onDay: day, caller: caller) + aside.callers[caller, default: .zero]
          if spent + amount > limit || spent >= limit { return "the caller's budget is spent" }
        }
      } catch {
        return "the ledger cannot be read: \(error)"
      }
      aside.all += amount
      aside.callers[caller, default: .zero] += amount
      return nil
    }
  }

  /// Gives back what was set aside, after the entry has been written.
  func release(_ cost: PicoDollars?, caller: String, isPaid: Bool) {
    guard isPaid, let cost else { return }
    aside.withLock { aside in
      aside.all -= cost
      aside.callers[caller, default: .zero] -= cost
      if aside.callers[caller] == .zero { aside.callers[caller] = nil }
    }
  }
}
