public import ApusCore
public import ApusJSON

/// What is known of one model at one provider.
public struct ModelFacts: Sendable, Hashable {
  public var name: String
  /// Tokens of prompt and answer together.
  public var contextLength: Int?
  public var maxOutputTokens: Int?
  public var price: Price?
  public var features: Set<Provider.Feature>
  /// Options that this model spells otherwise, or refuses (`null`).
  public var fields: JSONObject
  /// Where this is from, and the day on which it was read there.
  public var source: String?
  public var date: String?

  /// Integer pico-dollars (10⁻¹² $) a token: 1 $ for a million tokens is 1,000,000. What is not known
  /// is absent.
  public struct Price: Sendable, Hashable {
    public var input: Int
    public var output: Int
    /// A token that was read from the provider's cache, or written to it.
    public var cachedInput: Int?
    public var cacheWrite: Int?
    /// Where it is not the price of any other token of the answer.
    public var reasoning: Int?
    public var audioInput: Int?
    public var audioOutput: Int?

    public init(
      input: Int, output: Int, cachedInput: Int? = nil, cacheWrite: Int? = nil,
      reasoning: Int? = nil, audioInput: Int? = nil, audioOutput: Int? = nil
    ) {
      self.input = input
      self.output = output
      self.cachedInput = cachedInput
      self.cacheWrite = cacheWrite
      self.reasoning = reasoning
      self.audioInput = audioInput
      self.audioOutput = audioOutput
    }
  }

  init(json: JSON) throws(ProviderError) {
    guard let row = json.object, let name = row["name"]?.string else {
      throw ProviderError("a model has no name")
    }
    let reader = RowReader(row)
    self.name = name
    contextLength = try reader.integer("context")
    maxOutputTokens = try reader.integer("output")
    features = Set((try reader.texts("features") ?? []).map(Provider.Feature.init(rawValue:)))
    fields = try reader.object("fields") ?? [:]
    _ = try RequestFields([:]).changed(by: fields)
    source = try reader.text("source")
    date = try reader.text("date")
    try reader.refuseOthers(than: [
      "name", "context", "output", "features", "fields", "source", "date", "price",
    ])
    guard let prices = try reader.object("price") else { return }
    let price = RowReader(prices)
    guard let input = try price.integer("input"), let output = try price.integer("output") else {
      throw ProviderError("\(name): a price has input and output")
    }
    self.price = Price(
      input: input, output: output, cachedInput: try price.integer("cachedInput"),
      cacheWrite: try price.integer("cacheWrite"), reasoning: try price.integer("reasoning"),
      audioInput: try price.integer("audioInput"), audioOutput: try price.integer("audioOutput"))
    try price.refuseOthers(than: [
      "input", "output", "cachedInput", "cacheWrite", "reasoning", "audioInput", "audioOutput",
    ])
  }
}
