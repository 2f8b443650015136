public import ApusCore
import ApusRemote

/// What settings say of a router and its tiers, and what is wrong with them.
///
/// Settings come from flags, the environment, a `.env` file and a JSON file, in this order of
/// precedence. `TIERn_TYPE`, `TIERn_MODEL` and so on describe tier n (from 1 to 16); tier 1 also
/// reads `CUSTOM_LLM_BASE_URL`, `CUSTOM_LLM_API_KEY` and `CUSTOM_LLM_MODEL`; keys also come from
/// the provider's own variables (`GROQ_API_KEY`, `HF_TOKEN`, and so on: docs/providers.md).
/// docs/configuration.md has every name.
public struct RouterConfiguration: Sendable, Hashable {
  /// Complete and enabled, in order.
  public private(set) var tiers: [TierConfiguration] = []
  public private(set) var problems: [ConfigurationProblem] = []
  public private(set) var policy = RoutingPolicy.ordered
  /// Other names for models, by the name that a request may have.
  public private(set) var aliases: [String: String] = [:]
  /// Whether a second tier is asked when the first is unusually slow to begin.
  public private(set) var isHedging = false
  /// What all tiers together may cost in a day (UTC), and what one caller may; `nil` is no limit.
  public private(set) var budget: Budget?

  public static let tierLimit = 16

  /// - Parameters:
  ///   - flags: What was said on the command line, by the same names.
  ///   - environment: The process's environment.
  ///   - dotEnv: A `.env` file.
  ///   - file: A configuration file.
  public init(
    flags: [String: String] = [:], environment: [String: String], dotEnv: DotEnv = DotEnv(""),
    file: ConfigurationFile? = nil
  ) {
    let settings = Settings(flags: flags, environment: environment, dotEnv: dotEnv, file: file)
    let providers = file?.providers ?? []
    for number in 1...Self.tierLimit {
      var reader = TierReader(number, settings: settings, providers: providers)
      if let tier = reader.read() { tiers.append(tier) }
      problems += reader.reader.problems
    }
    readRouter(SettingReader(settings))
    var check = NameCheck(tiers: tiers, providers: providers)
    check.check(environment.merging(flags) { $1 }, dotEnv)
    problems += check.problems
  }

  private mutating func readRouter(_ reader: SettingReader) {
    var reader = reader
    let settings = reader.settings
    if let name = settings.value(ConfigurationField.policy.name) {
      if let known = RoutingPolicy(named: name) {
        policy = known
      } else {
        let known = RoutingPolicy.names.joined(separator: ", ")
        reader.note(
          ConfigurationField.policy.name, "\(name) is no policy: \(known); ordered is used")
      }
    }
    if case .production = policy {
      policy = .production(
        RoutingPolicy.Production(
          modelPreference: settings.list(ConfigurationField.modelPreference.name),
          errorTolerance: reader.number(ConfigurationField.errorTolerance.name, 0...1)
            ?? RoutingPolicy.Production.standardErrorTolerance,
          performanceOptimized: reader.flag(ConfigurationField.performanceOptimized.name)))
    }
    aliases = reader.pairs(ConfigurationField.aliases.name)
    isHedging = reader.flag(ConfigurationField.hedging.name)
    let (perDay, perCaller) = (
      reader.dollars(ConfigurationField.budgetPerDay.name),
      reader.dollars(ConfigurationField.budgetPerCaller.name)
    )
    if perDay != nil || perCaller != nil {
      budget = Budget(perDay: perDay, perCallerAndDay: perCaller)
    }
    problems += reader.problems
  }
}

extension RouterConfiguration {
  /// Loads a local tier's model from the path that the configuration names.
  public typealias LocalLoader = @Sendable (String) async throws -> any OnDeviceModel

  /// The router over these tiers. Local models are loaded when they are first asked.
  /// - Parameters:
  ///   - options: What the configuration says goes before.
  ///   - former: A router whose counters, and whose models where they are the same, go on.
  /// - Throws: `ApusError` where no tier is left, with every problem in its message.
  public func router(
    local: @escaping LocalLoader, options: RouterOptions = RouterOptions(),
    inheriting former: Router? = nil, log: @escaping RouterLog = { _ in }
  ) throws(ApusError) -> Router {
    var options = options
    options.policy = policy
    options.aliases.merge(aliases) { $1 }
    options.isHedging = options.isHedging || isHedging
    if let budget {
      options.budget = Budget(
        perDay: budget.perDay ?? options.budget?.perDay,
        perCallerAndDay: budget.perCallerAndDay ?? options.budget?.perCallerAndDay)
    }
    var built: [Tier] = []
    for tier in tiers {
      built.append(try tier.tier(local: local, inheriting: former))
    }
    guard !built.isEmpty else { throw RouterError.noTier(problems).asApusError }
    return try Router(tiers: built, options: options, inheriting: former, log: log)
  }
}
