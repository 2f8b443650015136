#if Tools
  import Apus
  import ApusBlocks
  import ApusCore
  import ApusFiles
  import ApusJSON
  import ApusKernels
  import ApusRemote
  import ApusRouter
  import ArgumentParser
  import Foundation

  struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Show the tiers that are configured, whether they can be reached, and what is wrong.",
      discussion: """
        Asks each remote tier for its list of models, which costs nothing, and looks at each local \
        tier's file. Exit code 1 where no tier can serve.

        Examples:
          TIER1_TYPE=local TIER1_MODEL=model.gguf apus doctor
          apus doctor --config apus.json --json
        """)

    @Flag(help: "Ask nobody: look at the configuration alone.")
    var offline = false

    @Flag(help: "Print it as JSON.")
    var json = false

    @OptionGroup(title: "Router") var router: RouterArguments

    func run() async throws {
      let configuration = try router.source.read()
      let checks = await check(configuration.tiers)
      if json {
        try Output.write(report(configuration, checks).serialized(pretty: true) + "\n")
      } else {
        try Output.write(lines(configuration, checks).joined(separator: "\n") + "\n")
      }
      guard checks.contains(where: \.canServe) else {
        throw ApusError(
          .configuration,
          configuration.tiers.isEmpty
            ? "no tier can serve; TIER1_TYPE=local and TIER1_MODEL=FILE make one"
            : "no tier can serve: each has a fault that is shown above")
      }
    }

    private func check(_ tiers: [TierConfiguration]) async -> [TierCheck] {
      await withTaskGroup(of: (Int, TierCheck).self) { group in
        for (index, tier) in tiers.enumerated() {
          group.addTask { (index, await TierCheck(tier, asks: !offline)) }
        }
        return await group.reduce(into: [(Int, TierCheck)]()) { $0.append($1) }
          .sorted { $0.0 < $1.0 }.map(\.1)
      }
    }

    private func lines(_ configuration: RouterConfiguration, _ checks: [TierCheck]) -> [String] {
      var lines = [
        "kernels: \(KernelTable.best.name); threads: \(CPU.defaultThreadCount)",
        "policy: \(configuration.policy.name)",
      ]
      if let budget = configuration.budget?.perDay { lines.append("budget: \(budget) a day") }
      for (tier, check) in zip(configuration.tiers, checks) {
        lines.append("\(check.canServe ? "✓" : "✗") Tier \(tier.number): \(tier.name)")
        lines.append(
          "  model \(tier.model), \(place(tier)), at most \(tier.timeouts.total.milliseconds) ms")
        lines += check.findings.map { "  \($0)" } + check.hints.map { "  ! \($0)" }
      }
      return lines + configuration.problems.map { "! \($0.line)" }
    }

    private func report(_ configuration: RouterConfiguration, _ checks: [TierCheck]) -> JSON {
      let tiers = zip(configuration.tiers, checks).map { tier, check -> JSON in
        [
          "tier": .integer(tier.number), "name": .string(tier.name), "type": .string(tier.type),
          "model": .string(tier.model), "url": tier.address.map(JSON.string) ?? .null,
          "keys": .integer(tier.apiKeys.count(where: \.isSent)),
          "timeout_ms": .integer(tier.timeouts.total.milliseconds),
          "can_serve": .bool(check.canServe), "findings": .array(check.findings.map(JSON.string)),
          "hints": .array(check.hints.map(JSON.string)),
        ]
      }
      return [
        "kernels": .string(KernelTable.best.name), "threads": .integer(CPU.defaultThreadCount),
        "policy": .string(configuration.policy.name), "tiers": .array(tiers),
        "problems": .array(configuration.problems.map { .string($0.line) }),
      ]
    }

    private func place(_ tier: TierConfiguration) -> String {
      guard let address = tier.address else { return "on this machine" }
      return "at \(address), \(keys(tier))"
    }

    private func keys(_ tier: TierConfiguration) -> String {
      switch tier.apiKeys.count(where: \.isSent) {
      case 0: "no key"
      case 1: "with a key"
      case let count: "with \(count) keys"
      }
    }
  }

  extension TierConfiguration {
    /// `nil` of a local tier.
    fileprivate var address: String? { isLocal ? nil : url ?? provider?.baseURL ?? "" }
  }

  extension Duration {
    fileprivate var milliseconds: Int {
      Int(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)
    }
  }
#endif
