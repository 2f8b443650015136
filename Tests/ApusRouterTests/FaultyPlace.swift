#if Remote
  @testable import ApusRemote
  import FakeProvider
  import Synchronization

  /// Where the first tier of a cell of the fault matrix is. A fault of the address comes after as
  /// many broken answers as its moment needs.
  struct FaultyPlace: Sendable {
    var url: String
    var client = HTTPClient.shared
    /// Requests that a provider saw.
    var asked: @Sendable () -> Int
    /// Connections that were made, where they can be counted.
    var connections: @Sendable () -> Int? = { nil }
    /// What must live as long as the place.
    private var servers: [any Sendable] = []

    /// A provider that answers with the fault.
    init(_ provider: FakeProvider) {
      url = provider.url
      asked = { provider.requests.count }
      servers = [provider]
    }

    /// - Parameter broken: How many requests are answered with 500 before.
    init(_ fault: Fault, after broken: Int, _ authority: CertificateAuthority?) async throws {
      let provider = try FakeProvider(.respond(500, body: "{}"))
      asked = { provider.requests.count }
      servers = [provider]
      switch fault {
      case .refused, .blackHole:
        let port = try SwitchingPort(
          to: provider.port, connections: broken, then: fault == .refused ? .refusal : .blackHole)
        url = "http://127.0.0.1:\(port.port)/v1"
        servers.append(port)
      case .noSuchHost:
        let names = Names(known: broken)
        var settings = HTTPSettings()
        settings.resolve = { _ in names.next() }
        client = HTTPClient(settings)
        url = "http://apus.invalid:\(provider.port)/v1"
        connections = { names.asked }
      default:
        guard let authority else { throw NoAuthority() }
        client = HTTPClient(HTTPSettings(certificateFile: authority.certificateFile))
        let working = try await TLSServer(authority, .good)
        let faulty: any Sendable
        let fate: Int
        if let certificate = fault.certificate {
          let server = try await TLSServer(authority, certificate)
          (faulty, fate) = (server, server.port)
        } else {
          let server = try FakeProvider(.silence)
          (faulty, fate) = (server, server.port)
        }
        let port = try SwitchingPort(to: working.port, connections: broken, then: .port(fate))
        url = "https://localhost:\(port.port)/v1"
        asked = { working.requestCount }
        connections = { port.connections }
        servers += [working, faulty, port]
      }
    }

    struct NoAuthority: Error {}

    /// A name server that forgets.
    private final class Names: Sendable {
      private let known: Int
      private let count = Mutex(0)
      var asked: Int { count.withLock { $0 } }

      init(known: Int) { self.known = known }

      func next() -> [String]? {
        count.withLock { count in
          count += 1
          return count <= known ? ["127.0.0.1"] : nil
        }
      }
    }
  }

  extension Fault {
    var certificate: CertificateAuthority.Certificate? {
      switch self {
      case .expiredCertificate: .expired
      case .wrongHost: .wrongHost
      case .selfSigned: .selfSigned
      default: nil
      }
    }
  }
#endif
