#if Remote
  import ApusCore
  import ApusJSON
  import ApusRemote
  import FakeProvider
  import Testing

  @Suite struct RemoteModelTests {
    private func model(
      _ provider: FakeProvider, key: String? = nil, timeouts: HTTPTimeouts = HTTPTimeouts()
    ) throws -> RemoteModel {
      try RemoteModel(url: provider.url, model: "m", key: key, name: "fake", timeouts: timeouts)
    }

    private func error(
      _ behaviour: FakeProvider.Behaviour, key: String? = nil, idle: Duration = .seconds(20)
    ) async throws
      -> ApusError
    {
      let provider = try FakeProvider(behaviour)
      return try await #require(throws: ApusError.self) {
        try await model(provider, key: key, timeouts: HTTPTimeouts(idle: idle))
          .respond(to: "Hi")
      }
    }

    @Test func readsAStream() async throws {
      let provider = try FakeProvider(.stream(["Hel", "lo ", "\u{1F600}"]))
      let response = try await model(provider, key: "secret-key").respond(to: "Hi")
      #expect(response.text == "Hello \u{1F600}")
      #expect(response.finishReason == .stop)
      #expect(response.usage == Usage(promptTokens: 3, completionTokens: 2))
      let request = try #require(provider.requests.first)
      #expect(request.head.hasPrefix("POST /v1/chat/completions HTTP/1.1"))
      #expect(request.head.contains("Authorization: Bearer secret-key"))
      let body = try JSON(parsing: request.body)
      #expect(body["model"] == "m")
      #expect(body["messages"] == [["role": "user", "content": "Hi"]])
    }

    // features A12
    @Test func defaultsHoldOnlyWhereNothingIsSaid() async throws {
      let provider = try FakeProvider(.stream(["x"]))
      _ = try await model(provider).respond(to: "Hi")
      _ = try await model(provider).respond(
        to: "Hi", options: GenerationOptions(temperature: 0, maxTokens: 5))
      let bodies = try provider.requests.map { try JSON(parsing: $0.body) }
      #expect(bodies[0]["temperature"] == 0.7)
      #expect(bodies[0]["max_tokens"] == 2048)
      #expect(bodies[1]["temperature"]?.double == 0)
      #expect(bodies[1]["max_tokens"] == 5)
    }

    // features A5
    @Test func theKeyOptionalSendsNoHeader() async throws {
      let provider = try FakeProvider(.stream(["x"]))
      _ = try await model(provider, key: "optional").respond(to: "Hi")
      #expect(try #require(provider.requests.first).head.contains("Authorization") == false)
    }

    @Test func readsAWholeAnswer() async throws {
      let body = #"{"choices":[{"message":{"content":"Hi"},"finish_reason":"length"}]}"#
      let provider = try FakeProvider(.respond(200, body: body))
      let response = try await model(provider).respond(to: "Hi")
      #expect(response.text == "Hi")
      #expect(response.finishReason == .length)
    }

    @Test func completesText() async throws {
      let provider = try FakeProvider(
        .respond(200, body: #"{"choices":[{"text":" upon","finish_reason":"stop"}]}"#))
      let response = try await model(provider).respond(Request(.text("Once")))
      #expect(response.text == " upon")
      #expect(try #require(provider.requests.first).head.hasPrefix("POST /v1/completions"))
    }

    @Test(arguments: [
      (400, ApusError.Code.invalidRequest), (401, .authentication), (402, .authentication),
      (403, .authentication), (404, .modelNotFound), (408, .timeout), (429, .rateLimited),
      (500, .upstream), (502, .upstream), (503, .upstream), (529, .upstream),
      (302, .badResponse),
    ])
    func everyStatusHasItsMeaning(status: Int, code: ApusError.Code) async throws {
      let error = try await error(
        .respond(status, body: #"{"error":{"message":"what happened"}}"#))
      #expect(error.code == code)
      #expect(error.message.contains("\(status)"))
      #expect(error.message.contains("what happened"))
    }

    @Test func anOverlongPromptIsTold() async throws {
      let error = try await error(
        .respond(
          400, body: #"{"error":{"message":"This model's maximum context length is 8192 tokens"}}"#)
      )
      #expect(error.code == .contextOverflow)
    }

    @Test func badAnswersAreErrors() async throws {
      let html = "<html><body>Sign in</body></html>"
      #expect(
        try await error(.respond(200, headers: ["Content-Type": "text/html"], body: html)).code
          == .badResponse)
      #expect(try await error(.respond(200, body: #"{"choices":"#)).code == .badResponse)
      #expect(try await error(.respond(200, body: #"{"choices":[]}"#)).code == .badResponse)
      #expect(try await error(.stream([], finish: false)).code == .badResponse)
      #expect(try await error(.reset).code == .network)
      #expect(try await error(.raw(Array("nonsense".utf8))).code == .network)
      #expect(try await error(.stall(after: []), idle: .milliseconds(300)).code == .timeout)
    }

    @Test func anErrorInsideAStreamIsAnError() async throws {
      let text =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        + "data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n"
      let error = try await error(.raw(Array(text.utf8)))
      #expect(error.code == .upstream)
      #expect(error.message.contains("overloaded"))
    }

    @Test func aCutStreamIsNoAnswer() async throws {
      let error = try await error(.stream(["Hel"], finish: false))
      #expect(error.code == .streamInterrupted)
      #expect(error.partialText == "Hel")
      let stalled = try await self.error(.stall(after: ["Hel", "lo"]), idle: .milliseconds(300))
      #expect(stalled.code == .streamInterrupted)
      #expect(stalled.partialText == "Hello")
    }

    @Test func aLineOfAHundredMegabytesIsRefused() async throws {
      let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\ndata: "
      let line = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
      let error = try await error(
        .parts([Array(head.utf8)] + Array(repeating: line, count: 100), gap: .zero))
      #expect(error.code == .badResponse)
    }

    @Test func commentsAndNonsenseInAStreamArePassedOver() async throws {
      let text =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        + ": keep-alive\r\n\r\ndata: {broken\r\n\r\n" + FakeProvider.chunk("Hi")
        + FakeProvider.ending
      let provider = try FakeProvider(.raw(Array(text.utf8)))
      #expect(try await model(provider).respond(to: "Hi").text == "Hi")
    }

    @Test func theKeyIsInNoError() async throws {
      let error = try await error(
        .respond(401, body: #"{"error":{"message":"bad key gsk_abcdefgh given"}}"#),
        key: "gsk_abcdefgh")
      #expect(!error.message.contains("gsk_abcdefgh"))
      #expect(error.message.contains("[key]"))
    }

    @Test func redirectsAreNotFollowed() async throws {
      let elsewhere = try FakeProvider(.stream(["x"]))
      let error = try await error(
        .respond(302, headers: ["Location": elsewhere.url], body: ""), key: "secret")
      #expect(error.code == .badResponse)
      #expect(elsewhere.requests.isEmpty)
    }

    // features D28
    @Test func callsOfToolsAndThoughtsAreStreamed() async throws {
      let chunks = [
        #"{"choices":[{"delta":{"reasoning_content":"Hm."}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","#
          + #""function":{"name":"weather","arguments":""}}]}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\""}}]}}]}"#,
        #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}"#,
        #"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
        #"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":5,"#
          + #""prompt_tokens_details":{"cached_tokens":4},"#
          + #""completion_tokens_details":{"reasoning_tokens":2}}}"#,
      ]
      let text =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        + chunks.map { "data: \($0)\n\n" }.joined() + "data: [DONE]\n\n"
      let provider = try FakeProvider(.raw(Array(text.utf8)))
      let response = try await model(provider).respond(to: "Hi")
      #expect(response.reasoning == "Hm.")
      #expect(
        response.toolCalls == [ToolCall(id: "c1", name: "weather", arguments: #"{"a":1}"#)])
      #expect(response.finishReason == .toolCalls)
      #expect(response.usage.cachedTokens == 4)
      #expect(response.usage.reasoningTokens == 2)
    }

    // features E1
    @Test func whatALimitSaysIsKept() async throws {
      let error = try await error(
        .respond(
          429, headers: ["Retry-After": "3"],
          body: #"{"error":{"message":"slow down","code":"insufficient_quota"}}"#))
      let failure = try #require(error.cause as? RemoteFailure)
      #expect(failure.retryAfter == .seconds(3))
      #expect(failure.isQuotaSpent)
    }

    @Test func cancellingClosesTheConnection() async throws {
      let provider = try FakeProvider(.stall(after: ["Hel"]))
      let model = try model(provider)
      let (first, seen) = AsyncStream<Void>.makeStream()
      let task = Task {
        for try await event in model.stream("Hi") where event.text == "Hel" { seen.yield() }
      }
      for await _ in first { break }
      task.cancel()
      _ = await task.result
      for _ in 0..<400 where provider.hangUps == 0 { try await Task.sleep(for: .milliseconds(5)) }
      #expect(provider.hangUps == 1)
    }

    @Test func nobodyListens() async throws {
      let port = try FakeProvider.closedPort()
      let model = try RemoteModel(url: "http://127.0.0.1:\(port)/v1", model: "m")
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.code == .network)
    }

    @Test func theCallersDeadlineHolds() async throws {
      let provider = try FakeProvider(.silence)
      let model = try model(provider)
      let request = Request(.text("Hi"), deadline: .now + .milliseconds(200))
      let error = try await #require(throws: ApusError.self) { try await model.respond(request) }
      #expect(error.code == .timeout)
    }

    @Test(arguments: ["ftp://x/v1", "http://a b/", "http://x/\u{0}", "x"])
    func badAddressesAreRefused(url: String) {
      #expect(throws: ApusError.self) { try RemoteModel(url: url, model: "m") }
    }

    @Test func aKeyCannotBringHeaders() {
      #expect(throws: ApusError.self) {
        try RemoteModel(url: "http://x", model: "m", key: "a\r\nX-Evil: 1")
      }
    }
  }
#endif
