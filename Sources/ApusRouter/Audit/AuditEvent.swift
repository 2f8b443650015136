import ApusJSON
import ApusRemote

/// Something that whoever answers for a router's safety wants to know of. Never a key, never a text.
public struct AuditEvent: Sendable, Hashable {
  public enum Action: String, Sendable, Hashable {
    /// A provider does not take a key.
    case keyRefused = "key_refused"
    /// An address was not connected to.
    case addressRefused = "address_refused"
    /// A host's certificate was not accepted.
    case certificateRefused = "certificate_refused"
    /// The guard met something; ``AuditEvent/reason`` says what it did.
    case guardActed = "guard"
    case budgetRefused = "budget_refused"
    case breakerOpened = "breaker_opened"
  }

  public var action: Action
  /// Seconds since 1970, UTC.
  public var time: Double
  /// The request's identifier in its trace; `nil` where none is at hand.
  public var request: String?
  public var tier: Int
  public var tierName: String
  public var model: String
  /// Of the key that was used: the beginning of its SHA-256.
  public var keyFingerprint: String?
  /// Whom the request was for, where callers are told apart.
  public var caller: String?
  public var reason: String

  init(
    _ action: Action, time: Double, request: String? = nil, tier: Tier, target: Target,
    caller: String, reason: String
  ) {
    self.action = action
    self.time = time
    self.request = request
    self.tier = tier.number
    tierName = tier.name
    model = target.endpoint.model
    keyFingerprint = target.endpoint.key?.fingerprint
    self.caller = caller.isEmpty ? nil : caller
    self.reason = reason
  }

  /// One line, its texts without anything that looks like a secret: names and reasons come from
  /// people and from upstreams.
  var line: String {
    func clean(_ text: String) -> JSON {
      .string(String(Guard.withoutSecrets(text).prefix(500)))
    }
    var object: JSONObject = [
      "time": .string(InternetTime.text(time)), "event": .string(action.rawValue),
      "tier": .integer(tier), "name": clean(tierName), "model": clean(model),
      "reason": clean(reason),
    ]
    if let request { object["request"] = .string(request) }
    if let keyFingerprint { object["key"] = .string(keyFingerprint) }
    if let caller { object["caller"] = clean(caller) }
    return JSON.object(object).serialized() + "\n"
  }
}
