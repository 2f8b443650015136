public import ApusCore
import ApusRemote

/// The tiers that the environment describes, and what is wrong with the description.
///
/// `TIERn_TYPE`, `TIERn_MODEL`, `TIERn_BASE_URL`, `TIERn_API_KEY` (several with commas between them),
/// `TIERn_TIMEOUT`, `TIERn_FIRST_TOKEN_TIMEOUT` and `TIERn_IDLE_TIMEOUT` (milliseconds),
/// `TIERn_ENABLED`, `TIERn_NAME` for n from 1 to 16; tier 1 also reads `CUSTOM_LLM_BASE_URL`,
/// `CUSTOM_LLM_API_KEY` and `CUSTOM_LLM_MODEL`; keys also come from the provider's own variables
/// (`GROQ_API_KEY`, `HF_TOKEN`, and so on: docs/providers.md), addresses with parts of one's own
/// from those that the provider names. `APUS_BUDGET_PER_DAY` is in dollars.
public struct RouterConfiguration: Sendable, Hashable {
  /// Complete and enabled, in order.
  public private(set) var tiers: [TierConfiguration] = []
  public private(set) var problems: [ConfigurationProblem] = []
  /// What all tiers together may cost in a day (UTC); `nil` is no limit.
  public private(set) var budgetPerDay: PicoDollars?

  public static let tierLimit = 16
  /// The types that tiers 1 to 4 have where `TIERn_TYPE` says nothing.
  private static let defaultTypes = [1: "custom", 2: "space", 3: "groq", 4: "serverless"]
  private static let fields = [
    "TYPE", "MODEL", "BASE_URL", "API_KEY", "TIMEOUT", "FIRST_TOKEN_TIMEOUT", "IDLE_TIMEOUT",
    "ENABLED", "NAME", "PLAN",
  ]
  private static let routerNames = ["APUS_BUDGET_PER_DAY"]
  private static let customNames = [
    "CUSTOM_LLM_BASE_URL", "CUSTOM_LLM_API_KEY", "CUSTOM_LLM_MODEL",
  ]

  /// - Parameters:
  ///   - environment: The process's environment; it goes before `.env`.
  ///   - dotEnv: A `.env` file.
  public init(environment: [String: String], dotEnv: DotEnv = DotEnv("")) {
    let values = dotEnv.values.merging(environment) { $1 }
    for number in 1...Self.tierLimit { read(number, values) }
    if let text = values["APUS_BUDGET_PER_DAY"]?.trimmingBlanks, !text.isEmpty {
      budgetPerDay = PicoDollars(dollars: text)
      if budgetPerDay == nil {
        // Better nothing spent than too much.
        budgetPerDay = .zero
        problems.append(
          ConfigurationProblem(
            name: "APUS_BUDGET_PER_DAY", message: "\(text) is no amount of dollars; 0 is used"))
      }
    }
    checkNames(environment, dotEnv)
  }

