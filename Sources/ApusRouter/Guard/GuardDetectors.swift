extension DetectorSet {
  static let secrets: [any Detector] = [
    PrivateKeyDetector(), KeyDetector(), JSONWebTokenDetector(), ClientIdentifierDetector(),
    AssignmentDetector(),
  ]
  static let personalData: [any Detector] = [
    EmailDetector(), AccountDetector(), CardDetector(), SocialSecurityDetector(), PhoneDetector(),
    MachineAddressDetector(),
  ]
  static let injection: [any Detector] = [InjectionMarks()]
  private static let all = secrets + personalData + injection

  /// The detectors of whose kinds one at least has an action of this sort.
  init(_ rules: Guard.Rules, where isWanted: (Guard.Action) -> Bool) {
    self.init(
      Self.all.filter { detector in
        detector.kinds.contains { isWanted(rules.action($0, detector.category)) }
      })
  }
}

extension Guard {
  private static let secrets = DetectorSet(DetectorSet.secrets)

  /// For logs, traces and errors: what people and upstreams have written, with placeholders for what
  /// looks like a secret.
  static func withoutSecrets(_ text: String) -> String {
    GuardScan.parts(of: text, secrets).map { part in
      switch part {
      case .plain(let text): text
      case .found(let kind, _, _, _): kind.placeholder
      }
    }.joined()
  }
}

/// A guard's rules with the detectors that they need: those whose finds hold text back, and those
/// that only watch it go by.
struct GuardSets: Sendable {
  let rules: Guard.Rules
  let holding: DetectorSet
  let watching: DetectorSet

  init(_ rules: Guard.Rules) {
    self.rules = rules
    holding = DetectorSet(rules) { $0.holds }
    watching = DetectorSet(rules) { $0 == .flag }
  }

  var isEmpty: Bool { holding.isEmpty && watching.isEmpty }
}

/// A guard, made ready once for all requests of a router.
struct ReadyGuard: Sendable {
  let prompts: GuardSets
  let localPrompts: GuardSets
  let answers: GuardSets

  init(_ options: Guard) {
    prompts = GuardSets(options.prompts)
    localPrompts = GuardSets(options.localPrompts)
    answers = GuardSets(options.answers)
  }
}

/// What a guard has met in one request: kinds and counts, never the text.
public struct GuardFinding: Sendable, Hashable {
  public enum Place: String, Sendable, Hashable {
    case prompt
    case answer
  }

  public var kind: Guard.Kind
  public var place: Place
  public var action: Guard.Action
  /// The tier that the prompt was for, or whose answer it was.
  public var tier: Int
  public var count = 1
}
