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
  public var apiKey: APIKey?
  /// A model file of a local tier; a model's name of a remote one.
  public var model: String
  public var timeout: Duration
  public var isEnabled: Bool

  public static let localType = "local"

  public var isLocal: Bool { type == Self.localType }

  public var provider: Provider? { Provider.named(type) }
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