  private mutating func read(_ number: Int, _ values: [String: String]) {
    func value(_ names: String...) -> String? {
      for name in names {
        if let value = values[name]?.trimmingBlanks, !value.isEmpty { return value }
      }
      return nil
    }
    let prefix = "TIER\(number)_"
    let isCustom = number == 1
    let mentions =
      Self.fields.contains { values[prefix + $0] != nil }
      || (isCustom && Self.customNames.contains { values[$0] != nil })
    guard mentions else { return }

    guard let type = value(prefix + "TYPE") ?? Self.defaultTypes[number] else {
      omit(prefix + "TYPE", "is missing: local, space, serverless, groq, openai or custom")
      return
    }
    let provider = Provider.named(type)
    guard type == TierConfiguration.localType || provider != nil else {
      omit(
        prefix + "TYPE",
        "\(type) is no type of tier: local, " + Provider.all.map(\.type).joined(separator: ", "))
      return
    }
    guard isEnabled(number, type, values[prefix + "ENABLED"], prefix) else { return }

    let model = value(prefix + "MODEL") ?? (isCustom ? value("CUSTOM_LLM_MODEL") : nil)
    guard let model else {
      let hint = type == TierConfiguration.localType ? "the path of a model file" : "a model's name"
      omit(prefix + "MODEL", "is missing: \(hint)")
      return
    }
    var tier = TierConfiguration(
      number: number, name: "", type: type, model: model,
      timeouts: TierTimeouts(
        total: provider?.timeout ?? .seconds(90),
        idle: provider == nil ? nil : TierTimeouts.remoteIdle))
    func time(_ field: String, _ standard: Duration?) -> Duration? {
      guard let text = value(prefix + field) else { return standard }
      if let milliseconds = Int(text), (1...86_400_000).contains(milliseconds) {
        return .milliseconds(milliseconds)
      }
      let used = standard.map { "\($0.wholeMilliseconds) is used" } ?? "none is used"
      problems.append(
        ConfigurationProblem(
          name: prefix + field, message: "\(text) is no time in milliseconds; \(used)"))
      return standard
    }
    tier.timeouts.total = time("TIMEOUT", tier.timeouts.total) ?? tier.timeouts.total
    tier.timeouts.firstToken = time("FIRST_TOKEN_TIMEOUT", nil)
    tier.timeouts.idle = time("IDLE_TIMEOUT", tier.timeouts.idle)
    tier.plan = value(prefix + "PLAN")?.lowercased()
    if let provider {
      guard let address = address(provider, prefix, isCustom, value) else { return }
      tier.url = address
      tier.apiKeys = keys(provider, prefix, values)
      if provider.needsKey && tier.apiKeys.isEmpty {
        let begins = provider.keyPrefix.map { " (it begins with \($0))" } ?? ""
        omit(
          provider.keyNames.first ?? prefix + "API_KEY",
          "is missing: \(provider.title)'s key\(begins)")
        return
      }
      let current = provider.currentModel(model)
      if current.isReplaced {
        problems.append(
          ConfigurationProblem(
            name: prefix + "MODEL", message: "\(model) is no more; \(current.name) is used"))
      }
      tier.model = current.name
    }
    tier.name = value(prefix + "NAME") ?? Self.name(tier, provider)
    tiers.append(tier)
  }

  /// The address of a tier's own, else the provider's, its braces filled in.
  private mutating func address(
    _ provider: Provider, _ prefix: String, _ isCustom: Bool, _ value: (String...) -> String?
  ) -> String? {
    if let own = value(prefix + "BASE_URL") ?? (isCustom ? value("CUSTOM_LLM_BASE_URL") : nil) {
      return own
    }
    if let address = provider.baseURL(in: { value($0) }) { return address }
    let parts = provider.placeholders.values.compactMap(\.first).sorted()
    if provider.baseURL != nil, !parts.isEmpty {
      omit(parts.joined(separator: ", "), "is missing: a part of \(provider.title)'s address")
    } else {
      let names = isCustom ? "CUSTOM_LLM_BASE_URL or \(prefix)BASE_URL" : prefix + "BASE_URL"
      omit(names, "is missing: the server's address before /chat/completions")
    }
    return nil
  }

  /// The keys of a tier's own, else of the provider's variables, else a cloud's credentials.
  private mutating func keys(
    _ provider: Provider, _ prefix: String, _ values: [String: String]
  ) -> [APIKey] {
    for name in [prefix + "API_KEY"] + provider.keyNames {
      guard let written = values[name] else { continue }
      let text = written.trimmingBlanks
      guard !text.isEmpty else { continue }
      if text != written {
        problems.append(
          ConfigurationProblem(
            name: name, message: "has blanks around its value; they are ignored"))
      }
      // Credentials of a cloud are an object: its commas are its own.
      let keys = text.hasPrefix("{") ? [text] : text.split(separator: ",").map(String.init)
      return keys.map { key in
        let key = APIKey(key.trimmingBlanks)
        if key.isSent, let problem = provider.problem(with: key) {
          problems.append(ConfigurationProblem(name: name, message: problem.description))
        }
        return key
      }
    }
    return provider.key(in: { values[$0] }).map { [$0] } ?? []
  }

