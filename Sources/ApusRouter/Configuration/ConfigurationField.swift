/// One thing that can be said of a router or of one of its tiers: as an environment variable, and
/// as a member of a configuration file. docs/configuration.md describes each.
public struct ConfigurationField: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case text
    /// In a variable with commas between them; in a file a list, or one text.
    case texts
    /// In a variable `a=b` with commas between them; in a file an object.
    case pairs
    case flag
    /// A whole number of milliseconds, up to a day.
    case milliseconds
    /// A whole number, from 1.
    case count
    case number(ClosedRange<Double>)
    case dollars
  }

  /// The variable; of a tier's field what comes after `TIERn_`.
  public let name: String
  /// In the file.
  public let member: String
  let kind: Kind

  private init(_ name: String, _ member: String, _ kind: Kind) {
    self.name = name
    self.member = member
    self.kind = kind
  }

  /// What can be said of a tier.
  public static let tier: [ConfigurationField] = [
    .type, .model, .url, .apiKey, .timeout, .firstTokenTimeout, .idleTimeout, .enabled, .name,
    .plan, .quality, .weight, .tasks, .contextLength,
  ]

  static let type = ConfigurationField("TYPE", "type", .text)
  static let model = ConfigurationField("MODEL", "model", .text)
  static let url = ConfigurationField("BASE_URL", "url", .text)
  static let apiKey = ConfigurationField("API_KEY", "apiKey", .texts)
  static let timeout = ConfigurationField("TIMEOUT", "timeout", .milliseconds)
  static let firstTokenTimeout = ConfigurationField(
    "FIRST_TOKEN_TIMEOUT", "firstTokenTimeout", .milliseconds)
  static let idleTimeout = ConfigurationField("IDLE_TIMEOUT", "idleTimeout", .milliseconds)
  static let enabled = ConfigurationField("ENABLED", "enabled", .flag)
  static let name = ConfigurationField("NAME", "name", .text)
  static let plan = ConfigurationField("PLAN", "plan", .text)
  static let quality = ConfigurationField("QUALITY", "quality", .number(0...1))
  static let weight = ConfigurationField("WEIGHT", "weight", .number(0...1_000_000))
  static let tasks = ConfigurationField("TASKS", "tasks", .texts)
  static let contextLength = ConfigurationField("CONTEXT", "contextLength", .count)

  /// What can be said of the router.
  public static let router: [ConfigurationField] = [
    .policy, .modelPreference, .errorTolerance, .performanceOptimized, .aliases, .hedging,
    .budgetPerDay, .budgetPerCaller,
  ]

  static let policy = ConfigurationField("APUS_POLICY", "policy", .text)
  static let modelPreference = ConfigurationField(
    "APUS_MODEL_PREFERENCE", "modelPreference", .texts)
  static let errorTolerance = ConfigurationField(
    "APUS_ERROR_TOLERANCE", "errorTolerance", .number(0...1))
  static let performanceOptimized = ConfigurationField(
    "APUS_PERFORMANCE_OPTIMIZED", "performanceOptimized", .flag)
  static let aliases = ConfigurationField("APUS_ALIASES", "aliases", .pairs)
  static let hedging = ConfigurationField("APUS_HEDGING", "hedging", .flag)
  static let budgetPerDay = ConfigurationField("APUS_BUDGET_PER_DAY", "budgetPerDay", .dollars)
  static let budgetPerCaller = ConfigurationField(
    "APUS_BUDGET_PER_CALLER", "budgetPerCallerAndDay", .dollars)
}
