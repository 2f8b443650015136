/// What is wrong with the certificate that a host has shown.
public struct CertificateFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Problem: Sendable, Hashable {
    case expired
    case notYetValid
    /// It is for other hosts.
    case wrongHost
    case selfSigned
    /// Nobody who is trusted here has signed it.
    case unknownIssuer
    case revoked
    /// In the words of the TLS library.
    case other(String)
  }

  public var host: String
  public var problem: Problem

  public var description: String {
    let remedy =
      switch problem {
      case .expired: "has expired: it must be renewed there, unless this machine's clock is wrong"
      case .notYetValid: "is not valid yet: check this machine's clock"
      case .wrongHost:
        "is for another host: give the name that the certificate has, or let it be issued for "
          + host
      case .selfSigned:
        "is self-signed: if it is the right one, name it in SSL_CERT_FILE (a file in PEM)"
      case .unknownIssuer:
        "was signed by nobody whom this machine trusts: if that is right, name the signer's "
          + "certificate in SSL_CERT_FILE (a file in PEM)"
      case .revoked: "has been revoked: its key may be in other hands"
      case .other(let words): "is not accepted: \(words)"
      }
    return "the certificate of \(host) \(remedy)"
  }

  /// - Parameters:
  ///   - result: OpenSSL's number of the reason (`X509_V_ERR_…`).
  ///   - words: The library's own.
  init(host: String, result: Int, words: String) {
    self.host = host
    // The name is compared by curl, whatever number the library has left behind.
    if words.contains("subject name"), words.contains("match") {
      problem = .wrongHost
      return
    }
    problem =
      switch result {
      case 9: .notYetValid
      case 10: .expired
      case 18, 19: .selfSigned
      case 2, 20, 21: .unknownIssuer
      case 23: .revoked
      case 62, 64: .wrongHost
      default: .other(words.isEmpty ? "no reason is given" : words)
      }
  }
}
