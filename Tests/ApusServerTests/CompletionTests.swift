#if Tools
  import ApusCore
  import ApusJSON
  import ApusRouter
  import HTTPTypes
  import Hummingbird
  import HummingbirdTesting
  import NIOCore
  import Testing

  @testable import ApusServer

  @Suite struct CompletionTests {
    private func post(
      _ path: String, _ body: String, to model: ScriptedModel,
      configuration: ServerConfiguration = ServerConfiguration(port: 0),
      headers: HTTPFields = [:]
    ) async throws -> TestResponse {
      let server = try Server(model: model, configuration: configuration, logger: .silent)
      var headers = headers
      if headers[.contentType] == nil { headers[.contentType] = "application/json" }
      let sent = headers
      return try await server.application().test(.live) { client in
        try await client.execute(
          uri: path, method: .post, headers: sent, body: ByteBuffer(string: body))
      }
    }

    private func json(_ response: TestResponse) throws -> JSON {
      try JSON(parsing: String(buffer: response.body))
    }

    private let hello = #"{"messages":[{"role":"user","content":"Hi"}]}"#

    @Test func answersAChat() async throws {
      let model = ScriptedModel.saying("Hel", "lo")
      let response = try await post("/v1/chat/completions", hello, to: model)
      #expect(response.status == .ok)
      let json = try json(response)
      #expect(json["object"] == "chat.completion")
      #expect(json["choices"]?[0]?["message"] == ["role": "assistant", "content": "Hello"])
      #expect(json["choices"]?[0]?["finish_reason"] == "stop")
      #expect(json["usage"]?["total_tokens"] == 5)
      #expect(model.requests.first?.prompt == .messages([.user("Hi")]))
    }

    // features C20
    @Test func aRouterIsAskedForItsModelsByName() async throws {
      let router = try ApusRouter.Router(tiers: [
        Tier(ScriptedModel.saying("first"), name: "one"),
        Tier(ScriptedModel.saying("second"), name: "two"),
      ])
      let server = try Server(
        model: router, configuration: ServerConfiguration(port: 0), logger: .silent)
      for (name, text) in [("two", "second"), ("one", "first"), ("gpt-9", "first")] {
        // The server ends each connection after its answer.
        try await server.application().test(.live) { client in
          let body = #"{"model":"\#(name)","messages":[{"role":"user","content":"Hi"}]}"#
          let response = try await client.execute(
            uri: "/v1/chat/completions", method: .post,
            headers: [.contentType: "application/json"], body: ByteBuffer(string: body))
          let answer = try json(response)["choices"]?[0]?["message"]?["content"]
          #expect(answer == .string(text))
        }
      }
    }

    @Test func completesText() async throws {
      let model = ScriptedModel.saying(" upon", " a time")
      let response = try await post(
        "/v1/completions", #"{"prompt":"Once","max_tokens":5,"temperature":0,"stop":"."}"#,
        to: model)
      #expect(try json(response)["choices"]?[0]?["text"] == " upon a time")
      let request = try #require(model.requests.first)
      #expect(request.prompt == .text("Once"))
      #expect(request.options == GenerationOptions(temperature: 0, maxTokens: 5, stop: ["."]))
    }

    @Test func streams() async throws {
      let body =
        #"{"messages":[{"role":"user","content":"Hi"}],"stream":true,"stream_options":{"include_usage":true}}"#
      let response = try await post(
        "/v1/chat/completions", body, to: .saying("Hel", "lo"))
      #expect(response.headers[.contentType] == "text/event-stream")
      let lines = String(buffer: response.body).split(separator: "\n").map(String.init)
      #expect(lines.allSatisfy { $0.hasPrefix("data: ") })
      #expect(lines.last == "data: [DONE]")
      let chunks = try lines.dropLast().map { try JSON(parsing: String($0.dropFirst(6))) }
      let text = chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.string }.joined()
      #expect(text == "Hello")
      #expect(chunks.last?["usage"]?["completion_tokens"] == 2)
      #expect(chunks.dropLast().last?["choices"]?[0]?["finish_reason"] == "stop")
    }

    @Test func aFailureBeforeTheFirstTokenHasItsStatus() async throws {
      let error = ApusError(.contextOverflow, "the prompt has 5000 tokens, the context 4096")
      for stream in ["true", "false"] {
        let body = #"{"messages":[{"role":"user","content":"Hi"}],"stream":\#(stream)}"#
        let response = try await post(
          "/v1/chat/completions", body, to: ScriptedModel([.fail(error)]))
        #expect(response.status == .badRequest)
        #expect(try json(response)["error"]?["code"] == "context_overflow")
        #expect(try json(response)["error"]?["message"] == .string(error.message))
      }
    }

    @Test func aBrokenStreamIsNotShownAsFinished() async throws {
      let body = #"{"messages":[{"role":"user","content":"Hi"}],"stream":true}"#
      let model = ScriptedModel([
        .event(.text("Hel")), .fail(ApusError(.streamInterrupted, "the upstream went away")),
      ])
      let response = try await post("/v1/chat/completions", body, to: model)
      let text = String(buffer: response.body)
      #expect(text.contains("stream_interrupted"))
      #expect(!text.contains("[DONE]"))
      #expect(!text.contains(#""finish_reason":"stop""#))
    }

    @Test(arguments: [
      (#"{"messages":[]}"#, "messages"),
      (#"{"messages":[{"content":"x"}]}"#, "messages[0].role"),
      (#"{"messages":[{"role":"user","content":3}]}"#, "messages[0].content"),
      (
        #"{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#,
        "messages[0].content[0]"
      ),
      (#"{"messages":[{"role":"user","content":"x"}],"temperature":"hot"}"#, "temperature"),
      (
        #"{"messages":[{"role":"user","content":"x"}],"max_tokens":9223372036854775808}"#,
        "max_tokens"
      ),
      (#"{"messages":[{"role":"user","content":"x"}],"max_tokens":0}"#, "max_tokens"),
      (#"{"messages":[{"role":"user","content":"x"}],"n":2}"#, "n"),
      (#"{"messages":[{"role":"user","content":"x"}],"stop":[1]}"#, "stop[0]"),
      (#"{"messages":[{"role":"user","content":"x"}],"api_base":"http://evil"}"#, "api_base"),
    ])
    func aWrongFieldIsNamed(body: String, field: String) async throws {
      let model = ScriptedModel.saying("x")
      let response = try await post("/v1/chat/completions", body, to: model)
      #expect(response.status == .badRequest)
      #expect(try json(response)["error"]?["param"] == .string(field))
      #expect(model.requests.isEmpty)
    }

    @Test(arguments: ["", "{", "[1]", "{\"a\":NaN}", String(repeating: "[", count: 100_000)])
    func whatIsNoJSONObjectIsRefused(body: String) async throws {
      let response = try await post("/v1/chat/completions", body, to: .saying("x"))
      #expect(response.status == .badRequest)
    }

    @Test func aLongBodyIsRefused() async throws {
      let response = try await post(
        "/v1/chat/completions", String(repeating: " ", count: 2000), to: .saying("x"),
        configuration: ServerConfiguration(port: 0, bodyLimit: 1000))
      #expect(response.status == .contentTooLarge)
    }

    @Test(arguments: ["../../etc/passwd", "%2e%2e", "x\\u0000y", "gpt-4"])
    func anUnknownModelIsNotFound(name: String) async throws {
      let body = #"{"model":"\#(name)","messages":[{"role":"user","content":"x"}]}"#
      let response = try await post("/v1/chat/completions", body, to: .saying("x"))
      #expect(response.status == .notFound)
    }

    @Test func otherMediaTypesAreRefused() async throws {
      let response = try await post(
        "/v1/chat/completions", hello, to: .saying("x"), headers: [.contentType: "text/plain"])
      #expect(response.status == .unsupportedMediaType)
    }

    @Test func theKeyIsAskedFor() async throws {
      let configuration = ServerConfiguration(port: 0, apiKey: "secret")
      let without = try await post(
        "/v1/chat/completions", hello, to: .saying("x"), configuration: configuration)
      #expect(without.status == .unauthorized)
      let with = try await post(
        "/v1/chat/completions", hello, to: .saying("x"), configuration: configuration,
        headers: [.authorization: "Bearer secret"])
      #expect(with.status == .ok)
    }

    @Test func beyondLoopbackNeedsAKey() {
      #expect(throws: ApusError.self) {
        try Server(model: ScriptedModel([]), configuration: ServerConfiguration(host: "0.0.0.0"))
      }
    }
  }
#endif
