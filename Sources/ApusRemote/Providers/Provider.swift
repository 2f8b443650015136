public import ApusCore

/// Where a remote tier is and what it understands: data, not code. The rows are in
/// `providers.json`; `Provider(json:)` reads a row of one's own.
public struct Provider: Sendable, Hashable {
  /// What `TIERn_TYPE` says.
  public var type: String
  /// Further names of the type.
  public var aliases: [String] = []
  /// For people.
  public var title: String
  /// The address before `/chat/completions` or the format's own path; `nil` where the operator must
  /// give it. What he must fill in stands in braces.
  public var baseURL: String?
  /// Environment variables that may fill the braces in, in order of preference.
  public var placeholders: [String: [String]] = [:]
  public var format: WireFormat
  public var authentication: Authentication
  /// Headers that every request has.
  public var headers: [String: String] = [:]
  /// Environment variables that may hold the key, in order of preference.
  public var keyNames: [String]
  /// Environment variables that hold the members of a cloud's credentials; a `?` ends the name of a
  /// member that may be absent.
  public var credentialNames: [String: [String]] = [:]
  /// Whether a request without a key can succeed.
  public var needsKey: Bool
  public var keyPattern: KeyPattern?
  /// How the options of a request are spelt.
  public var fields: RequestFields
  /// Whether text can be continued without a chat.
  public var continuesText: Bool
  /// Whether `stream_options` is understood, without which there are no counts of tokens.
  public var asksForUsage: Bool
  /// What a tier of this type may take where `TIERn_TIMEOUT` says nothing.
  public var timeout: Duration
  /// What the provider lets through, where it says so.
  public var limits: [RateLimits.Rule] = []
  /// How its responses tell what is left of that.
  public var limitHeaders: RateLimits.Style
  public var features: Set<Feature>
  /// What is known of its models; it may have others.
  public var models: [ModelFacts] = []
  /// Short names of models.
  public var modelAliases: [String: String] = [:]
  /// Models that are gone, and what to use instead.
  public var decommissioned: [String: String] = [:]
  /// Where it works on data: `eu`, `us`, `cn`, `operator` (a machine of one's own) …
  public var regions: [String] = []
  /// Models to try when one is not found.
  public var alternatives: [String]
  /// Where all this is from.
  public var source: String?

  /// What a provider can do with some of its models at least.
  public typealias Feature = ModelFeature

  /// How a key begins, for hints.
  public var keyPrefix: String? { keyPattern?.prefixes.first }

  /// A provider that speaks OpenAI's API.
  public init(
    type: String, title: String, baseURL: String? = nil, keyNames: [String] = [],
    needsKey: Bool = true, timeout: Duration = .seconds(60), alternatives: [String] = []
  ) {
    self.type = type
    self.title = title
    self.baseURL = baseURL
    format = .openAI
    authentication = .bearer
    self.keyNames = keyNames
    self.needsKey = needsKey
    fields = OpenAIWire.fields
    continuesText = false
    asksForUsage = true
    self.timeout = timeout
    limitHeaders = .openAI
    features = [.streaming]
    self.alternatives = alternatives
  }
}

extension Provider {
  /// What is known of a model: under its own name, an alias, the name with a date behind it, or
  /// that of its family (`gpt-5*`).
  public func facts(of model: String) -> ModelFacts? {
    let name = modelAliases[model] ?? model
    if let exact = models.first(where: { $0.name == name }) { return exact }
    func longest(_ isIt: (String) -> Bool) -> ModelFacts? {
      models.filter { isIt($0.name) }.max { $0.name.utf8.count < $1.name.utf8.count }
    }
    return longest { name.hasPrefix($0 + "-2") || name.hasPrefix($0 + "@") }
      ?? longest { $0.hasSuffix("*") && name.hasPrefix($0.dropLast()) }
  }

  /// The model that a name stands for today.
  public func currentModel(_ name: String) -> (name: String, isReplaced: Bool) {
    if let current = decommissioned[name] { return (current, true) }
    return (modelAliases[name] ?? name, false)
  }

  /// What a response says of limits.
  public func rateLimits(in head: HTTPHead) -> RateLimits {
    RateLimits(head, style: limitHeaders, now: WallClock.now)
  }

  /// The key that the environment holds: a variable of ``keyNames``, or credentials put together
  /// from ``credentialNames``.
  /// - Parameter value: The value of an environment variable; `nil` or empty where it is not set.
  public func key(in value: (String) -> String?) -> APIKey? {
    for name in keyNames {
      if let key = value(name), !key.isEmpty { return APIKey(key) }
    }
    return credentials(value)
  }

  /// The base address with its braces filled in from the environment; `nil` where one stays.
  public func baseURL(in value: (String) -> String?) -> String? {
    guard var url = baseURL else { return nil }
    for (placeholder, names) in placeholders.sorted(by: { $0.key < $1.key }) {
      guard let text = names.compactMap(value).first(where: { !$0.isEmpty }) else { continue }
      url = url.replacing("{\(placeholder)}", with: pathPart(text))
    }
    return url.contains("{") ? nil : url
  }
}
