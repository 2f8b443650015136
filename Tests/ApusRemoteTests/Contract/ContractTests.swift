#if Remote
  import ApusCore
  import ApusJSON
  import ApusRemote
  import FakeProvider
  import Synchronization
  import Testing

  /// Every row of `providers.json` against what its wire format looks like in public documentation
  /// (`Shape.sources`), over HTTP on this machine; one after the other, for every fake upstream
  /// holds threads.
  @Suite(.serialized) struct ContractTests {
    // features D1, D2, D3, D4, D5, D6, D7, D8, D9, D10, D11, D12, D13, D14, D15, D16, D17, D18, D19
    @Test(arguments: ContractRow.all)
    func aStreamIsReadWithItsUsage(row: ContractRow) async throws {
      let fake = try row.fake(row.shape.stream)
      var pieces: [String] = []
      var thought = ""
      var end: (FinishReason, Usage)?
      for try await event in try row.model(fake).stream("Hi") {
        switch event {
        case .text(let text): pieces.append(text)
        case .reasoning(let text): thought += text
        case .finished(let reason, let usage): end = (reason, usage)
        case .prefill, .toolCall: Issue.record("\(event)")
        }
      }
      #expect(pieces == ["Hel", "lo w", "örld"])
      #expect(thought == (row.shape.thinks ? "Hm." : ""))
      #expect(end?.0 == .stop)
      // A stream of Replicate's has no counts.
      if row.provider.format != .replicate { #expect(end?.1 == row.shape.usage) }
    }

    // features D1, D2, D3, D4, D5, D6, D7, D8, D9, D10, D11, D12, D13, D14, D15, D16, D17, D18, D19
    @Test(arguments: ContractRow.all)
    func aWholeAnswerSaysTheSame(row: ContractRow) async throws {
      let fake = try row.fake(row.shape.whole)
      let response = try await row.model(fake).respond(to: "Hi")
      #expect(response.text == Shape.text)
      #expect(response.reasoning == (row.shape.thinks ? "Hm." : ""))
      #expect(response.finishReason == .stop)
      #expect(response.usage == row.shape.usage)
    }

    // features D22
    @Test(arguments: ContractRow.all)
    func theKeyGoesWhereTheProviderLooks(row: ContractRow) async throws {
      let fake = try row.fake(row.shape.stream)
      _ = try await row.model(fake).respond(to: "Hi")
      _ = try await row.model(fake, key: "optional").respond(to: "Hi")
      let requests = fake.requests.filter { $0.line.hasPrefix("POST") }
      try #require(requests.count >= 1)
      #expect(requests[0].line.hasPrefix("POST \(row.path) HTTP/1.1"))
      #expect(requests[0].header(row.keyHeader) == row.keyPrefix + row.key)
      #expect(requests[0].header("Content-Type") == "application/json")
      let others = ["Authorization", "x-api-key", "x-goog-api-key", "api-key"]
      for name in others where name != row.keyHeader { #expect(requests[0].header(name) == nil) }
      for name in others { #expect(requests.last?.header(name) == nil) }
      if row.provider.type == "anthropic" {
        #expect(requests[0].header("anthropic-version") == "2023-06-01")
      }
    }

    // features D28
    @Test(arguments: ContractRow.all.filter { $0.provider.features.contains(.tools) })
    func callsOfToolsAreTheSameWhateverTheFormat(row: ContractRow) async throws {
      for reply in [row.shape.toolStream, row.shape.toolWhole] {
        let fake = try row.fake(reply)
        let response = try await row.model(fake).respond(Question.conversation())
        #expect(response.toolCalls.map(\.name) == ["weather", "clock"])
        let arguments = try response.toolCalls.map { try JSON(parsing: $0.arguments) }
        #expect(arguments == [["city": "Köln"], [:]])
        let wanted = row.shape.namesCalls ? ["c1", "c2"] : ["call_0", "call_1"]
        #expect(response.toolCalls.map(\.id) == wanted)
        #expect(response.finishReason == .toolCalls)
        #expect(response.usage.promptTokens == 20)
      }
    }

    // features D28
    @Test(arguments: ContractRow.all)
    func aConversationBecomesTheFormatsOwn(row: ContractRow) async throws {
      let fake = try row.fake(row.shape.stream)
      var request = try Question.conversation()
      if row.provider.format == .replicate {
        request.prompt = .messages([.system("Be terse."), .user("Hi")])
        request.tools = []
      }
      _ = try await row.model(fake).respond(request)
      let body = try JSON(parsing: try #require(fake.requests.first).body)
      let expected = try #require(try JSON(parsing: row.shape.expected).object)
      for (name, wanted) in expected where !row.refuses(name) {
        #expect(body[name] == wanted, "\(name)")
      }
    }

    @Test(arguments: ContractRow.all)
    func everyErrorHasItsMeaning(row: ContractRow) async throws {
      let failures = row.shape.errors
      let fake = try FakeProvider { number, _ in
        let failure = failures[min(number, failures.count - 1)]
        return .respond(failure.status, headers: failure.headers, body: failure.body)
      }
      let model = try row.model(fake)
      for failure in failures {
        let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
        #expect(error.code == failure.code, "\(failure.status) \(failure.body)")
        let cause = try #require(error.cause as? RemoteFailure)
        #expect(cause.status == failure.status)
        #expect(cause.retryAfter == failure.retryAfter, "\(failure.body)")
        #expect(!cause.message.isEmpty)
      }
    }

    @Test(arguments: ContractRow.all)
    func anErrorInsideAStreamIsNoAnswer(row: ContractRow) async throws {
      let fake = try row.fake(row.shape.errorInside)
      let model = try row.model(fake)
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(error.code == .streamInterrupted)
      #expect(error.partialText == "Hel")
      let reason = try #require(error.cause as? ApusError)
      #expect(reason.code == row.shape.errorInsideCode)
      #expect(reason.cause is RemoteFailure)
    }

    // features D21
    @Test(arguments: ContractRow.all)
    func whatTheHeadSaysOfLimitsIsKept(row: ContractRow) async throws {
      let sample = LimitSample.of(row.provider.limitHeaders)
      let fake = try row.fake(row.shape.stream, headers: sample.headers)
      let seen = Mutex<RateLimits?>(nil)
      let model = try row.model(fake)
      let events = model.stream(Request("Hi")) { head in
        seen.withLock { $0 = $0 ?? row.provider.rateLimits(in: head) }
      }
      _ = try await Response(of: events, model: "m-1")
      let limits = try #require(seen.withLock { $0 })
      #expect(limits.windows.map(\.kind) == sample.windows.map(\.kind))
      #expect(limits.windows.map(\.span) == sample.windows.map(\.span))
      #expect(limits.windows.map(\.limit) == sample.windows.map(\.limit))
      #expect(limits.windows.map(\.remaining) == sample.windows.map(\.remaining))
    }

    @Test(arguments: ContractRow.all)
    func noKeyIsInAnyError(row: ContractRow) async throws {
      let fake = try FakeProvider(
        .respond(401, body: #"{"error":{"message":"bad key \#(row.key)"},"message":"\#(row.key)"}"#)
      )
      let model = try row.model(fake)
      let error = try await #require(throws: ApusError.self) { try await model.respond(to: "Hi") }
      #expect(!"\(error) \(String(reflecting: error))".contains(row.key))
    }

    // features G1
    @Test(arguments: ContractRow.all)
    func goodKeysAreToldFromBadOnes(row: ContractRow) {
      let provider = row.provider
      #expect(provider.problem(with: APIKey(row.key)) == nil)
      #expect(provider.problem(with: "") == .empty)
      #expect(provider.problem(with: "two words of text which are no key") == .blanks)
      guard provider.keyPattern != nil else { return }
      if let prefix = provider.keyPrefix {
        #expect(
          provider.problem(with: "zz-0123456789abcdefghijklmnopqrstuvwxyz")
            == .prefix(provider.keyPattern?.prefixes ?? []))
        #expect(provider.problem(with: APIKey(prefix + "1")) != nil)
      } else {
        #expect(provider.problem(with: "short") != nil)
      }
      #expect(provider.problem(with: APIKey(row.key + "ä")) != nil)
      #expect(provider.problem(with: APIKey(row.key + "/€")) != nil)
    }

    @Test func everyRowHasItsContract() {
      #expect(ContractRow.all.count >= 40)
      #expect(ContractRow.all.allSatisfy { $0.path.hasPrefix("/") })
      for format in WireFormat.allCases {
        #expect(ContractRow.all.contains { $0.provider.format == format })
      }
      #expect(ContractRow.all.allSatisfy { !$0.shape.sources.isEmpty })
    }
  }
#endif
