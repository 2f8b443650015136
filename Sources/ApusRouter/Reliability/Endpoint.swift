public import ApusRemote

/// What health, limits and figures are kept for: a provider, one of its keys, one of its models.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
  /// A provider's type and address; a local model's tier.
  public var provider: String
  public var key: APIKey?
  public var model: String

  public init(provider: String, key: APIKey? = nil, model: String) {
    self.provider = provider
    self.key = key
    self.model = model
  }

  /// Without the key.
  public var description: String { "\(provider) \(model)" }

  /// The provider's key, whatever the model.
  var withoutModel: Endpoint { Endpoint(provider: provider, key: key, model: "") }
  /// The provider's model, whatever the key.
  var withoutKey: Endpoint { Endpoint(provider: provider, model: model) }
}
