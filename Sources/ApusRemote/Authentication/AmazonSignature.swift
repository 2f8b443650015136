import ApusCore

/// Who asks Amazon.
struct AmazonCredentials: Sendable {
  var id: String
  var secret: APIKey
  var sessionToken: APIKey?
  /// Where the address does not say it.
  var region: String?
}

/// Signature Version 4
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
struct AmazonSignature {
  private let credentials: AmazonCredentials
  private let service: String

  init(_ credentials: AmazonCredentials, service: String) {
    self.credentials = credentials
    self.service = service
  }

  /// Adds the headers `X-Amz-Date` and `Authorization`. Every header that is there is signed.
  /// - Parameter now: Seconds since 1970.
  /// - Throws: `ApusError.configuration` where the region is not known.
  func sign(_ request: inout HTTPRequest, now: Double) throws(ApusError) {
    let address = Address(request.url)
    guard let region = credentials.region ?? address.amazonRegion else {
      throw ApusError(
        .configuration, "\(address.host): the address names no region; give AWS_REGION")
    }
    let time = Self.timestamp(now)
    request.headers.append(("X-Amz-Date", time))
    if let token = credentials.sessionToken {
      request.headers.append(("X-Amz-Security-Token", token.value))
    }
    var headers = request.headers.map { ($0.name.lowercased(), Self.trimmed($0.value)) }
    headers.append(("host", address.authority))
    headers.sort { $0.0 < $1.0 }
    let names = headers.map(\.0).joined(separator: ";")
    // The path is signed as it is sent, escaped once more.
    let path = address.path.split(separator: "/", omittingEmptySubsequences: false)
      .map { pathPart($0) }.joined(separator: "/")
    let canonical = [
      request.body == nil ? "GET" : "POST", path.isEmpty ? "/" : path, address.sortedQuery,
      headers.map { "\($0.0):\($0.1)\n" }.joined(), names,
      hexadecimal(Digest.sha256(request.body ?? [])),
    ].joined(separator: "\n")
    let day = String(time.prefix(8))
    let scope = "\(day)/\(region)/\(service)/aws4_request"
    let text = [
      "AWS4-HMAC-SHA256", time, scope, hexadecimal(Digest.sha256(Array(canonical.utf8))),
    ].joined(separator: "\n")
    var key = Array("AWS4\(credentials.secret.value)".utf8)
    for part in [day, region, service, "aws4_request", text] {
      key = Digest.hmacSHA256(Array(part.utf8), key: key)
    }
    request.headers.append(
      (
        "Authorization",
        "AWS4-HMAC-SHA256 Credential=\(credentials.id)/\(scope), SignedHeaders=\(names), "
          + "Signature=\(hexadecimal(key))"
      ))
  }

  /// 20150830T123600Z.
  static func timestamp(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.down))
    let days = Int((Double(whole) / 86_400).rounded(.down))
    let day = CalendarDay(daysSince1970: days)
    let rest = whole - days * 86_400
    func padded(_ value: Int, _ width: Int = 2) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return padded(day.year, 4) + padded(day.month) + padded(day.day) + "T"
      + padded(rest / 3600) + padded(rest / 60 % 60) + padded(rest % 60) + "Z"
  }

  /// Without blanks around it, and one where there were several.
  private static func trimmed(_ text: String) -> String {
    text.split(separator: " ").joined(separator: " ")
  }
}

/// The parts of an address.
struct Address: Sendable, Hashable {
  var scheme = ""
  /// Host, and port where the address has one.
  var authority: String
  var path: String
  var query: String

  init(_ url: String) {
    var rest = url[...]
    if let mark = rest.firstRange(of: "://") {
      scheme = rest[..<mark.lowerBound].lowercased()
      rest = rest[mark.upperBound...]
    }
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
    authority = rest[..<end].lowercased()
    rest = rest[end...].prefix { $0 != "#" }
    let mark = rest.firstIndex(of: "?")
    path = String(rest[..<(mark ?? rest.endIndex)])
    query = mark.map { String(rest[rest.index(after: $0)...]) } ?? ""
  }

  var host: String {
    if authority.hasPrefix("[") { return String(authority.prefix { $0 != "]" }) + "]" }
    return String(authority.prefix { $0 != ":" })
  }

  /// Whether a key for one may go to the other.
  func isSameOrigin(as other: Address) -> Bool {
    scheme == other.scheme && authority == other.authority
  }

  /// `bedrock-runtime.eu-central-1.amazonaws.com`.
  var amazonRegion: String? {
    let parts = host.split(separator: ".")
    guard parts.count >= 4, parts[2] == "amazonaws" || parts[2] == "api" else { return nil }
    return String(parts[1])
  }

  var sortedQuery: String {
    query.split(separator: "&").map { $0.contains("=") ? String($0) : $0 + "=" }.sorted()
      .joined(separator: "&")
  }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".unicodeScalars)
  var text = ""
  for byte in bytes {
    text.unicodeScalars.append(digits[Int(byte >> 4)])
    text.unicodeScalars.append(digits[Int(byte & 15)])
  }
  return text
}
