public import ApusCore
import ApusRemote

/// One rung of the ladder: a model, and how long it may take.
public struct Tier: Sendable {
  /// Its place as the logs show it, from 1.
  public var number: Int
  public var name: String
  /// The longest that one attempt may take, from its start to the answer's end.
  public var timeout: Duration
  public var isEnabled: Bool
  public let model: any LanguageModel

  /// - Parameter number: 0 lets the router number the tier by its place.
  public init(
    _ model: any LanguageModel, name: String? = nil, number: Int = 0,
    timeout: Duration = .seconds(90), isEnabled: Bool = true
  ) {
    self.model = model
    self.name = name ?? model.name
    self.number = number
    self.timeout = timeout
    self.isEnabled = isEnabled
  }

  /// A model that is loaded already, or that loads itself when it is first asked.
  public static func local(
    _ model: any LanguageModel, timeout: Duration = .seconds(90)
  ) -> Tier {
    Tier(model, timeout: timeout)
  }

  /// Any server that speaks OpenAI's API.
  /// - Parameter key: `nil` or `optional` sends no Authorization header.
  /// - Throws: `ApusError.configuration`.
  public static func openAICompatible(
    _ url: String, model: String, key: String? = nil, timeout: Duration = .seconds(90)
  ) throws(ApusError) -> Tier {
    Tier(try RemoteModel(url: url, model: model, key: key), timeout: timeout)
  }

  /// Groq. - Throws: `ApusError.configuration`.
  public static func groq(
    model: String, key: String, timeout: Duration = .seconds(30)
  ) throws(ApusError) -> Tier {
    try Tier(.of("groq"), model: model, key: key, timeout: timeout)
  }

  /// OpenAI. - Throws: `ApusError.configuration`.
  public static func openAI(
    model: String, key: String, timeout: Duration = .seconds(60)
  ) throws(ApusError) -> Tier {
    try Tier(.of("openai"), model: model, key: key, timeout: timeout)
  }

  /// Hugging Face's serverless router. - Throws: `ApusError.configuration`.
  public static func serverless(
    model: String, token: String, timeout: Duration = .seconds(60)
  ) throws(ApusError) -> Tier {
    try Tier(.of("serverless"), model: model, key: token, timeout: timeout)
  }

  private init(
    _ provider: Provider, model: String, key: String, timeout: Duration
  ) throws(ApusError) {
    let name = "\(provider.title) (\(model))"
    self.init(
      try RemoteModel(provider: provider, model: model, key: key, name: name), timeout: timeout)
  }
}

extension Provider {
  /// The row of a type that the table is known to hold.
  static func of(_ type: String) throws(ApusError) -> Provider {
    guard let provider = Provider.named(type) else {
      throw ApusError(.configuration, "\(type) is no known type of tier")
    }
    return provider
  }
}
