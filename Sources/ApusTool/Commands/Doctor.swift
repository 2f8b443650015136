#if Tools
  import Apus
  import ApusBlocks
  import ApusCore
  import ApusKernels
  import ApusRouter
  import ArgumentParser
  import Foundation

  struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Show the tiers that the environment and .env describe, and what is wrong with them.",
      discussion: """
        Exit code 1 where no tier can serve.

        Example:
          TIER1_TYPE=local TIER1_MODEL=model.gguf apus doctor
        """)

    func run() throws {
      let file = FileManager.default.contents(atPath: ".env")
      let configuration = RouterConfiguration(
        environment: ProcessInfo.processInfo.environment,
        dotEnv: DotEnv(file.map { String(decoding: $0, as: UTF8.self) } ?? ""))
      var lines = ["kernels: \(KernelTable.best.name); threads: \(CPU.defaultThreadCount)"]
      for tier in configuration.tiers {
        lines.append("Tier \(tier.number): \(tier.name)")
        lines.append("  model \(tier.model), \(place(tier)), at most \(milliseconds(tier)) ms")
        if let hint = hint(tier) { lines.append("  ! \(hint)") }
      }
      for problem in configuration.problems { lines.append("! \(problem.line)") }
      try Output.write(lines.joined(separator: "\n") + "\n")
      if configuration.tiers.isEmpty {
        throw ApusError(
          .configuration, "no tier can serve; TIER1_TYPE=local and TIER1_MODEL=FILE make one")
      }
    }

    private func place(_ tier: TierConfiguration) -> String {
      if tier.isLocal { return "on this machine" }
      let url = tier.url ?? tier.provider?.baseURL ?? ""
      return
        "at \(url), \(keys(tier))"
    }

    private func keys(_ tier: TierConfiguration) -> String {
      switch tier.apiKeys.count(where: \.isSent) {
      case 0: "no key"
      case 1: "with a key"
      case let count: "with \(count) keys"
      }
    }

    private func milliseconds(_ tier: TierConfiguration) -> Int64 {
      tier.timeouts.total.components.seconds * 1000
        + tier.timeouts.total.components.attoseconds / 1_000_000_000_000_000
    }

    private func hint(_ tier: TierConfiguration) -> String? {
      if tier.isLocal {
        return FileManager.default.fileExists(atPath: tier.model)
          ? nil : "\(tier.model) does not exist"
      }
      return nil
    }
  }
#endif
