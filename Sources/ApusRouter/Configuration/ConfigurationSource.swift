public import ApusCore

/// Where a router's configuration comes from, so that it can be read again.
public struct ConfigurationSource: Sendable {
  /// What was said on the command line, by the names of environment variables.
  public var flags: [String: String]
  public var environment: [String: String]
  /// A `.env` file, which need not be there; `nil` reads none.
  public var dotEnvPath: String?
  /// A configuration file, which must be there; `nil` reads none.
  public var filePath: String?

  public init(
    flags: [String: String] = [:], environment: [String: String] = ProcessEnvironment.variables,
    dotEnvPath: String? = ".env", filePath: String? = nil
  ) {
    self.flags = flags
    self.environment = environment
    self.dotEnvPath = dotEnvPath
    self.filePath = filePath
  }

  /// Reads the files as they are now.
  /// - Throws: `ApusError` where the configuration file is missing or wrong.
  public func read() throws(ApusError) -> RouterConfiguration {
    RouterConfiguration(
      flags: flags, environment: environment,
      dotEnv: dotEnvPath.map { DotEnv(path: $0) } ?? DotEnv(""),
      file: try filePath.map { path throws(ApusError) in try ConfigurationFile(path: path) })
  }

  /// What changes when one of the files is written, made or taken away.
  var stamp: [SmallFile.Stamp?] { [dotEnvPath, filePath].map { $0.flatMap(SmallFile.stamp) } }
}
