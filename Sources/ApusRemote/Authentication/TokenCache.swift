import ApusCore
import ApusJSON
import Synchronization

/// A token that credentials have bought, until shortly before it expires; however many ask at once,
/// one exchange fetches it.
final class TokenCache: Sendable {
  private struct Token: Sendable {
    var value: APIKey
    var renewAt: ContinuousClock.Instant
  }

  private enum State: Sendable {
    case none
    case fetching(Task<Token, any Error>)
    case ready(Token)
  }

  private let credentials: Credentials
  private let scope: String
  private let client: HTTPClient
  private let state = Mutex(State.none)
  /// Of its life, what is left where a token is renewed.
  private static let margin = Duration.seconds(120)

  /// - Returns: `nil` where the credentials buy no tokens.
  init?(
    _ credentials: Credentials, _ cloud: Authentication.Cloud?, client: HTTPClient
  ) throws(ApusError) {
    switch (credentials, cloud) {
    case (.serviceAccount(let account), .google(let scope)):
      try Self.check(account.tokenURL)
      self.scope = scope
    case (.entra(let application), .entra(let scope)):
      try Self.check(application.authority)
      self.scope = scope
    default: return nil
    }
    self.credentials = credentials
    self.client = client
  }

  /// Secrets go over HTTPS, or stay on this machine.
  private static func check(_ url: String) throws(ApusError) {
    guard url.hasPrefix("https://") || HTTPRequest(url: url).isLoopback else {
      throw ApusError(.configuration, "the credentials' address is no https:// address")
    }
  }

  var current: [APIKey] {
    state.withLock { state in
      if case .ready(let token) = state { return [token.value] }
      return []
    }
  }

  func forget() {
    state.withLock { state in
      if case .ready = state { state = .none }
    }
  }

  /// - Throws: `ApusError.authentication` where the credentials are refused; `HTTPFailure`.
  func token(within timeouts: HTTPTimeouts) async throws -> APIKey {
    let task: Task<Token, any Error> = state.withLock { state in
      switch state {
      case .ready(let token) where token.renewAt > .now: return Task { token }
      case .fetching(let task): return task
      case .ready, .none:
        // Its own task: a caller that goes away must not fail the others.
        let task = Task { try await fetch(timeouts) }
        state = .fetching(task)
        return task
      }
    }
    do {
      let token = try await task.value
      state.withLock { state in
        if case .fetching(task) = state { state = .ready(token) }
      }
      return token.value
    } catch {
      state.withLock { state in
        if case .fetching(task) = state { state = .none }
      }
      throw error
    }
  }

  private func fetch(_ timeouts: HTTPTimeouts) async throws -> Token {
    var timeouts = timeouts
    timeouts.total = min(timeouts.total ?? .seconds(30), .seconds(30))
    let (url, form) = try exchange()
    let body = form.map { "\($0.0)=\(pathPart($0.1))" }.joined(separator: "&")
    let request = HTTPRequest(
      url: url, headers: [("Content-Type", "application/x-www-form-urlencoded")],
      body: Array(body.utf8), timeouts: timeouts, bodyLimit: 1 << 20)
    var head = HTTPHead(status: 0, headers: [])
    var bytes: [UInt8] = []
    let begun = ContinuousClock.now
    for try await part in client.send(request) {
      switch part {
      case .head(let received): head = received
      case .body(let piece): bytes += piece
      }
    }
    let json = try? JSON(parsing: bytes)
    guard head.status == 200, let value = json?["access_token"]?.string,
      value.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F })
    else {
      // What was sent is in none of these words.
      let reason = json?["error"]?.string ?? "no token in the answer"
      let code: ApusError.Code =
        (400..<500).contains(head.status) && head.status != 429 ? .authentication : .upstream
      throw ApusError(
        code, "\(Address(url).host): no token: \(head.status) \(reason.prefix(100))")
    }
    let life = Duration.seconds(min(max(0, json?["expires_in"]?.integer ?? 3600), 86_400))
    return Token(
      value: APIKey(value), renewAt: begun + max(life - Self.margin, life / 2))
  }

  /// Where tokens are sold, and what is said there.
  private func exchange() throws(ApusError) -> (url: String, form: [(String, String)]) {
    switch credentials {
    case .serviceAccount(let account):
      let assertion = try account.assertion(scope: scope, now: Int(WallClock.now))
      return (
        account.tokenURL,
        [
          ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
          ("assertion", assertion),
        ]
      )
    case .entra(let application):
      return (
        "\(application.authority)/\(pathPart(application.tenant))/oauth2/v2.0/token",
        [
          ("grant_type", "client_credentials"), ("client_id", application.client),
          ("client_secret", application.secret.value), ("scope", scope),
        ]
      )
    case .key, .amazon: throw ApusError(.internalError, "these credentials buy no tokens")
    }
  }
}

extension ServiceAccount {
  /// The signed statement that Google takes for a token
  /// (https://developers.google.com/identity/protocols/oauth2/service-account#httprest).
  /// - Parameter now: Seconds since 1970.
  func assertion(scope: String, now: Int) throws(ApusError) -> String {
    var header: JSONObject = ["alg": "RS256", "typ": "JWT"]
    if let keyID { header["kid"] = .string(keyID) }
    let claims: JSON = [
      "iss": .string(email), "scope": .string(scope), "aud": .string(tokenURL),
      "iat": .integer(now), "exp": .integer(now + 3600),
    ]
    let text = [JSON.object(header), claims].map { base64URL($0.serialized().utf8) }
      .joined(separator: ".")
    return text + "." + base64URL(try Digest.rs256(Array(text.utf8), key: privateKey))
  }
}
