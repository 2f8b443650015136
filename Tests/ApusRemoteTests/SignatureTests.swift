#if Remote
  import ApusCore
  import Testing

  @testable import ApusRemote

  @Suite struct SignatureTests {
    private func signed(
      token: String? = nil, url: String? = nil, region: String? = nil
    ) throws -> [String: String] {
      let path = "/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream"
      var request = HTTPRequest(
        url: url ?? "https://bedrock-runtime.eu-central-1.amazonaws.com" + path,
        headers: [
          ("Accept", "text/event-stream, application/json"), ("Content-Type", "application/json"),
        ],
        body: Array(#"{"messages":[]}"#.utf8))
      let credentials = AmazonCredentials(
        id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        sessionToken: token.map { APIKey($0) }, region: region)
      try AmazonSignature(credentials, service: "bedrock").sign(&request, now: LimitSample.now)
      return Dictionary(
        request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Both signatures are botocore's (1.44.5) for the same request, whose model has a colon.
    // features D1
    @Test func amazonsSignatureIsTheirs() throws {
      let scope = "AKIDEXAMPLE/20260127/eu-central-1/bedrock/aws4_request"
      let headers = try signed()
      #expect(headers["X-Amz-Date"] == "20260127T120000Z")
      #expect(
        headers["Authorization"]
          == "AWS4-HMAC-SHA256 Credential=\(scope), SignedHeaders=accept;content-type;host;x-amz-date,"
          + " Signature=8193635182b04fdc6bb72f684f09df12d11cb975065b26a8d9fdbed24a191b52")
      let withToken = try signed(token: "session/token+1==")
      #expect(withToken["X-Amz-Security-Token"] == "session/token+1==")
      #expect(
        withToken["Authorization"]?.hasSuffix(
          "66490ada818fa89649b97b2668c2c4cfa4947054575b262d55790712df4d2013") == true)
    }

    @Test func aRegionIsNeeded() throws {
      #expect(throws: ApusError.self) { try signed(url: "http://127.0.0.1:1/model/m/converse") }
      let headers = try signed(url: "http://127.0.0.1:1/model/m/converse", region: "eu-west-1")
      #expect(headers["Authorization"]?.contains("/eu-west-1/bedrock/") == true)
    }

    // features D3
    @Test func aServiceAccountsStatementIsSigned() throws {
      let scope = "https://www.googleapis.com/auth/cloud-platform"
      let assertion = try TestServiceAccount.account().assertion(scope: scope, now: 1_769_515_200)
      #expect(assertion == TestServiceAccount.assertion)
    }

    @Test func aBrokenPrivateKeyIsNotRepeated() throws {
      var account = TestServiceAccount.account()
      account.privateKey = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"
      let error = #expect(throws: ApusError.self) { try account.assertion(scope: "s", now: 0) }
      #expect(error?.code == .configuration)
      #expect(error?.message.contains("c2VjcmV0") == false)
    }

    /// RFC 4231, test case 2; FIPS 180-2, "abc"; RFC 7515, appendix C.
    @Test func digestsAreTheStandards() {
      #expect(
        hexadecimal(
          Digest.hmacSHA256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)))
          == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
      #expect(
        hexadecimal(Digest.sha256(Array("abc".utf8)))
          == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
      #expect(base64URL([3, 236, 255, 224, 193]) == "A-z_4ME")
    }
  }
#endif
