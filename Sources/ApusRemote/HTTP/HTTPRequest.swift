/// One request of an upstream.
public struct HTTPRequest: Sendable {
  public var url: String
  public var headers: [(name: String, value: String)]
  /// Sent by POST where there is one, else the request is a GET.
  public var body: [UInt8]?
  public var timeouts: HTTPTimeouts
  /// Largest body of the response, decompressed, in bytes.
  public var bodyLimit: Int
  /// Where it may lead. Default: to public hosts over `https://`, and to this machine where the
  /// address itself names it.
  public var policy: AddressPolicy?

  public init(
    url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
    timeouts: HTTPTimeouts = HTTPTimeouts(), bodyLimit: Int = 64 << 20,
    policy: AddressPolicy? = nil
  ) {
    self.url = url
    self.headers = headers
    self.body = body
    self.timeouts = timeouts
    self.bodyLimit = bodyLimit
    self.policy = policy
  }
}

extension HTTPRequest {
  /// Whether the address names this machine.
  var isLoopback: Bool { Address(url).isLoopback }
}

extension Address {
  /// Whether it names this machine.
  var isLoopback: Bool { host == "localhost" || IPAddress(host)?.kind == .loopback }
}

/// How long each part of an exchange may take; `nil` is for ever.
public struct HTTPTimeouts: Sendable, Hashable {
  public var connect: Duration
  /// From the start to the first byte of the response's body; `idle` where this is `nil`.
  public var firstByte: Duration?
  /// Between two pieces of the body.
  public var idle: Duration?
  public var total: Duration?

  public init(
    connect: Duration = .seconds(5), firstByte: Duration? = nil, idle: Duration? = nil,
    total: Duration? = nil
  ) {
    self.connect = connect
    self.firstByte = firstByte
    self.idle = idle
    self.total = total
  }
}

/// The head of a response.
public struct HTTPHead: Sendable {
  public var status: Int
  /// Names in lower case.
  public var headers: [(name: String, value: String)]

  public init(status: Int, headers: [(name: String, value: String)]) {
    self.status = status
    self.headers = headers
  }

  public subscript(name: String) -> String? { headers.last { $0.name == name }?.value }
}

/// What arrives of a response: the head once, then the body in pieces as they come.
public enum HTTPPart: Sendable {
  case head(HTTPHead)
  case body([UInt8])
}

/// Why an exchange failed before or while the response came.
public struct HTTPFailure: Error, Sendable, CustomStringConvertible {
  public enum Reason: Sendable, Hashable {
    case connection
    case timeout
    case tooLarge
    case unavailable
    /// The upstream cannot show that it is the host that was meant.
    case certificate(CertificateFailure)
    /// The address is none that may be asked.
    case refused(AddressRefusal)
  }
  public var reason: Reason
  /// One line, without the address's secrets.
  public var message: String

  public init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  public var description: String { message }
}
