#if Tools
  import Apus
  import ApusRouter
  import ArgumentParser
  import Foundation

  /// Where a router's configuration comes from.
  struct RouterArguments: ParsableArguments {
    @Option(help: ArgumentHelp("A JSON file that describes the tiers.", valueName: "file"))
    var config: String?

    @Option(
      help: ArgumentHelp(
        "In which order tiers are asked: \(RoutingPolicy.names.joined(separator: ", ")).",
        valueName: "name"))
    var policy: String?

    @Option(
      help: ArgumentHelp(
        "A setting that goes before the environment, .env and the file, as TIER1_TIMEOUT=5000.",
        valueName: "name=value"))
    var set: [String] = []

    func validate() throws {
      if let policy, RoutingPolicy(named: policy) == nil {
        throw ValidationError(
          "--policy must be one of \(RoutingPolicy.names.joined(separator: ", ")).")
      }
      for setting in set where setting.firstIndex(of: "=").map({ $0 > setting.startIndex }) != true
      {
        throw ValidationError("--set takes NAME=VALUE, not \(setting).")
      }
    }

    var source: ConfigurationSource {
      var flags: [String: String] = [:]
      for setting in set {
        guard let equals = setting.firstIndex(of: "=") else { continue }
        flags[String(setting[..<equals])] = String(setting[setting.index(after: equals)...])
      }
      if let policy { flags["APUS_POLICY"] = policy }
      return ConfigurationSource(
        flags: flags, environment: ProcessInfo.processInfo.environment, filePath: config)
    }
  }
#endif
