import ApusCore
import ApusRemote

/// Reads what settings say of one tier.
struct TierReader {
  private(set) var reader: SettingReader
  private let number: Int
  /// They go before the built-in ones.
  private let providers: [Provider]
  private var settings: Settings { reader.settings }

  /// The types that tiers 1 to 4 have where `TIERn_TYPE` says nothing.
  private static let defaultTypes = [1: "custom", 2: "space", 3: "groq", 4: "serverless"]
  /// What else tier 1 is called.
  private static let customNames: [ConfigurationField: String] = [
    .url: "CUSTOM_LLM_BASE_URL", .apiKey: "CUSTOM_LLM_API_KEY", .model: "CUSTOM_LLM_MODEL",
  ]
  /// Names that no tier's number begins.
  static let namesBesideTiers = Array(customNames.values)

  init(_ number: Int, settings: Settings, providers: [Provider]) {
    self.number = number
    self.providers = providers
    reader = SettingReader(settings)
  }

  private func name(_ field: ConfigurationField) -> String { Self.name(number, field) }

  static func name(_ number: Int, _ field: ConfigurationField) -> String {
    "TIER\(number)_\(field.name)"
  }

  /// The names of a field, the tier's own first.
  private func names(_ field: ConfigurationField) -> [String] {
    let other = number == 1 ? Self.customNames[field] : nil
    return [name(field)] + (other.map { [$0] } ?? [])
  }

  private mutating func omit(_ name: String, _ message: String) {
    reader.note(name, message, omitsTier: true)
  }

  /// - Returns: `nil` where there is no such tier, or none that can be used; why not, the problems
  ///   say.
  mutating func read() -> TierConfiguration? {
    let isMentioned = ConfigurationField.tier.contains { field in
      names(field).contains { settings.written($0) != nil }
    }
    guard isMentioned, let (type, provider) = type(), isEnabled(type) else { return nil }
    guard let model = settings.value(names(.model)) else {
      let hint = provider == nil ? "the path of a model file" : "a model's name"
      omit(name(.model), "is missing: \(hint)")
      return nil
    }
    var tier = TierConfiguration(
      number: number, name: "", type: type, model: model, provider: provider,
      timeouts: timeouts(provider))
    tier.plan = settings.value(name(.plan))?.lowercased()
    tier.quality = reader.number(name(.quality), 0...1)
    tier.weight = reader.number(name(.weight), 0...1_000_000) ?? 1
    tier.contextLength = reader.count(name(.contextLength))
    tier.tasks = tasks()
    if let provider {
      guard let address = address(provider) else { return nil }
      tier.url = address
      tier.apiKeys = keys(provider)
      if provider.needsKey && tier.apiKeys.isEmpty {
        let begins = provider.keyPrefix.map { " (it begins with \($0))" } ?? ""
        omit(
          provider.keyNames.first ?? name(.apiKey),
          "is missing: \(provider.title)'s key\(begins)")
        return nil
      }
      let current = provider.currentModel(model)
      if current.isReplaced {
        reader.note(name(.model), "\(model) is no more; \(current.name) is used")
      }
      tier.model = current.name
    }
    tier.name = settings.value(name(.name)) ?? tier.defaultName
    return tier
  }

  private mutating func type() -> (String, Provider?)? {
    guard let type = settings.value(name(.type)) ?? Self.defaultTypes[number] else {
      omit(name(.type), "is missing: local, space, serverless, groq, openai or custom")
      return nil
    }
    if type == TierConfiguration.localType { return (type, nil) }
    if let provider = Provider.named(type, among: providers) { return (type, provider) }
    let known = providers + Provider.all
    omit(
      name(.type),
      "\(type) is no type of tier: local, " + known.map(\.type).joined(separator: ", "))
    return nil
  }

  /// Tier 1 and local tiers are enabled unless they say otherwise; the others must say so.
  private mutating func isEnabled(_ type: String) -> Bool {
    switch SettingReader.flag(settings.value(name(.enabled))) {
    case .yes: return true
    case .no: return false
    case .unsaid:
      if number == 1 || type == TierConfiguration.localType { return true }
      omit(name(.enabled), "is not true, so the tier is left out")
    case .other(let text):
      omit(name(.enabled), "\(text) is neither true nor false, so the tier is left out")
    }
    return false
  }

  private mutating func timeouts(_ provider: Provider?) -> TierTimeouts {
    let total = provider?.timeout ?? .seconds(90)
    return TierTimeouts(
      total: reader.time(name(.timeout), total) ?? total,
      firstToken: reader.time(name(.firstTokenTimeout), nil),
      idle: reader.time(name(.idleTimeout), provider == nil ? nil : TierTimeouts.remoteIdle))
  }

  private mutating func tasks() -> Set<TaskClass> {
    var tasks: Set<TaskClass> = []
    for word in settings.list(name(.tasks)) {
      if let task = TaskClass(rawValue: word.lowercased()) {
        tasks.insert(task)
      } else {
        let known = TaskClass.allCases.map(\.rawValue).joined(separator: ", ")
        reader.note(name(.tasks), "\(word) is no class of tasks: \(known)")
      }
    }
    return tasks
  }

  /// The address of a tier's own, else the provider's, its braces filled in.
  private mutating func address(_ provider: Provider) -> String? {
    if let own = settings.value(names(.url)) { return own }
    let settings = settings
    if let address = provider.baseURL(in: { settings.value($0) }) { return address }
    let parts = provider.placeholders.values.compactMap(\.first).sorted()
    if provider.baseURL != nil, !parts.isEmpty {
      omit(parts.joined(separator: ", "), "is missing: a part of \(provider.title)'s address")
    } else {
      omit(
        names(.url).reversed().joined(separator: " or "),
        "is missing: the server's address before /chat/completions")
    }
    return nil
  }

  /// The keys of a tier's own, else of the provider's variables, else a cloud's credentials.
  private mutating func keys(_ provider: Provider) -> [APIKey] {
    for name in [name(.apiKey)] + provider.keyNames {
      guard let written = settings.written(name), let text = settings.value(name) else { continue }
      if text != written { reader.note(name, "has blanks around its value; they are ignored") }
      // Credentials of a cloud are an object: its commas are its own.
      return (text.hasPrefix("{") ? [text] : settings.list(name)).map { text in
        let key = APIKey(text)
        if key.isSent, let problem = provider.problem(with: key) {
          reader.note(name, problem.description)
        }
        return key
      }
    }
    let settings = settings
    return provider.key(in: { settings.value($0) }).map { [$0] } ?? []
  }
}
