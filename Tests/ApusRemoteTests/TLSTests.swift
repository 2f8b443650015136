#if Remote
  import ApusCore
  import ApusRemote
  import FakeProvider
  import Testing

  /// A server whose certificate is wrong must not see the key.
  @Suite(.enabled(if: CertificateAuthority.isPossible, "the command openssl is absent"))
  struct TLSTests {
    private static let answer: String = {
      let body =
        #"{"choices":[{"message":{"content":"Hello, certificate"},"finish_reason":"stop"}]}"#
      return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
    }()

    // features G5
    @Test(arguments: [
      (CertificateAuthority.Certificate.expired, CertificateFailure.Problem.expired, "expired"),
      (.wrongHost, .wrongHost, "another host"), (.selfSigned, .selfSigned, "self-signed"),
    ])
    func aWrongCertificateIsNamed(
      certificate: CertificateAuthority.Certificate, problem: CertificateFailure.Problem,
      word: String
    ) async throws {
      let authority = try await CertificateAuthority()
      let server = try await TLSServer(authority, certificate)
      let model = try RemoteModel(
        url: "https://localhost:\(server.port)/v1", model: "m", key: "gsk_abcdefgh",
        client: HTTPClient(HTTPSettings(certificateFile: authority.certificateFile)))
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.code == .certificateRefused)
      #expect(error.message.contains("certificate of localhost"))
      #expect(error.message.contains(word))
      let failure = try #require(error.cause as? HTTPFailure)
      guard case .certificate(let found) = failure.reason else {
        Issue.record("\(failure.reason)")
        return
      }
      #expect(found.problem == problem)
      #expect(found.host == "localhost")
      #expect(!server.received.contains("gsk_abcdefgh"))
    }

    // features G5
    @Test func authoritiesOfOnesOwnAreHeard() async throws {
      let authority = try await CertificateAuthority()
      let server = try await TLSServer(authority, .good, response: Self.answer)
      let url = "https://localhost:\(server.port)/v1"
      let file = authority.certificateFile
      let settings = HTTPSettings { ["SSL_CERT_FILE": file][$0] }
      let model = try RemoteModel(url: url, model: "m", client: HTTPClient(settings))
      #expect(try await model.respond(to: "Hi").text == "Hello, certificate")
      // Without it nobody here trusts the signer.
      let stranger = try RemoteModel(url: url, model: "m", client: HTTPClient())
      let error = try await #require(throws: ApusError.self) {
        try await stranger.respond(to: "Hi")
      }
      #expect(error.code == .certificateRefused)
      #expect(error.message.contains("SSL_CERT_FILE"))
    }

    @Test func aFileWithoutCertificatesIsNamed() async throws {
      let client = HTTPClient(HTTPSettings(certificateFile: "/no/such/file.pem"))
      let model = try RemoteModel(url: "https://127.0.0.1:1/v1", model: "m", client: client)
      let provider = try FakeProvider(.silence)
      let reachable = try RemoteModel(
        url: "https://127.0.0.1:\(provider.port)/v1", model: "m", client: client)
      for model in [reachable, model] {
        let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
        #expect(error.code == .configuration || error.code == .network)
        if error.code == .configuration { #expect(error.message.contains("/no/such/file.pem")) }
      }
    }
  }
#endif
