#if Tools
  import ApusCore
  import ApusJSON
  import HTTPTypes
  import Hummingbird
  import HummingbirdTesting
  import NIOCore
  import Testing

  @testable import ApusServer

  @Suite struct ServerTests {
    @Test func listsTheModelAndItsHealth() async throws {
      let server = try Server(
        model: ScriptedModel.saying("x"), configuration: ServerConfiguration(port: 0),
        logger: .silent)
      try await server.application().test(.live) { client in
        let health = try await client.execute(uri: "/health", method: .get)
        #expect(try JSON(parsing: String(buffer: health.body))["status"] == "ok")
        let models = try await client.execute(uri: "/v1/models", method: .get)
        let list = try JSON(parsing: String(buffer: models.body))
        #expect(list["data"]?[0]?["id"] == "scripted")
        let one = try await client.execute(uri: "/v1/models/scripted", method: .get)
        #expect(one.status == .ok)
        let other = try await client.execute(uri: "/v1/models/other", method: .get)
        #expect(other.status == .notFound)
      }
    }

    /// A connection that ends with its answer says so: a client that keeps connections would send its
    /// next request into it.
    @Test(
      arguments: [
        ("", HTTPResponse.Status.ok), (#", "stream": true"#, .ok),
        (#", "model": "none""#, .notFound),
      ])
    func anAnswerEndsItsConnectionAndSaysSo(_ fields: String, _ status: HTTPResponse.Status)
      async throws
    {
      let server = try Server(
        model: ScriptedModel.saying("x"), configuration: ServerConfiguration(port: 0),
        logger: .silent)
      try await server.application().test(.live) { client in
        let models = try await client.execute(uri: "/v1/models", method: .get)
        #expect(models.headers[.connection] == nil)
        let response = try await client.execute(
          uri: "/v1/chat/completions", method: .post, headers: [.contentType: "application/json"],
          body: ByteBuffer(
            string: #"{"messages": [{"role": "user", "content": "Hi"}]"# + fields + "}"))
        #expect(response.status == status)
        #expect(response.headers[.connection] == "close")
      }
    }

    @Test func anotherHostIsRefused() async throws {
      let server = try Server(
        model: ScriptedModel.saying("x"), configuration: ServerConfiguration(port: 0),
        logger: .silent)
      try await server.application().test(.router) { client in
        let response = try await client.execute(uri: "/v1/models", method: .get)
        #expect(response.status == .ok)
      }
      let guarded = RequestGuard<BasicRequestContext>(configuration: ServerConfiguration())
      #expect(guarded.isAllowed("localhost:8080"))
      #expect(guarded.isAllowed("[::1]:8080"))
      #expect(guarded.isAllowed("127.0.0.1"))
      #expect(!guarded.isAllowed("evil.com"))
      #expect(!guarded.isAllowed("evil.com:8080"))
      #expect(!guarded.isAllowed("localhost.evil.com"))
    }

    @Test func workEndsWhenTheClientGoesAway() async throws {
      for stream in ["true", "false"] {
        let model = ScriptedModel([.event(.prefill(done: 1, total: 2)), .hang])
        let server = try Server(
          model: model, configuration: ServerConfiguration(port: 0),
          logger: .silent)
        try await server.application().test(.live) { client in
          guard let port = client.port else {
            Issue.record("the test server has no port")
            return
          }
          let body = #"{"messages":[{"role":"user","content":"Hi"}],"stream":\#(stream)}"#
          let socket = try LoopbackSocket(port: port)
          socket.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              + "Content-Length: \(body.utf8.count)\r\n\r\n" + body)
          while model.requests.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
          socket.close()
          for _ in 0..<400 where !model.wasCancelled {
            try await Task.sleep(for: .milliseconds(10))
          }
          #expect(model.wasCancelled)
        }
      }
    }
  }
#endif
