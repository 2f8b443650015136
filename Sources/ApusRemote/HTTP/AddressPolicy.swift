/// Where a client may connect to. Asked twice: of an address as it is written, and of each address
/// that its host's name turns out to stand for, just before a connection is made to it, so that a
/// name server that changes its mind gains nothing.
public struct AddressPolicy: Sendable, Hashable {
  /// How far from the world inwards a connection may lead.
  public enum Reach: Int, Sendable, Hashable, Comparable {
    /// Public addresses only.
    case world
    /// And this machine.
    case machine
    /// And private networks; what is link-local only where it is written as an address.
    case network

    public static func < (left: Reach, right: Reach) -> Bool { left.rawValue < right.rawValue }
  }

  /// The hosts that may be asked: `api.groq.com`, or `*.openai.azure.com` for all below that. Empty:
  /// any.
  public var hosts: [String]
  public var reach: Reach
  /// Whether `http://` may lead to public addresses, where anybody on the way can read keys and
  /// prompts. To this machine and to private networks it may lead where ``reach`` allows these.
  public var allowsPlainHTTP: Bool

  public init(hosts: [String] = [], reach: Reach = .world, allowsPlainHTTP: Bool = false) {
    self.hosts = hosts.map { $0.lowercased() }
    self.reach = reach
    self.allowsPlainHTTP = allowsPlainHTTP
  }

  /// - Parameter host: As curl reads it out of the address.
  /// - Returns: Why the address may not be asked; `nil` where it may, as far as its text tells.
  func refusal(scheme: String, host: String) -> AddressRefusal? {
    let host = host.lowercased()
    guard hosts.isEmpty || hosts.contains(where: { Self.matches(host, $0) }) else {
      return AddressRefusal(host: host, why: .unlisted(hosts))
    }
    if scheme != "https", scheme != "http" {
      return AddressRefusal(host: host, why: .scheme(scheme))
    }
    return IPAddress(host).flatMap { refusal(of: $0, scheme: scheme, host: host) }
  }

  /// - Parameter address: What is about to be connected to.
  func refusal(of address: IPAddress, scheme: String, host: String) -> AddressRefusal? {
    func refused(_ why: AddressRefusal.Why) -> AddressRefusal {
      AddressRefusal(host: host, address: address, why: why)
    }
    switch address.kind {
    case .unusable: return refused(.unusable)
    case .loopback: return reach >= .machine ? nil : refused(.loopback)
    case .privateNetwork: return reach == .network ? nil : refused(.privateNetwork)
    case .linkLocal:
      return reach == .network && IPAddress(host) == address ? nil : refused(.linkLocal)
    case .world: return scheme == "https" || allowsPlainHTTP ? nil : refused(.plainHTTP)
    }
  }

  private static func matches(_ host: String, _ pattern: String) -> Bool {
    guard pattern.hasPrefix("*.") else { return host == pattern }
    return host.hasSuffix(pattern.dropFirst()) && host.utf8.count > pattern.utf8.count - 1
  }

  /// What holds where nobody says more: public hosts over `https://`, and this machine where the
  /// address itself names it.
  static func standard(for address: Address) -> AddressPolicy {
    AddressPolicy(reach: address.isLoopback ? .machine : .world)
  }

  /// What holds for a tier: a host of the table of providers is out in the world, or on this machine
  /// if its row says so; a host that somebody wrote down himself may be on his own network.
  static func standard(for address: Address, of provider: Provider) -> AddressPolicy {
    provider.isAtHome(address.host) ? standard(for: address) : AddressPolicy(reach: .network)
  }
}

extension Provider {
  /// Whether a host is the one of the provider's row in the table, its braces filled in.
  fileprivate func isAtHome(_ host: String) -> Bool {
    guard let row = Provider.named(type)?.baseURL, row == baseURL else { return false }
    let home = Address(row).host
    guard let brace = home.lastIndex(of: "}") else { return host == home }
    let end = home[home.index(after: brace)...]
    return host.hasSuffix(end) && host.utf8.count > end.utf8.count
  }
}

/// Why an address was not connected to.
public struct AddressRefusal: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Why: Sendable, Hashable {
    /// It is not among these.
    case unlisted([String])
    case scheme(String)
    case plainHTTP
    case loopback
    case privateNetwork
    case linkLocal
    case unusable
  }

  public var host: String
  /// What the host's name stands for; `nil` where its text was enough.
  public var address: IPAddress?
  public var why: Why

  init(host: String, address: IPAddress? = nil, why: Why) {
    self.host = host
    self.address = address
    self.why = why
  }

  public var description: String {
    let place =
      address.map { "\($0)" == host ? host : "\(host) is at \($0)" } ?? host
    return switch why {
    case .unlisted(let hosts):
      "\(place) is not among the hosts that may be asked (\(hosts.joined(separator: ", ")))"
    case .scheme(let scheme): "\(scheme):// is no way to \(place): use https://"
    case .plainHTTP:
      "\(place), where http:// would show key and prompt to anybody on the way: use https://, or "
        + "let the tier's address policy allow it"
    case .loopback: "\(place), this machine: refused, for the address names another; check DNS"
    case .privateNetwork:
      "\(place), in a private network: refused; check DNS, or give that server's address as the "
        + "tier's own if it is meant"
    case .linkLocal: "\(place), where clouds hand out credentials: refused"
    case .unusable: "\(place), where no server can be: refused"
    }
  }
}
