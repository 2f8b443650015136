public import ApusCore
public import ApusRemote

/// One rung of the ladder: a model, or several ways to the same one, and how long it may take.
public struct Tier: Sendable {
  /// Its place as the logs show it, from 1.
  public var number: Int
  public var name: String
  public var timeouts: TierTimeouts
  public var isEnabled: Bool
  /// The ways to the model: one for each key. Never empty.
  let targets: [Target]
  /// Whose model it is; `nil` of a local one.
  let provider: Provider?
  /// What one key may ask. Default: what the provider's documentation says.
  public var limits: [RateLimits.Rule]
  public var pricing: Pricing
  /// How good its answers are beside those of the others, from 0 to 1, where somebody says so.
  public var quality: Double?
  /// Its share of the requests, where the policy goes by shares.
  public var weight = 1.0
  /// The tasks that it is for; empty is for all.
  public var tasks: Set<TaskClass> = []
  /// Tokens of prompt and answer together; `nil` where nobody knows, or the model says it.
  public var contextLength: Int?
  /// What its model can do; `nil` where nobody knows.
  public var features: Set<ModelFeature>?

  /// The longest that one attempt may take, from its start to the answer's end.
  public var timeout: Duration {
    get { timeouts.total }
    set { timeouts.total = newValue }
  }

  public var model: any LanguageModel { targets[0].model }

  /// Whether the answer is made on this machine.
  public var isLocal: Bool { model is any OnDeviceModel }

  /// Whether prompts may leave this machine: a server of one's own may be on it; of models that say
  /// nothing, nobody knows.
  var isElsewhere: Bool { !isLocal && (model as? RemoteModel)?.isOnThisMachine != true }

  /// - Parameter number: 0 lets the router number the tier by its place.
  public init(
    _ model: any LanguageModel, name: String? = nil, number: Int = 0,
    timeout: Duration = .seconds(90), isEnabled: Bool = true
  ) {
    self.init(
      targets: [
        Target(endpoint: Endpoint(provider: name ?? model.name, model: model.name), model: model)
      ], name: name ?? model.name, number: number, timeouts: TierTimeouts(total: timeout),
      isEnabled: isEnabled)
  }

  init(
    targets: [Target], name: String, number: Int = 0, timeouts: TierTimeouts,
    provider: Provider? = nil, isEnabled: Bool = true
  ) {
    self.targets = targets
    self.provider = provider
    limits = provider?.limits(ofPlan: Provider.freePlan) ?? []
    pricing = provider.map { Pricing($0, model: targets[0].endpoint.model) } ?? .free
    let facts = provider?.facts(of: targets[0].endpoint.model)
    contextLength = facts?.contextLength
    features = facts.map { $0.features.union([.streaming]) } ?? provider?.features
    self.name = name
    self.number = number
    self.timeouts = timeouts
    self.isEnabled = isEnabled
  }

  /// A provider's model behind one or several keys, which take turns; a key that is refused or
  /// has to rest leaves its turn to the others.
  /// - Parameters:
  ///   - url: Default: the provider's own.
  ///   - keys: None, or `optional`, sends no key.
  ///   - policy: Where the address may lead; `RemoteModel` says what holds where it is `nil`.
  /// - Throws: `ApusError.configuration` where an address or a key cannot be sent.
  public init(
    _ provider: Provider, url: String? = nil, model: String, keys: [APIKey] = [],
    name: String? = nil, number: Int = 0, timeouts: TierTimeouts? = nil,
    policy: AddressPolicy? = nil, client: HTTPClient = .shared
  ) throws(ApusError) {
    let name = name ?? "\(provider.title) (\(model))"
    let timeouts = timeouts ?? TierTimeouts(total: provider.timeout, idle: TierTimeouts.remoteIdle)
    let place = "\(provider.type) \(url ?? provider.baseURL ?? "")"
    var targets: [Target] = []
    for key in keys.isEmpty ? [nil] : keys.map(Optional.some) {
      let remote = try RemoteModel(
        provider: provider, url: url, model: model, key: key?.value, name: name,
        timeouts: HTTPTimeouts(connect: timeouts.connect), policy: policy, client: client)
      targets.append(
        Target(
          endpoint: Endpoint(provider: place, key: key, model: model), model: remote))
    }
    self.init(
      targets: targets, name: name, number: number, timeouts: timeouts, provider: provider)
  }

  /// A model that is loaded already, or that loads itself when it is first asked.
  public static func local(
    _ model: any OnDeviceModel, timeout: Duration = .seconds(90)
  ) -> Tier {
    Tier(model, timeout: timeout)
  }

  /// Any server that speaks OpenAI's API.
  /// - Parameter key: `nil` or `optional` sends no Authorization header.
  /// - Throws: `ApusError.configuration`.
  public static func openAICompatible(
    _ url: String, model: String, key: String? = nil, timeout: Duration = .seconds(90)
  ) throws(ApusError) -> Tier {
    try Tier(
      .custom, url: url, model: model, keys: key.map { [APIKey($0)] } ?? [], name: model,
      timeouts: TierTimeouts(total: timeout, idle: TierTimeouts.remoteIdle))
  }

  /// Groq. - Throws: `ApusError.configuration`.
  public static func groq(model: String, key: String) throws(ApusError) -> Tier {
    try Tier(.of("groq"), model: model, keys: [APIKey(key)])
  }

  /// OpenAI. - Throws: `ApusError.configuration`.
  public static func openAI(model: String, key: String) throws(ApusError) -> Tier {
    try Tier(.of("openai"), model: model, keys: [APIKey(key)])
  }

  /// Hugging Face's serverless router. - Throws: `ApusError.configuration`.
  public static func serverless(model: String, token: String) throws(ApusError) -> Tier {
    try Tier(.of("serverless"), model: model, keys: [APIKey(token)])
  }
}

/// How long each part of an attempt may take; `nil` is as long as the whole.
public struct TierTimeouts: Sendable, Hashable {
  /// Of the connection.
  public var connect: Duration
  /// From the attempt's start to the first part of the answer.
  public var firstToken: Duration?
  /// Between two parts of the answer.
  public var idle: Duration?
  public var total: Duration

  public init(
    total: Duration, connect: Duration = .seconds(5), firstToken: Duration? = nil,
    idle: Duration? = nil
  ) {
    self.total = total
    self.connect = connect
    self.firstToken = firstToken
    self.idle = idle
  }

  /// What a remote stream may be silent where nobody says.
  public static let remoteIdle = Duration.seconds(30)
}

/// One way to a tier's model.
struct Target: Sendable {
  let endpoint: Endpoint
  let model: any LanguageModel

  /// - Parameter observe: Given the head of a remote response.
  func stream(
    _ request: Request, observe: @escaping @Sendable (HTTPHead) -> Void
  ) -> EventStream {
    (model as? RemoteModel)?.stream(request, observe: observe) ?? model.stream(request)
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
