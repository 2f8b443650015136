public import ApusCore
public import ApusEngine
public import ApusRouter

extension Router {
  /// The router that the process's environment, `./.env` and a configuration file describe; what is
  /// named first goes before.
  ///
  /// ```swift
  /// let router = try Router.fromEnvironment { print($0) }  // → Trying: Tier 1: …
  /// print(try await router.respond(to: "Hi").text)
  /// ```
  /// - Throws: `ApusError` where the file is wrong, or no tier is left, with every problem in its
  ///   message.
  public static func fromEnvironment(
    file: String? = nil, loading options: LoadOptions = LoadOptions(),
    log: @escaping RouterLog = { _ in }
  ) throws(ApusError) -> Router {
    try ConfigurationSource(filePath: file).read().router(
      local: { path in try await LocalModel(path, options: options) }, log: log)
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

extension ReloadingRouter {
  /// A router whose configuration can be read again, its local tiers run by this engine.
  /// - Throws: `ApusError` where the configuration cannot be used.
  public convenience init(
    _ source: ConfigurationSource, options: RouterOptions = RouterOptions(),
    loading: LoadOptions = LoadOptions(), log: @escaping RouterLog = { _ in }
  ) throws(ApusError) {
    try self.init(
      source, options: options, local: { try await LocalModel($0, options: loading) }, log: log)
  }
}

extension Tier {
  /// A model file or folder that is opened when the tier is first asked.
  public static func local(
    path: String, loading options: LoadOptions = LoadOptions(), timeout: Duration = .seconds(90)
  ) -> Tier {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let model = LazyModel(
      name: "local (\(file))", identify: { ModelIdentity(path: path, options: options) },
      load: { try await LocalModel(path, options: options) })
    return Tier(model, timeout: timeout)
  }
}
