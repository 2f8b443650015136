/// Where and for whom the server listens.
public struct ServerConfiguration: Sendable {
  /// Loopback by default. Another address needs an API key, or `allowsInsecure`.
  public var host: String
  public var port: Int
  /// The key that clients must send as `Authorization: Bearer …`; `nil` asks for none.
  public var apiKey: String?
  /// Listen beyond loopback without a key.
  public var allowsInsecure: Bool
  /// Values of the Host header that are answered beside loopback names (a guard against DNS
  /// rebinding).
  public var allowedHosts: [String]
  /// Largest request body, in bytes.
  public var bodyLimit: Int

  public init(
    host: String = "127.0.0.1", port: Int = 8080, apiKey: String? = nil,
    allowsInsecure: Bool = false, allowedHosts: [String] = [], bodyLimit: Int = 8 << 20
  ) {
    self.host = host
    self.port = port
    self.apiKey = apiKey
    self.allowsInsecure = allowsInsecure
    self.allowedHosts = allowedHosts
    self.bodyLimit = bodyLimit
  }

  static let loopbackNames: Set<String> = ["localhost", "127.0.0.1", "::1", "[::1]"]

  var isLoopback: Bool { Self.loopbackNames.contains(host) }
}