  /// Tier 1 and local tiers are enabled unless they say otherwise; the others must say so.
  private mutating func isEnabled(
    _ number: Int, _ type: String, _ text: String?, _ prefix: String
  ) -> Bool {
    switch text?.trimmingBlanks.lowercased() {
    case "true"?, "1"?, "yes"?: return true
    case nil, ""?:
      if number == 1 || type == TierConfiguration.localType { return true }
      omit(prefix + "ENABLED", "is not true, so the tier is left out")
      return false
    case "false"?, "0"?, "no"?: return false
    case let other?:
      omit(prefix + "ENABLED", "\(other) is neither true nor false, so the tier is left out")
      return false
    }
  }

  private static func name(_ tier: TierConfiguration, _ provider: Provider?) -> String {
    guard let provider else {
      return "local (\(tier.model.split(separator: "/").last.map(String.init) ?? tier.model))"
    }
    return "\(provider.title) (\(tier.model))"
  }

  private mutating func omit(_ name: String, _ message: String) {
    problems.append(ConfigurationProblem(name: name, message: message, omitsTier: true))
  }

  // MARK: Names that look like ours but are not

  /// Names of ours, of which others may be slips.
  private static let ownNames: Set<String> = {
    var names = Set(customNames + ["HF_TOKEN", "GROQ_API_KEY", "OPENAI_API_KEY"] + routerNames)
    for number in 1...tierLimit { names.formUnion(fields.map { "TIER\(number)_\($0)" }) }
    return names
  }()

  private static let knownNames: Set<String> = Provider.all.reduce(into: ownNames) {
    $0.formUnion($1.variableNames)
  }

  /// Ours, and those of the providers that are used.
  private var nearNames: Set<String> {
    tiers.reduce(into: Self.ownNames) { $0.formUnion($1.provider?.variableNames ?? []) }
  }

  private mutating func checkNames(_ environment: [String: String], _ dotEnv: DotEnv) {
    for line in dotEnv.badLines {
      problems.append(
        ConfigurationProblem(
          name: ".env line \(line)", message: "is neither NAME=value nor a comment"))
    }
    for name in environment.keys.sorted() { check(name, place: "", isOurs: false) }
    for entry in dotEnv.entries {
      check(entry.name, place: " (.env line \(entry.line))", isOurs: true)
    }
  }

  private mutating func check(_ name: String, place: String, isOurs: Bool) {
    let trimmed = name.trimmingBlanks
    if trimmed != name && Self.knownNames.contains(trimmed) {
      problems.append(
        ConfigurationProblem(name: "\"\(name)\"" + place, message: "has blanks around the name"))
      return
    }
    guard !Self.knownNames.contains(trimmed) else { return }
    let near = nearNames.filter { EditDistance.isNear(trimmed, $0) }.min {
      (EditDistance.between(trimmed, $0), $0) < (EditDistance.between(trimmed, $1), $1)
    }
    let isTierName = trimmed.hasPrefix("TIER") && trimmed.dropFirst(4).first?.isNumber == true
    if let near {
      problems.append(
        ConfigurationProblem(name: trimmed + place, message: "is unknown; do you mean \(near)?"))
    } else if isTierName || trimmed.hasPrefix("CUSTOM_LLM_") {
      problems.append(ConfigurationProblem(name: trimmed + place, message: "is unknown"))
    }
  }
}

extension RouterConfiguration {
  /// Loads a local tier's model from the path that the configuration names.
  public typealias LocalLoader = @Sendable (String) async throws -> any LanguageModel

  /// The router over these tiers. Local models are loaded when they are first asked.
  /// - Parameter options: Its budget per day is the configuration's, where that has one.
  /// - Throws: `ApusError` where no tier is left, with every problem in its message.
  public func router(
    local: @escaping LocalLoader, options: RouterOptions = RouterOptions(),
    log: @escaping RouterLog = { _ in }
  ) throws(ApusError) -> Router {
    var options = options
    if let budgetPerDay {
      options.budget = Budget(
        perDay: budgetPerDay, perCallerAndDay: options.budget?.perCallerAndDay)
    }
    var built: [Tier] = []
    for tier in tiers { built.append(try tier.tier(local: local)) }
    guard !built.isEmpty else { throw RouterError.noTier(problems).asApusError }
    return try Router(tiers: built, options: options, log: log)
  }
}
