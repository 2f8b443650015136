public import ApusCore
public import ApusRemote

/// What settings say of one tier.
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
  /// `nil` of a local tier.
  public var provider: Provider?
  public var timeouts: TierTimeouts
  /// What the key's owner has agreed with the provider: `free` (nothing is charged; its limits
  /// hold), another plan that the provider's row names, or `paid`.
  public var plan: String?
  /// How good its answers are beside those of the others, from 0 to 1.
  public var quality: Double?
  /// Its share of the requests, where the policy goes by shares.
  public var weight = 1.0
  /// The tasks that it is for; empty is for all.
  public var tasks: Set<TaskClass> = []
  /// Tokens of prompt and answer together; `nil` where the provider's row or the model says it.
  public var contextLength: Int?

  public static let localType = "local"

  public var isLocal: Bool { type == Self.localType }

  /// "Groq (llama-3)", "local (model.gguf)".
  var defaultName: String {
    guard let provider else {
      return "local (\(model.split(separator: "/").last.map(String.init) ?? model))"
    }
    return "\(provider.title) (\(model))"
  }

  /// - Parameters:
  ///   - local: Loads a local tier's model, when it is first asked.
  ///   - former: A router that may have the model already.
  /// - Throws: `ApusError.configuration` where an address or a key cannot be sent.
  func tier(
    local: @escaping RouterConfiguration.LocalLoader, inheriting former: Router? = nil
  ) throws(ApusError) -> Tier {
    var tier = try bareTier(local, former)
    tier.quality = quality ?? tier.quality
    tier.weight = weight
    tier.tasks = tasks
    tier.contextLength = contextLength ?? tier.contextLength
    return tier
  }

  private func bareTier(
    _ local: @escaping RouterConfiguration.LocalLoader, _ former: Router?
  ) throws(ApusError) -> Tier {
    guard let provider else {
      let path = model
      let endpoint = Endpoint(provider: Self.localType, model: path)
      let known = former?.tiers.lazy.flatMap(\.targets).first { $0.endpoint == endpoint }?.model
      let lazy = known ?? LazyModel(name: name) { try await local(path) }
      return Tier(
        targets: [Target(endpoint: endpoint, model: lazy)], name: name, number: number,
        timeouts: timeouts)
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
  /// The name that is wrong (`TIER3_TIMEOUT`), or its place in a file.
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
