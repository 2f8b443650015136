public import ApusCore
public import ApusEngine
public import ApusRouter

extension Router {
  /// The router that the process's environment and `./.env` describe; the former goes first.
  ///
  /// ```swift
  /// let router = try Router.fromEnvironment { print($0) }  // → Trying: Tier 1: …
  /// print(try await router.respond(to: "Hi").text)
  /// ```
  /// - Throws: `ApusError` where no tier is left, with every problem in its message.
  public static func fromEnvironment(
    loading options: LoadOptions = LoadOptions(), log: @escaping RouterLog = { _ in }
  ) throws(ApusError) -> Router {
    try Router(
      environment: ProcessEnvironment.variables, dotEnv: DotEnv(path: ".env"), loading: options,
      log: log)
  }

  /// The router that an environment describes (see `RouterConfiguration`), its local tiers run by
  /// this engine. Models are loaded when they are first asked.
  ///
  /// ```swift
  /// let router = try Router(environment: ["TIER1_TYPE": "local", "TIER1_MODEL": "model.gguf"])
  /// ```
  /// - Parameter log: Given the log's lines.
  /// - Throws: `ApusError` where no tier is left, with every problem in its message.
  public init(
    environment: [String: String], dotEnv: DotEnv = DotEnv(""),
    loading options: LoadOptions = LoadOptions(), log: @escaping RouterLog = { _ in }
  ) throws(ApusError) {
    let configuration = RouterConfiguration(environment: environment, dotEnv: dotEnv)
    self = try configuration.router(
      local: { path in try await LocalModel(path, options: options) }, log: log)
  }
}

extension Tier {
  /// A model file or folder that is opened when the tier is first asked.
  public static func local(
    path: String, loading options: LoadOptions = LoadOptions(), timeout: Duration = .seconds(90)
  ) -> Tier {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let model = LazyModel(name: "local (\(file))") { try await LocalModel(path, options: options) }
    return Tier(model, timeout: timeout)
  }
}
