/// What is done about secrets, personal data and marks of injection in what goes to models and what
/// comes back (features G2, G3, G7). It finds formats, not meanings: a password that is a word, or a
/// person's name, passes.
public struct Guard: Sendable, Hashable {
  /// What is looked for.
  public enum Category: String, Sendable, Hashable, CaseIterable {
    /// Keys, tokens, private keys.
    case secret
    /// Addresses and numbers of persons.
    case personal
    /// Text that is meant to be obeyed by a model, a shell, a database or a browser.
    case injection
  }

  /// What was found, by the name that placeholders and traces show: `openai-key`, `email` …
  public struct Kind: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    public var rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { self.rawValue = value }

    /// What stands where such a thing was.
    var placeholder: String { "[REDACTED:\(rawValue)]" }
  }

  public enum Action: String, Sendable, Hashable {
    /// Nothing.
    case allow
    /// It is counted in the trace.
    case flag
    /// A placeholder takes its place.
    case redact
    /// The prompt is not sent; the answer ends with an error.
    case refuse

    /// Whether text has to wait until it is known whether this is to be done to it.
    var holds: Bool { self == .redact || self == .refuse }
  }

  /// What is done about each category, and about single kinds otherwise.
  public struct Rules: Sendable, Hashable {
    public var secrets: Action
    public var personalData: Action
    public var injection: Action
    public var kinds: [Kind: Action]

    public init(
      secrets: Action = .redact, personalData: Action = .flag, injection: Action = .flag,
      kinds: [Kind: Action] = [:]
    ) {
      self.secrets = secrets
      self.personalData = personalData
      self.injection = injection
      self.kinds = kinds
    }

    /// Everything passes unseen.
    public static let none = Rules(secrets: .allow, personalData: .allow, injection: .allow)

    func action(_ kind: Kind, _ category: Category) -> Action {
      if let action = kinds[kind] { return action }
      // Addresses of machines are in every log: personal only where somebody says so.
      if kind == .ipAddress { return .allow }
      return switch category {
      case .secret: secrets
      case .personal: personalData
      case .injection: injection
      }
    }
  }

  /// Of prompts that leave this machine.
  public var prompts: Rules
  /// Of prompts to models on this machine.
  public var localPrompts: Rules
  /// Of answers, whoever gives them: their text, their reasoning, their calls of tools.
  public var answers: Rules

  public init(
    prompts: Rules = Rules(), localPrompts: Rules = .none,
    answers: Rules = Rules(injection: .allow)
  ) {
    self.prompts = prompts
    self.localPrompts = localPrompts
    self.answers = answers
  }
}

extension Guard.Kind {
  public static let secret: Self = "secret"
  public static let privateKey: Self = "private-key"
  public static let jsonWebToken: Self = "jwt"
  public static let azureClientID: Self = "azure-client-id"
  public static let email: Self = "email"
  public static let phone: Self = "phone"
  public static let iban: Self = "iban"
  public static let card: Self = "card"
  public static let socialSecurity: Self = "us-ssn"
  public static let ipAddress: Self = "ip-address"
  public static let promptInjection: Self = "prompt-injection"
  public static let shellInjection: Self = "shell-injection"
  public static let sqlInjection: Self = "sql-injection"
  public static let templateInjection: Self = "template-injection"
  public static let scriptInjection: Self = "script-injection"
}
