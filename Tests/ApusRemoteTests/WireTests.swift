#if Remote
  import ApusCore
  import ApusJSON
  import FakeProvider
  import Testing

  @testable import ApusRemote

  /// What one format alone has, over HTTP on this machine.
  @Suite struct WireTests {
    private func row(_ type: String) throws -> ContractRow {
      try #require(ContractRow.all.first { $0.provider.type == type })
    }

    private func body(_ type: String, _ request: Request, model: String = "m-1") async throws
      -> JSON
    {
      let row = try row(type)
      let fake = try row.fake(row.shape.stream)
      _ = try await row.model(fake, name: model).respond(request)
      return try JSON(parsing: try #require(fake.requests.first).body)
    }

    /// Text to be continued is one message where there are only chats.
    @Test(arguments: [
      ("groq", #"[{"role":"user","content":"Once"}]"#),
      ("cohere", #"[{"role":"user","content":"Once"}]"#),
      ("anthropic", #"[{"role":"user","content":[{"type":"text","text":"Once"}]}]"#),
      ("bedrock", #"[{"role":"user","content":[{"text":"Once"}]}]"#),
    ])
    func textIsAMessageForChats(type: String, messages: String) async throws {
      let body = try await body(type, Request(.text("Once")))
      #expect(body["messages"] == (try JSON(parsing: messages)))
    }

    @Test func ollamaContinuesTextWithoutATemplate() async throws {
      let lines =
        #"{"response":" upon","done":false}"# + "\n"
        + #"{"response":" a","done":true,"done_reason":"length","prompt_eval_count":1,"eval_count":2}"#
      let fake = try FakeProvider(
        .respond(200, headers: ["Content-Type": "application/x-ndjson"], body: lines))
      let response = try await row("ollama").model(fake).respond(Request(.text("Once")))
      #expect(response.text == " upon a")
      #expect(response.finishReason == .length)
      let request = try #require(fake.requests.first)
      #expect(request.line.hasPrefix("POST /api/generate "))
      #expect(try JSON(parsing: request.body)["raw"] == true)
    }

    @Test(arguments: [
      ("openai", "gpt-4o"), ("openai", "gpt-5-mini"), ("openai", "o4-mini-2025-04-16"),
      ("anthropic", "claude-haiku-4-5"), ("anthropic", "claude-opus-4-7"),
      ("anthropic", "claude-sonnet-5-20990101"),
    ])
    func modelsThatRefuseATemperatureGetNone(type: String, model: String) async throws {
      let body = try await body(type, Request("Hi"), model: model)
      let takesOne = ["gpt-4o", "claude-haiku-4-5"].contains(model)
      #expect((body["temperature"] != nil) == takesOne)
    }

    /// Newer models of Anthropic's refuse both at once.
    @Test func ourDefaultTemperatureGivesWayToTopP() async throws {
      let options = GenerationOptions(topP: 0.5)
      let body = try await body("anthropic", Request("Hi", options: options))
      #expect(body["top_p"] == 0.5)
      #expect(body["temperature"] == nil)
    }

    // features D4
    @Test func mistralsSeedHasItsOwnName() async throws {
      let options = GenerationOptions(seed: 3)
      let body = try await body("mistral", Request("Hi", options: options))
      #expect(body["random_seed"] == 3)
      #expect(body["seed"] == nil)
      #expect(body["stream_options"] == nil)
      #expect(Provider.named("mistral")?.regions == ["eu"])
    }

    @Test func geminisSilenceAboutABlockedPromptIsAFilter() async throws {
      let chunk =
        #"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5}}"#
      let fake = try FakeProvider(Shape.Reply.events([(nil, chunk)]).behaviour())
      let response = try await row("gemini").model(fake).respond(to: "Hi")
      #expect(response.finishReason == .contentFilter)
      #expect(response.usage.promptTokens == 5)
    }

    // features D28
    @Test func aBrokenCallOfGeminisIsNoAnswer() async throws {
      let chunk = #"{"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}]}"#
      let fake = try FakeProvider(Shape.Reply.events([(nil, chunk)]).behaviour())
      let model = try row("gemini").model(fake)
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.code == .badResponse)
    }

    @Test func aDamagedStreamOfAmazonsIsNoAnswer() async throws {
      let row = try row("bedrock")
      var reply = row.shape.stream
      reply.bytes[40] ^= 1
      let fake = try row.fake(reply)
      let model = try row.model(fake)
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.code == .badResponse)
      #expect(error.message.contains("checksum"))
    }

    @Test func goneModelsAreToldWithTheirSuccessor() async throws {
      let fake = try FakeProvider(
        .respond(400, body: #"{"error":{"message":"gone","code":"model_decommissioned"}}"#))
      let model = try row("groq").model(fake, name: "mixtral-8x7b-32768")
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.code == .modelNotFound)
      #expect(error.message.contains("use openai/gpt-oss-120b"))
    }

    // features E1
    @Test func aLimitWithoutRetryAfterSaysItInItsHeaders() async throws {
      let fake = try FakeProvider(
        .respond(
          429,
          headers: [
            "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1m30s",
            "x-ratelimit-remaining-requests": "5", "x-ratelimit-reset-requests": "2h",
          ], body: #"{"error":{"message":"slow down"}}"#))
      let model = try row("groq").model(fake)
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect((error.cause as? RemoteFailure)?.retryAfter == .seconds(90))
    }
  }

  /// Replicate's answers take several calls.
  @Suite struct ReplicateTests {
    private func row() throws -> ContractRow {
      try #require(ContractRow.all.first { $0.provider.type == "replicate" })
    }

    private func prediction(_ status: String, _ members: String) -> FakeProvider.Behaviour {
      .respond(201, body: #"{"id":"p","status":"\#(status)",\#(members)}"#)
    }

    // features D8
    @Test(arguments: [
      ("meta/llama-3", "/v1/models/meta/llama-3/predictions", nil),
      ("meta/llama-3:abc123", "/v1/predictions", "abc123"), ("abc123", "/v1/predictions", "abc123"),
    ])
    func versionsCanBePinned(model: String, path: String, version: String?) async throws {
      let row = try row()
      let fake = try row.fake(row.shape.whole)
      _ = try await row.model(fake, name: model).respond(to: "Hi")
      let request = try #require(fake.requests.first)
      #expect(request.line == "POST \(path) HTTP/1.1")
      #expect(try JSON(parsing: request.body)["version"]?.string == version)
    }

    // features D8
    @Test func withoutAStreamItIsAskedFor() async throws {
      let row = try row()
      let fake = try FakeProvider { number, request in
        let get = #""urls":{"get":"http://\#(request.header("Host") ?? "")/v1/predictions/p"}"#
        return number < 2
          ? self.prediction("processing", get)
          : .respond(200, body: #"{"status":"succeeded","output":"Hello","urls":{}}"#)
      }
      let response = try await row.model(fake).respond(to: "Hi")
      #expect(response.text == "Hello")
      #expect(fake.requests.map { $0.line.prefix { $0 != " " } } == ["POST", "GET", "GET"])
      #expect(fake.requests[1].header("Authorization") == "Bearer \(row.key)")
    }

    @Test func aFailedPredictionIsAnError() async throws {
      let row = try row()
      let fake = try FakeProvider(prediction("failed", #""error":"CUDA out of memory","urls":{}"#))
      let model = try row.model(fake)
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.message.contains("CUDA out of memory"))
    }

    @Test func theKeyDoesNotFollowToAnotherHost() async throws {
      let elsewhere = try FakeProvider(.stream(["x"]))
      let row = try row()
      let fake = try FakeProvider(
        prediction(
          "starting", #""urls":{"stream":"http://127.0.0.1:\#(elsewhere.port)/v1/streams/p"}"#))
      let model = try row.model(fake)
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.code == .badResponse)
      #expect(elsewhere.requests.isEmpty)
    }

    @Test func aPredictionThatNobodyWaitsForIsCancelled() async throws {
      let row = try row()
      let fake = try FakeProvider { number, request in
        let host = request.header("Host") ?? ""
        if number == 0 {
          return self.prediction(
            "starting",
            #""urls":{"stream":"http://\#(host)/v1/streams/p","cancel":"http://\#(host)/v1/cancel"}"#
          )
        }
        guard request.line.contains("streams") else { return .respond(200, body: "{}") }
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        return .parts(
          [Array("\(head)event: output\ndata: Hel\n\n".utf8), Array(": wait\n".utf8)],
          gap: .seconds(20))
      }
      for try await event in try row.model(fake).stream("Hi") where event.text == "Hel" { break }
      for _ in 0..<400 where fake.requests.count < 3 {
        try await Task.sleep(for: .milliseconds(5))
      }
      #expect(fake.requests.last?.line == "POST /v1/cancel HTTP/1.1")
    }

    @Test func toolsAreRefused() async throws {
      let row = try row()
      let fake = try row.fake(row.shape.whole)
      let model = try row.model(fake)
      let error = try await #require(throws: ApusError.self) {
        try await model.respond(Question.conversation())
      }
      #expect(error.code == .invalidRequest)
      #expect(fake.requests.isEmpty)
    }
  }
#endif
