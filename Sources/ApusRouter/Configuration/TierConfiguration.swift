import ApusCore
public import ApusRemote

/// What the environment says of one tier.
public struct TierConfiguration: Sendable, Hashable {
  /// From 1: its place.
  public var number: Int
  public var name: String
  /// `local`, or the type of a provider.
  public var type: String
  /// The address of a remote tier; `nil` for the provider's own.
  public var url: String?
  /// They take turns.
  public var apiKeys: [APIKey] = []
  /// A model file of a local tier; a model's name of a remote one.
  public var model: String
  public var timeouts: TierTimeouts
  /// What the key's owner has agreed with the provider: `free` (nothing is charged; its limits
  /// hold), another plan that the provider's row names, or `paid`.
  public var plan: String?

  public static let localType = "local"

  public var isLocal: Bool { type == Self.localType }

  public var provider: Provider? { Provider.named(type) }

  /// - Parameter local: Loads a local tier's model, when it is first asked.
  /// - Throws: `ApusError.configuration` where an address or a key cannot be sent.
  func tier(local: @escaping RouterConfiguration.LocalLoader) throws(ApusError) -> Tier {
    guard let provider else {
      let path = model
      let lazy = LazyModel(name: name) { try await local(path) }
      return Tier(
        targets: [Target(endpoint: Endpoint(provider: "local", model: path), model: lazy)],
        name: name, number: number, timeouts: timeouts)
    }
    var tier = try Tier(
      provider, url: url, model: model, keys: apiKeys, name: name, number: number,
      timeouts: timeouts)
    if let plan {
      tier.limits = provider.limits(ofPlan: plan)
      if plan == Provider.freePlan { tier.pricing = .free }
    }
    return tier
  }
}

extension Provider {
  /// The plan whose limits hold where nobody says more: rather too slow than refused.
  static let freePlan = "free"

  /// What the provider's documentation allows to everybody, or to those on a plan.
  func limits(ofPlan plan: String = freePlan) -> [RateLimits.Rule] {
    limits.filter { $0.plan == nil || $0.plan == plan }
  }

  /// All environment variables that its row names.
  var variableNames: Set<String> {
    let parts = placeholders.values.flatMap { $0 } + credentialNames.values.flatMap { $0 }
    return Set(keyNames + parts)
  }
}

/// Something in the configuration that is wrong or missing, and what to do about it.
public struct ConfigurationProblem: Sendable, Hashable {
  /// The name that is wrong (`TIER3_TIMEOUT`).
  public var name: String
  public var message: String
  /// Whether it keeps a tier from being used.
  public var omitsTier: Bool

  public init(name: String, message: String, omitsTier: Bool = false) {
    self.name = name
    self.message = message
    self.omitsTier = omitsTier
  }

  public var line: String { "\(name): \(message)" }
}
