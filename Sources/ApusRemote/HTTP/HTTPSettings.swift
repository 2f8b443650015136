#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a client takes from its surroundings.
public struct HTTPSettings: Sendable {
  /// Certificate authorities to trust in place of the system's: a file in PEM.
  public var certificateFile: String?
  var proxies = ProxyRules()
  /// The addresses that a host's name stands for, where the system's answer is not wanted; `nil`
  /// asks the system.
  var resolve: (@Sendable (_ host: String) -> [String]?)?

  public init(certificateFile: String? = nil) {
    self.certificateFile = certificateFile
  }

  /// Reads `SSL_CERT_FILE` and the proxies as curl's command knows them (`https_proxy`, `http_proxy`,
  /// `all_proxy`, `no_proxy`).
  /// - Parameter value: The value of an environment variable; `nil` or empty where it is not set.
  public init(environment value: (String) -> String?) {
    if let file = value("SSL_CERT_FILE"), !file.isEmpty { certificateFile = file }
    proxies = ProxyRules(value)
  }

  static var ofTheProcess: HTTPSettings {
    HTTPSettings { name in getenv(name).map { String(cString: $0) } }
  }
}

/// Which proxy an exchange goes through.
struct ProxyRules: Sendable, Hashable {
  private var byScheme: [String: String] = [:]
  private var exceptions: [String] = []

  init() {}

  init(_ value: (String) -> String?) {
    func first(_ names: String...) -> String? {
      names.lazy.compactMap(value).first { !$0.isEmpty }
    }
    let all = first("all_proxy", "ALL_PROXY")
    // `HTTP_PROXY` is what a header "Proxy" becomes in a CGI program, so it is not heard.
    byScheme["http"] = first("http_proxy") ?? all
    byScheme["https"] = first("https_proxy", "HTTPS_PROXY") ?? all
    exceptions = (first("no_proxy", "NO_PROXY") ?? "").split { $0 == "," || $0 == " " }
      .map { $0.lowercased() }
  }

  /// - Returns: `nil` where the exchange goes straight to its host.
  func proxy(scheme: String, host: String) -> String? {
    guard let proxy = byScheme[scheme], host != "localhost" else { return nil }
    let address = IPAddress(host)
    // A proxy is for the world, not for this machine.
    if address?.kind == .loopback { return nil }
    let isExcepted = exceptions.contains { exception in
      if exception == "*" { return true }
      if let address { return address.isIn(network: exception) }
      let name = exception.drop { $0 == "." }
      return host == name || host.hasSuffix("." + name)
    }
    return isExcepted ? nil : proxy
  }
}
