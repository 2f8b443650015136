import ApusCore
import ApusJSON

/// What a key stands for: text that is sent, or the credentials of a cloud.
enum Credentials: Sendable {
  case key(APIKey)
  case amazon(AmazonCredentials)
  case serviceAccount(ServiceAccount)
  case entra(EntraCredentials)

  /// - Parameter text: A key; or a JSON object with credentials: `access_key_id`,
  ///   `secret_access_key`, `session_token`, `region`; a service account's file as Google writes it,
  ///   or its path; `tenant_id`, `client_id`, `client_secret`.
  init(_ text: String, _ cloud: Authentication.Cloud?) throws(ApusError) {
    guard let cloud else {
      self = .key(APIKey(text))
      return
    }
    var text = text
    if case .google = cloud, text.hasPrefix("/") || text.hasSuffix(".json") {
      text = try CredentialFile.text(at: text)
    }
    guard text.drop(while: \.isWhitespace).hasPrefix("{") else {
      self = .key(APIKey(text))
      return
    }
    guard let json = try? JSON(parsing: text) else {
      throw ApusError(.configuration, "the credentials are no JSON object")
    }
    func field(_ name: String) throws(ApusError) -> String {
      guard let value = json[name]?.string, !value.isEmpty else {
        throw ApusError(.configuration, "the credentials lack \(name)")
      }
      return value
    }
    switch cloud {
    case .amazon:
      self = .amazon(
        AmazonCredentials(
          id: try field("access_key_id"), secret: APIKey(try field("secret_access_key")),
          sessionToken: json["session_token"]?.string.map { APIKey($0) },
          region: json["region"]?.string))
    case .google:
      self = .serviceAccount(
        ServiceAccount(
          email: try field("client_email"), privateKey: APIKey(try field("private_key")),
          keyID: json["private_key_id"]?.string, tokenURL: try field("token_uri")))
    case .entra:
      self = .entra(
        EntraCredentials(
          tenant: try field("tenant_id"), client: try field("client_id"),
          secret: APIKey(try field("client_secret")),
          authority: json["authority"]?.string ?? "https://login.microsoftonline.com"))
    }
  }

  /// What must be in no message.
  var secrets: [APIKey] {
    switch self {
    case .key(let key): [key]
    case .amazon(let credentials):
      [credentials.secret] + (credentials.sessionToken.map { [$0] } ?? [])
    case .serviceAccount(let account): [account.privateKey]
    case .entra(let credentials): [credentials.secret]
    }
  }
}

/// A service account of Google's, as its key file names the members.
struct ServiceAccount: Sendable {
  var email: String
  /// PEM, PKCS #8 or #1.
  var privateKey: APIKey
  var keyID: String?
  var tokenURL: String
}

/// An application that is registered with Microsoft Entra.
struct EntraCredentials: Sendable {
  var tenant: String
  var client: String
  var secret: APIKey
  var authority: String
}
