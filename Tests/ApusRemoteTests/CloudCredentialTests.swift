#if Remote
  import ApusCore
  import ApusJSON
  import FakeProvider
  import Testing

  @testable import ApusRemote

  /// Credentials of clouds instead of keys, over HTTP on this machine.
  @Suite struct CloudCredentialTests {
    private func row(_ type: String) throws -> ContractRow {
      try #require(ContractRow.all.first { $0.provider.type == type })
    }

    /// An upstream that sells tokens ("token-1", "token-2" …) and answers whoever has one.
    private func upstream(_ row: ContractRow, life: Int = 3600) throws -> FakeProvider {
      try FakeProvider { number, request in
        guard request.line.contains("token") else { return row.shape.stream.behaviour() }
        return .respond(
          200, body: #"{"access_token":"token-\#(number)","expires_in":\#(life)}"#)
      }
    }

    private func serviceAccount(_ fake: FakeProvider) -> String {
      let json: JSON = [
        "type": "service_account", "client_email": "apus@p-1.iam.gserviceaccount.com",
        "private_key": .string(TestServiceAccount.privateKey), "private_key_id": "k1",
        "token_uri": .string("http://127.0.0.1:\(fake.port)/token"),
      ]
      return json.serialized()
    }

    // features D3, D22
    @Test func aServiceAccountBuysOneTokenForManyAnswers() async throws {
      let row = try row("vertex")
      let fake = try upstream(row)
      let model = try row.model(fake, key: serviceAccount(fake))
      try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<8 { group.addTask { try await model.respond(to: "Hi").text } }
        for try await text in group { #expect(text == Shape.text) }
      }
      let sales = fake.requests.filter { $0.line.hasPrefix("POST /token ") }
      try #require(sales.count == 1)
      let form = sales[0].body
      #expect(form.hasPrefix("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&"))
      #expect(form.split(separator: "assertion=").last?.split(separator: ".").count == 3)
      for request in fake.requests where !request.line.contains("token") {
        #expect(request.header("Authorization") == "Bearer token-0")
      }
    }

    // features D22
    @Test func aTokenIsRenewedBeforeItExpires() async throws {
      let row = try row("vertex")
      let fake = try upstream(row, life: 0)
      let model = try row.model(fake, key: serviceAccount(fake))
      for _ in 0..<2 { _ = try await model.respond(to: "Hi") }
      #expect(fake.requests.filter { $0.line.hasPrefix("POST /token ") }.count == 2)
    }

    @Test func aTokenThatIsRefusedIsForgotten() async throws {
      let row = try row("vertex")
      let fake = try FakeProvider { number, request in
        if request.line.contains("/token ") {
          return .respond(200, body: #"{"access_token":"token-\#(number)","expires_in":3600}"#)
        }
        return number < 2
          ? .respond(401, body: #"{"error":{"message":"stale token-0"}}"#)
          : row.shape.stream.behaviour()
      }
      let model = try row.model(fake, key: serviceAccount(fake))
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.code == .authentication)
      #expect(try await model.respond(to: "Hi").text == Shape.text)
      #expect(fake.requests.last?.header("Authorization") == "Bearer token-2")
    }

    @Test func refusedCredentialsAreToldWithoutThem() async throws {
      let row = try row("vertex")
      let fake = try FakeProvider(.respond(400, body: #"{"error":"invalid_grant"}"#))
      let model = try row.model(fake, key: serviceAccount(fake))
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.code == .authentication)
      #expect(error.message.contains("invalid_grant"))
      #expect(!error.message.contains("PRIVATE"))
    }

    // features D2, D22
    @Test func anApplicationOfEntraBuysATokenForAzure() async throws {
      let row = try row("azure")
      let fake = try upstream(row)
      let key: JSON = [
        "tenant_id": "t-1", "client_id": "c-1", "client_secret": "se&cret",
        "authority": .string("http://127.0.0.1:\(fake.port)"),
      ]
      _ = try await row.model(fake, key: key.serialized()).respond(to: "Hi")
      let sale = try #require(fake.requests.first)
      #expect(sale.line.hasPrefix("POST /t-1/oauth2/v2.0/token "))
      #expect(
        sale.body
          == "grant_type=client_credentials&client_id=c-1&client_secret=se%26cret"
          + "&scope=https%3A%2F%2Fcognitiveservices.azure.com%2F.default")
      #expect(fake.requests.last?.header("Authorization") == "Bearer token-0")
      #expect(fake.requests.last?.header("api-key") == nil)
    }

    // features D1, D22
    @Test func bedrockIsSignedAndItsPathEscaped() async throws {
      let row = try row("bedrock")
      let environment = [
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-secret",
        "AWS_REGION": "eu-central-1",
      ]
      let key = try #require(row.provider.key { environment[$0] })
      #expect(
        row.provider.baseURL { environment[$0] }
          == "https://bedrock-runtime.eu-central-1.amazonaws.com")
      let fake = try row.fake(row.shape.stream)
      let model = try row.model(fake, name: "amazon.nova-lite-v1:0", key: key.value)
      #expect(try await model.respond(to: "Hi").text == Shape.text)
      let request = try #require(fake.requests.first)
      #expect(request.line == "POST /model/amazon.nova-lite-v1%3A0/converse-stream HTTP/1.1")
      let header = try #require(request.header("Authorization"))
      #expect(header.hasPrefix("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20"))
      #expect(header.contains("/eu-central-1/bedrock/aws4_request, SignedHeaders=accept;"))
      #expect(!request.head.contains("secret-secret"))
    }

    @Test(arguments: [
      ("vertex", #"{"client_email":"x"}"#), ("azure", #"{"tenant_id":"x"}"#),
      ("bedrock", #"{"access_key_id":"x"}"#), ("bedrock", "{broken"),
      ("vertex", "/nonexistent/key.json"),
      (
        "vertex",
        #"{"client_email":"x","private_key":"y","token_uri":"http://169.254.169.254/token"}"#
      ),
    ])
    func badCredentialsAreRefusedAtOnce(type: String, key: String) throws {
      let provider = try #require(Provider.named(type))
      let error = #expect(throws: ApusError.self) {
        try RemoteModel(provider: provider, url: "http://127.0.0.1:1", model: "m", key: key)
      }
      #expect(error?.code == .configuration)
    }

    @Test func whatIsNotFilledInIsTold() throws {
      let provider = try #require(Provider.named("azure"))
      let error = #expect(throws: ApusError.self) {
        try RemoteModel(provider: provider, model: "m", key: "k")
      }
      #expect(error?.message.contains("{resource}") == true)
      #expect(error?.message.contains("AZURE_OPENAI_RESOURCE") == true)
    }
  }
#endif
