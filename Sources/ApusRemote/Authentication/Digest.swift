import ApusCore

#if Remote
  import Crypto
  import CryptoExtras

  /// What signatures are made of.
  package enum Digest {
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    static func hmacSHA256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
      Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: key)))
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, which tokens call RS256.
    /// - Parameter key: PEM.
    /// - Throws: `ApusError.configuration`; the key is not repeated.
    static func rs256(_ bytes: [UInt8], key: APIKey) throws(ApusError) -> [UInt8] {
      do {
        let key = try _RSA.Signing.PrivateKey(pemRepresentation: key.value)
        let signature = try key.signature(
          for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
        return Array(signature.rawRepresentation)
      } catch {
        throw ApusError(.configuration, "the private key of the service account cannot be used")
      }
    }
  }
#else
  /// Without the trait `Remote` nothing is sent, so nothing is signed.
  package enum Digest {
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] { [] }
    static func hmacSHA256(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] { [] }
    static func rs256(_ bytes: [UInt8], key: APIKey) throws(ApusError) -> [UInt8] {
      throw ApusError(.configuration, "this build has no remote tiers (trait Remote)")
    }
  }
#endif

/// Base64 for tokens: no padding, and letters that an address may hold (RFC 7515, appendix C).
func base64URL(_ bytes: some Collection<UInt8>) -> String {
  let letters = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".unicodeScalars)
  var text = String.UnicodeScalarView()
  var bits = 0
  var count = 0
  for byte in bytes {
    bits = bits << 8 | Int(byte)
    count += 8
    while count >= 6 {
      count -= 6
      text.append(letters[bits >> count & 63])
    }
    bits &= 0xFF
  }
  if count > 0 { text.append(letters[bits << (6 - count) & 63]) }
  return String(text)
}
