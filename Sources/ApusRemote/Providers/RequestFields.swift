import ApusCore
import ApusJSON

/// How a provider spells the options of a request; what it does not know has no name and is not
/// sent.
public struct RequestFields: Sendable, Hashable {
  /// The options, by OpenAI's names where it has them.
  public enum Option: String, Sendable, Hashable, CaseIterable {
    case temperature
    case topP = "top_p"
    case topK = "top_k"
    case minP = "min_p"
    case repeatPenalty = "repeat_penalty"
    case presencePenalty = "presence_penalty"
    case frequencyPenalty = "frequency_penalty"
    case maxTokens = "max_tokens"
    case stop
    case seed
  }

  private var names: [Option: String]

  public init(_ names: [Option: String]) { self.names = names }

  public subscript(option: Option) -> String? {
    get { names[option] }
    set { names[option] = newValue }
  }

  /// These, changed by a row: an option's new name, or `null` where it is not understood.
  /// - Throws: `ProviderError` for a name that is no option.
  func changed(by object: JSONObject) throws(ProviderError) -> RequestFields {
    var changed = self
    for (name, value) in object {
      guard let option = Option(rawValue: name), value.isNull || value.string != nil else {
        throw ProviderError("\(name) is no option of a request")
      }
      changed[option] = value.string
    }
    return changed
  }

  /// The members of a request. What the caller left out gets the product's default (features A12)
  /// or stays out.
  func members(_ options: GenerationOptions) -> JSONObject {
    var members: JSONObject = [:]
    func set(_ option: Option, _ value: JSON?) {
      if let name = names[option], let value { members[name] = value }
    }
    func decimal(_ value: Float?) -> JSON? {
      // 0.7 rather than 0.699999988079071.
      value.map { .double(Double($0.description) ?? Double($0)) }
    }
    set(.temperature, decimal(options.temperature ?? GenerationOptions.defaultTemperature))
    set(.maxTokens, .integer(options.maxTokens ?? GenerationOptions.defaultMaxTokens))
    set(.topP, decimal(options.topP))
    set(.topK, options.topK.map { .integer($0) })
    set(.minP, decimal(options.minP))
    set(.repeatPenalty, decimal(options.repeatPenalty))
    set(.presencePenalty, decimal(options.presencePenalty))
    set(.frequencyPenalty, decimal(options.frequencyPenalty))
    set(.stop, options.stop.isEmpty ? nil : .array(options.stop.map { .string($0) }))
    set(.seed, options.seed.map { .integer(Int(truncatingIfNeeded: $0)) })
    return members
  }
}

extension JSONObject {
  mutating func add(_ members: JSONObject) {
    for (name, value) in members { self[name] = value }
  }
}
