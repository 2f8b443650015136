#if Remote
  import CCurl
  import Synchronization

  /// One exchange under way. Its curl side is touched by the client's thread alone.
  final class Transfer: @unchecked Sendable {
    let request: HTTPRequest
    private let continuation: AsyncThrowingStream<HTTPPart, any Error>.Continuation

    // The client's thread only.
    var easy: UnsafeMutableRawPointer?
    var headerList: UnsafeMutablePointer<curl_slist>?
    var names: UnsafeMutablePointer<curl_slist>?
    private var head = HTTPHead(status: 0, headers: [])
    private var sentHead = false
    private var received = 0
    private var started = ContinuousClock.now
    private var lastByte: ContinuousClock.Instant?
    private(set) var failure: HTTPFailure?
    /// What curl says of an error beyond its number.
    let words = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    /// As curl reads them out of the address.
    var scheme = ""
    var host = ""
    /// The policy's last word against an address that was about to be connected to.
    private(set) var refusal: AddressRefusal?
    /// Set where the consumer has all that it wants: until then the end of the body may come.
    private var drainsUntil: ContinuousClock.Instant?
    private static let drainTime = Duration.seconds(1)

    /// Bytes that the consumer has not taken yet, and whether the exchange rests because of them.
    private let pending = Mutex((bytes: 0, paused: false))
    private static let pauseAbove = 1 << 20

    init(
      _ request: HTTPRequest, _ continuation: AsyncThrowingStream<HTTPPart, any Error>.Continuation
    ) {
      self.request = request
      self.continuation = continuation
      words.initialize(repeating: 0)
    }

    deinit { words.deallocate() }

    /// ``words`` without what a terminal would obey.
    var curlsWords: String {
      let bytes = words.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
      return String(decoding: bytes, as: UTF8.self).filter { $0 >= " " }
    }

    private var policy: AddressPolicy {
      request.policy ?? .standard(for: Address(request.url))
    }

    /// - Returns: Whether the exchange may begin, as far as the text of its address tells.
    func mayBegin() -> Bool {
      refusal = policy.refusal(scheme: scheme, host: host)
      return refusal == nil
    }

    /// - Returns: Whether a connection to an address may be made, or used.
    func mayConnect(to address: IPAddress) -> Bool {
      guard let refused = policy.refusal(of: address, scheme: scheme, host: host) else {
        return true
      }
      refusal = refused
      return false
    }

    func begin() { started = .now }

    /// One line of the head.
    func receive(header line: String) {
      if line.hasPrefix("HTTP/") {
        let status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        head = HTTPHead(status: status ?? 0, headers: [])
      } else if let colon = line.firstIndex(of: ":"), head.headers.count < 200 {
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        head.headers.append((line[..<colon].lowercased(), String(value)))
      }
    }

    var isDraining: Bool { drainsUntil != nil }

    func drain() {
      if drainsUntil == nil { drainsUntil = .now + Self.drainTime }
    }

    /// The consumer has made room.
    func resume() { if lastByte != nil { lastByte = .now } }

    enum Reception { case taken, paused, refused }

    /// A piece of the body.
    func receive(body bytes: UnsafeRawBufferPointer) -> Reception {
      if isDraining { return .taken }
      let isPaused = pending.withLock { pending in
        if pending.bytes > Self.pauseAbove { pending.paused = true }
        return pending.paused
      }
      if isPaused { return .paused }
      received += bytes.count
      guard received <= request.bodyLimit else {
        failure = HTTPFailure(.tooLarge, "the response is longer than \(request.bodyLimit) bytes")
        return .refused
      }
      sendHead()
      lastByte = .now
      pending.withLock { $0.bytes += bytes.count }
      continuation.yield(.body(Array(bytes)))
      return .taken
    }

    /// - Returns: Whether the exchange rested and may go on.
    func consumed(_ count: Int) -> Bool {
      pending.withLock { pending in
        pending.bytes -= count
        guard pending.paused, pending.bytes <= Self.pauseAbove / 2 else { return false }
        pending.paused = false
        return true
      }
    }

    func sendHead() {
      guard !sentHead else { return }
      sentHead = true
      continuation.yield(.head(head))
    }

    func finish(_ failure: HTTPFailure?) {
      if var failure = self.failure ?? failure {
        // Where there was no other address to go to, the refusal is why nothing came of it.
        if let refusal, failure.reason == .connection {
          failure = HTTPFailure(.refused(refusal), refusal.description)
        }
        continuation.finish(throwing: failure)
      } else {
        sendHead()
        continuation.finish()
      }
    }

    /// When a limit on the first byte or on silence is next due.
    var nextTimeout: ContinuousClock.Instant? {
      if let drainsUntil { return drainsUntil }
      // Silence that the consumer causes is no fault of the upstream's.
      if pending.withLock({ $0.paused }) { return nil }
      if let lastByte { return request.timeouts.idle.map { lastByte + $0 } }
      return (request.timeouts.firstByte ?? request.timeouts.idle).map { started + $0 }
    }

    func timedOut(at now: ContinuousClock.Instant) -> HTTPFailure? {
      guard let limit = nextTimeout, now >= limit else { return nil }
      return HTTPFailure(
        .timeout, lastByte == nil ? "no answer in time" : "the answer fell silent")
    }
  }
#endif
