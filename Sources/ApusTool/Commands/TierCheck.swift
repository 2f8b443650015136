#if Tools
  import Apus
  import ApusCore
  import ApusEngine
  import ApusFiles
  import ApusKernels
  import ApusRemote
  import ApusRouter
  import Foundation

  /// What `apus doctor` finds out about one tier.
  struct TierCheck: Sendable {
    private(set) var canServe = true
    private(set) var findings: [String] = []
    private(set) var hints: [String] = []

    /// - Parameter asks: Whether remote tiers are asked if they are there.
    init(_ tier: TierConfiguration, asks: Bool) async {
      if let provider = tier.provider {
        if asks { await ask(tier, provider) }
      } else {
        lookAt(tier.model)
      }
    }

    private mutating func ask(_ tier: TierConfiguration, _ provider: Provider) async {
      let model: RemoteModel
      do throws(ApusError) {
        model = try RemoteModel(
          provider: provider, url: tier.url, model: tier.model, key: tier.apiKeys.first?.value,
          timeouts: HTTPTimeouts(connect: tier.timeouts.connect))
      } catch {
        return fail(error.message)
      }
      let availability = await model.availability()
      switch availability.state {
      case .listed: findings.append("reachable; it has the model")
      case .answers: findings.append("reachable")
      case .unlisted:
        findings.append("reachable; its list of models does not have \(tier.model)")
        let near = availability.models.filter {
          $0.lowercased().contains(tier.model.lowercased().prefix(6))
        }
        let others = (near.isEmpty ? availability.models : near).prefix(5)
        hints.append("it has \(others.joined(separator: ", "))")
      case .refused, .unreachable: fail(availability.message)
      }
    }

    private mutating func fail(_ message: String) {
      canServe = false
      hints.append(message)
    }

    // MARK: A local tier

    /// Below this many tokens a second people stop reading along.
    private static let slow = 5.0

    private mutating func lookAt(_ path: String) {
      do {
        let tensors = try ModelFile.open(path).tensors
        let bytes = tensors.reduce(0) { $0 + $1.byteCount }
        findings.append("\(Self.size(bytes)) of weights")
        let available = MemoryLimit.available
        if bytes > available {
          fail(
            "\(Self.size(available)) of memory are available: take a smaller model, or one of "
              + "fewer bits")
        }
        // Each token reads the weights once.
        let speed = Self.bytesPerSecond * Double(min(CPU.defaultThreadCount, 4)) / Double(bytes)
        if speed < Self.slow {
          hints.append(
            "about \(max(1, Int(speed))) tokens a second on \(CPU.defaultThreadCount) threads: "
              + "Q4_K_M is the usual choice; Q3_K_M and Q2_K are faster, Q5_K_M and Q6_K better")
        }
      } catch {
        fail("\(error)")
      }
    }

    /// What one thread reads of memory on an ordinary machine.
    private static let bytesPerSecond = 8e9

    private static func size(_ bytes: Int) -> String {
      let tenths = Int((Double(bytes) / 1e8).rounded())
      return tenths < 10 ? "\(bytes / 1_000_000) MB" : "\(tenths / 10).\(tenths % 10) GB"
    }
  }
#endif
