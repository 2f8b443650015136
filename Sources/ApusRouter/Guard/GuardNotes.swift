import Synchronization

/// What the guard meets in one attempt, counted by kind, place and action.
final class GuardNotes: Sendable {
  private let findings = Mutex<[GuardFinding]>([])

  func add(_ kind: Guard.Kind, _ action: Guard.Action, _ place: GuardFinding.Place) {
    findings.withLock { findings in
      let index = findings.firstIndex {
        $0.kind == kind && $0.action == action && $0.place == place
      }
      if let index {
        findings[index].count += 1
      } else {
        findings.append(GuardFinding(kind: kind, place: place, action: action, tier: 0))
      }
    }
  }

  /// Each once.
  func takeAll() -> [GuardFinding] {
    findings.withLock { findings in
      defer { findings = [] }
      return findings
    }
  }
}
