#if Remote
  import FakeProvider

  /// What can happen to a request on its way to a provider and back.
  enum Fault: String, CaseIterable, Sendable {
    case refused, blackHole, noSuchHost, notTLS, expiredCertificate, wrongHost, selfSigned
    case reset, slowHeaders, stall, cut, shortBody
    case brokenJSON, page, errorInStream, emptyChoices
    case status401, status402, status403, status404
    case limitInSeconds, limitByDate, limitInMilliseconds, absurdLimit, bareLimit
    case storm500, storm502, storm503, storm529, flapping
    case redirect, gzipBomb, endlessLine

    /// When it happens.
    enum Moment: String, CaseIterable, Sendable {
      case beforeConnect = "before connect"
      case afterConnect = "after connect"
      case afterHeaders = "after headers"
      case beforeFirstToken = "before the first token"
      case afterFirstToken = "after the first token"
      case nearTheEnd = "near the end"
      case duringRetry = "during a retry"
      case duringProbe = "during a probe"

      /// Whether something of the answer has been shown by then.
      var isCommitted: Bool { self == .afterFirstToken || self == .nearTheEnd }
    }

    /// Where there is a connection, what the provider does with it; `nil` where the fault makes no
    /// sense at that moment.
    func behaviour(_ moment: Moment) -> FakeProvider.Behaviour? {
      guard let steps = steps(moment) else { return nil }
      return .steps(steps)
    }

    /// Whether the fault lies in the address: there is no provider to misbehave.
    var isOfTheAddress: Bool {
      [.refused, .blackHole, .noSuchHost].contains(self) || needsTLS
    }

    /// Whether a server behind TLS is needed to play it.
    var needsTLS: Bool { self == .notTLS || certificate != nil }

    private func steps(_ moment: Moment) -> [FakeProvider.Step]? {
      switch moment {
      case .beforeConnect: return nil
      case .afterConnect, .duringRetry, .duringProbe:
        return isOfTheAddress ? nil : fromTheStart
      case .afterHeaders: return insideStream.map { [.send(Self.streamHead)] + $0 }
      case .beforeFirstToken:
        return insideStream.map { [.send(Self.streamHead + Self.role + ": wait\n\n")] + $0 }
      case .afterFirstToken:
        return insideStream.map {
          [.send(Self.streamHead + Self.role + FakeProvider.chunk("one "))] + $0
        }
      case .nearTheEnd:
        let text = ["one ", "two ", "three"].map(FakeProvider.chunk).joined()
        return insideStream.map { [.send(Self.streamHead + Self.role + text)] + $0 }
      }
    }

    /// The whole of the provider's answer.
    private var fromTheStart: [FakeProvider.Step]? {
      switch self {
      case .refused, .blackHole, .noSuchHost, .notTLS, .expiredCertificate, .wrongHost,
        .selfSigned:
        nil
      case .reset: [.reset]
      case .slowHeaders: [.send("HTTP/1.1 200 OK\r\nContent-"), .silence]
      case .stall: [.silence]
      case .cut: []
      case .shortBody:
        [.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{")]
      case .brokenJSON: Self.response(200, #"{"choices":[{"message":{"content":"#)
      case .page: Self.response(200, "<html>Sign in</html>", ["Content-Type: text/html"])
      case .errorInStream: [.send(Self.streamHead)] + (insideStream ?? [])
      case .emptyChoices: Self.response(200, #"{"choices":[]}"#)
      case .status401: Self.error(401, "invalid api key")
      case .status402: Self.error(402, "insufficient credits")
      case .status403: Self.error(403, "forbidden")
      case .status404: Self.error(404, "no such model")
      case .limitInSeconds: Self.error(429, "slow down", ["Retry-After: 1"])
      case .limitByDate: Self.error(429, "slow", ["Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"])
      case .limitInMilliseconds: Self.error(429, "slow down", ["retry-after-ms: 700"])
      case .absurdLimit: Self.error(429, "slow down", ["Retry-After: 1e300"])
      case .bareLimit: Self.error(429, "slow down")
      case .storm500: Self.error(500, "broken")
      case .storm502: Self.response(502, "<html>Bad Gateway</html>", ["Content-Type: text/html"])
      case .storm503: Self.error(503, "loading", ["Retry-After: 1"])
      case .storm529: Self.error(529, "overloaded")
      case .flapping: Self.error(500, "flapping")
      case .redirect: Self.response(302, "", ["Location: http://169.254.169.254/latest/meta-data"])
      case .gzipBomb:
        Self.response(200, Self.bomb, ["Content-Type: application/json", "Content-Encoding: gzip"])
      case .endlessLine: [.send(Self.streamHead)] + Self.hundredMegabytes
      }
    }

    /// What may happen while a stream is under way.
    private var insideStream: [FakeProvider.Step]? {
      switch self {
      case .reset: [.reset]
      case .stall: [.silence]
      case .cut: []
      case .errorInStream:
        [.send("data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n")]
      case .brokenJSON: [.send("data: {\"choices\":[{\"delta\":{\"con\n\n")]
      case .page: [.send("<html>\n<body>Bad Gateway</body>\n</html>\n\n")]
      case .emptyChoices: [.send("data: {\"choices\":[]}\n\ndata: [DONE]\n\n")]
      case .endlessLine: Self.hundredMegabytes
      default: nil
      }
    }

    private static let streamHead =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    private static let role =
      "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n"

    private static var hundredMegabytes: [FakeProvider.Step] {
      let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
      return [.send("data: ")] + Array(repeating: .send(megabyte), count: 100)
    }

    private static func error(
      _ status: Int, _ message: String, _ headers: [String] = []
    ) -> [FakeProvider.Step] {
      response(
        status, "{\"error\":{\"message\":\"\(message)\"}}",
        headers + ["Content-Type: application/json"])
    }

    private static func response(
      _ status: Int, _ body: String, _ headers: [String] = []
    ) -> [FakeProvider.Step] {
      response(status, Array(body.utf8), headers)
    }

    private static func response(
      _ status: Int, _ body: [UInt8], _ headers: [String]
    ) -> [FakeProvider.Step] {
      let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(body.count)", "Connection: close"]
      return [.send((lines + headers).joined(separator: "\r\n") + "\r\n\r\n"), .send(body)]
    }

    /// 1 GiB of zeros as DEFLATE knows to write it: a literal, then copies of 258 bytes at distance
    /// 1, whose codes (fixed Huffman: length 11000101, distance 00000) are 13 bits each.
    static let bomb: [UInt8] = {
      var bits = BitWriter()
      bits.write([1, 1, 0])  // the last block, fixed codes
      bits.write([0, 0, 1, 1, 0, 0, 0, 0])  // literal 0
      let copy: [UInt8] = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]
      for _ in 0..<((1 << 30) / 258) { bits.write(copy) }
      bits.write([0, 0, 0, 0, 0, 0, 0])
      return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + bits.bytes
    }()

    private struct BitWriter {
      var bytes: [UInt8] = []
      private var count = 0

      mutating func write(_ bits: [UInt8]) {
        for bit in bits {
          if count & 7 == 0 { bytes.append(0) }
          bytes[bytes.count - 1] |= bit << UInt8(count & 7)
          count += 1
        }
      }
    }
  }
#endif
