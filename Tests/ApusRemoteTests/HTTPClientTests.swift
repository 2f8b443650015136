#if Remote
  import ApusCore
  import ApusRemote
  import FakeProvider
  import Testing

  @Suite struct HTTPClientTests {
    // features D30
    @Test func oneConnectionServesOneAnswerAfterTheOther() async throws {
      let provider = try FakeProvider(.streamAndStay(["Hel", "lo"]))
      let model = try RemoteModel(url: provider.url, model: "m")
      for _ in 0..<5 {
        #expect(try await model.respond(to: "Hi").text == "Hello")
        // The connection is free as soon as its last bytes are read.
        try await Task.sleep(for: .milliseconds(20))
      }
      #expect(provider.requests.count == 5)
      #expect(provider.connections == 1)
    }

    // features E12
    @Test func aSlowReaderIsNoSilenceOfTheUpstream() async throws {
      let body = [UInt8](repeating: UInt8(ascii: "x"), count: 12 << 20)
      let provider = try FakeProvider(
        .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n".utf8) + body))
      let request = HTTPRequest(
        url: provider.url, body: [], timeouts: HTTPTimeouts(idle: .seconds(4)))
      var count = 0
      for try await part in HTTPClient.shared.send(request) {
        switch part {
        case .head(let head):
          #expect(head.status == 200)
          try await Task.sleep(for: .seconds(6))
        case .body(let bytes): count += bytes.count
        }
      }
      #expect(count == body.count)
    }

    @Test func aBodyBeyondItsLimitIsRefused() async throws {
      let provider = try FakeProvider(.respond(200, body: String(repeating: "x", count: 100_000)))
      let request = HTTPRequest(url: provider.url, bodyLimit: 50_000)
      let failure = try await #require(throws: HTTPFailure.self) {
        for try await _ in HTTPClient.shared.send(request) {}
      }
      #expect(failure.reason == .tooLarge)
    }

    /// 100 MB of one letter in some 650 KB: a literal, then copies of 258 bytes from one byte back.
    private func bomb() -> [UInt8] {
      var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
      var bits: UInt64 = 0
      var count = 0
      func put(_ value: UInt64, _ width: Int) {
        bits |= value << UInt64(count)
        count += width
        while count >= 8 {
          bytes.append(UInt8(truncatingIfNeeded: bits))
          bits >>= 8
          count -= 8
        }
      }
      put(0b011, 3)  // The last block, with the fixed codes.
      put(0b0001_0101, 8)  // "x", whose code 0xA8 goes out from its highest bit.
      for _ in 0..<400_000 {
        put(0b1010_0011, 8)  // Length 258: code 0xC5.
        put(0, 5)  // Distance 1.
      }
      put(0, 7)
      put(0, 7)
      return bytes
    }

    @Test(arguments: ["application/json", "text/event-stream"])
    func aDecompressionBombIsRefused(type: String) async throws {
      let head =
        "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Encoding: gzip\r\n"
        + "Connection: close\r\n\r\n"
      let provider = try FakeProvider(.raw(Array(head.utf8) + bomb()))
      let error = try await #require(throws: ApusError.self) {
        try await RemoteModel(url: provider.url, model: "m").respond(to: "Hi")
      }
      #expect(error.code == .badResponse)
      #expect(error.message.contains("long"))
    }

    @Test func manyAtOnce() async throws {
      let provider = try FakeProvider(.stream(["a", "b"], gap: .milliseconds(5)))
      let model = try RemoteModel(url: provider.url, model: "m")
      try await withThrowingTaskGroup(of: String.self) { group in
        for _ in 0..<50 { group.addTask { try await model.respond(to: "Hi").text } }
        for try await text in group { #expect(text == "ab") }
      }
      #expect(provider.requests.count == 50)
    }

    @Test func droppingTheStreamClosesTheConnection() async throws {
      let provider = try FakeProvider(.stall(after: ["a"]))
      let model = try RemoteModel(url: provider.url, model: "m")
      for try await event in model.stream("Hi") where event.text == "a" { break }
      for _ in 0..<400 where provider.hangUps == 0 { try await Task.sleep(for: .milliseconds(5)) }
      #expect(provider.hangUps == 1)
    }

    @Test func theKeyIsInNoDescription() throws {
      let model = try RemoteModel(url: "http://127.0.0.1/v1", model: "m", key: "gsk_abcdefgh")
      var dumped = ""
      dump(model, to: &dumped)
      #expect(!dumped.contains("gsk_abcdefgh"))
      #expect(!"\(model)".contains("gsk_abcdefgh"))
    }

    @Test func aPasswordInTheAddressIsRefused() {
      #expect(throws: ApusError.self) {
        try RemoteModel(url: "https://user:password@example.org/v1", model: "m")
      }
    }

    @Test func noEscapeSequenceReachesTheTerminal() async throws {
      let provider = try FakeProvider(
        .respond(500, body: #"{"error":{"message":"\u001b[2Jgone\nfar\u0007"}}"#))
      let error = try await #require(throws: ApusError.self) {
        try await RemoteModel(url: provider.url, model: "m").respond(to: "Hi")
      }
      #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 })
      #expect(error.message.contains("gone far"))
    }
  }
#endif
