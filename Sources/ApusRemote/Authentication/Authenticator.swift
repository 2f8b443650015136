import ApusCore

/// Puts into requests what says who asks.
struct Authenticator: Sendable {
  private let place: Authentication.Place
  private let cloud: Authentication.Cloud?
  private let credentials: Credentials?
  private let tokens: TokenCache?

  /// - Parameter key: `nil`, empty or `optional` where nobody is to know.
  /// - Throws: `ApusError.configuration` where the key cannot be sent.
  init(
    _ authentication: Authentication, key: String?, client: HTTPClient
  ) throws(ApusError) {
    place = authentication.place
    cloud = authentication.cloud
    guard let key, APIKey(key).isSent, authentication != .none else {
      credentials = nil
      tokens = nil
      return
    }
    let credentials = try Credentials(key, authentication.cloud)
    if case .key(let key) = credentials {
      guard key.value.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F }) else {
        throw ApusError(.configuration, "the key has blanks or control characters")
      }
    }
    self.credentials = credentials
    tokens = try TokenCache(credentials, authentication.cloud, client: client)
  }

  /// What must be in no message.
  var secrets: [APIKey] { (credentials?.secrets ?? []) + (tokens?.current ?? []) }

  /// Forgets a token that the upstream does not take.
  func refused() { tokens?.forget() }

  /// Adds a header, a parameter or a signature. The last change to a request.
  /// - Throws: `ApusError`, or `HTTPFailure` where a token cannot be had.
  func authorize(_ request: inout HTTPRequest) async throws {
    switch credentials {
    case nil: return
    case .key(let key)?: place(key, in: &request)
    case .amazon(let credentials)?:
      guard case .amazon(let service)? = cloud else { return }
      try AmazonSignature(credentials, service: service).sign(&request, now: WallClock.now)
    case .serviceAccount?, .entra?:
      guard let tokens else { return }
      let token = try await tokens.token(within: request.timeouts)
      request.headers.append(("Authorization", "Bearer \(token.value)"))
    }
  }

  private func place(_ key: APIKey, in request: inout HTTPRequest) {
    switch place {
    case .nowhere: break
    case .bearer: request.headers.append(("Authorization", "Bearer \(key.value)"))
    case .header(let name): request.headers.append((name, key.value))
    case .query(let name):
      request.url += (request.url.contains("?") ? "&" : "?") + "\(name)=\(pathPart(key.value))"
    }
  }
}
