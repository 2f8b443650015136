import Synchronization

#if Remote
  import CCurl
  import Dispatch

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #else
    import Darwin
  #endif

  /// Exchanges with upstreams over libcurl: one multi handle on one thread, pooled
  /// connections, HTTP/2 where the upstream speaks it, bodies as they arrive. Redirects are not
  /// followed: a key goes to the host that the operator named and to no other. An address that
  /// `AddressPolicy` refuses is not connected to.
  public final class HTTPClient: Sendable {
    /// The client of all who do not bring their own; its settings are those of the process.
    public static let shared = HTTPClient(.ofTheProcess)

    private struct Queue {
      var starting: [Transfer] = []
      var cancelling: [Transfer] = []
      var resuming: [Transfer] = []
      var draining: [Transfer] = []
      var isRunning = false
    }
    private let queue = Mutex(Queue())
    private let multi: CurlMulti

    private static let library: Void = { curl_global_init(Int(CURL_GLOBAL_SSL)) }()

    /// A client with a thread and connections of its own.
    public init(_ settings: HTTPSettings = HTTPSettings()) {
      Self.library
      multi = CurlMulti(settings)
    }

    /// The response, piece by piece. Leaving the stream closes the connection.
    /// - Throws: `HTTPFailure` out of the stream.
    public func send(_ request: HTTPRequest) -> HTTPStream {
      let (parts, continuation) = AsyncThrowingStream<HTTPPart, any Error>.makeStream()
      let transfer = Transfer(request, continuation)
      continuation.onTermination = { [weak self] reason in
        if case .cancelled = reason { self?.enqueue { $0.cancelling.append(transfer) } }
      }
      enqueue { $0.starting.append(transfer) }
      return HTTPStream(
        parts: parts,
        onConsumed: { [weak self] count in
          if transfer.consumed(count) { self?.enqueue { $0.resuming.append(transfer) } }
        },
        onComplete: { [weak self] in self?.enqueue { $0.draining.append(transfer) } })
    }

    private func enqueue(_ change: (inout Queue) -> Void) {
      let starts = queue.withLock { queue in
        change(&queue)
        defer { queue.isRunning = true }
        return !queue.isRunning
      }
      if starts {
        DispatchQueue(label: "apus.http").async { self.run() }
      } else {
        multi.wakeUp()
      }
    }

    /// A connection that the peer has closed is an error of one exchange, not the process's end.
    private static func ignoreBrokenPipes() {
      var signals = sigset_t()
      sigemptyset(&signals)
      sigaddset(&signals, SIGPIPE)
      pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    /// Works until nothing is under way. On the client's own thread.
    private func run() {
      Self.ignoreBrokenPipes()
      var active: [UnsafeMutableRawPointer: Transfer] = [:]
      while true {
        let work = queue.withLock { queue in
          defer { queue = Queue(isRunning: true) }
          return queue
        }
        for transfer in work.starting {
          if let easy = multi.start(transfer) { active[easy] = transfer }
        }
        for transfer in work.draining { transfer.drain() }
        for transfer in work.cancelling where !transfer.isDraining {
          if let easy = transfer.easy, active.removeValue(forKey: easy) != nil {
            multi.end(transfer, failure: nil)
          }
        }
        for transfer in work.resuming where transfer.easy != nil { multi.resume(transfer) }

        multi.perform()
        while let (easy, result) = multi.nextFinished() {
          if let transfer = active.removeValue(forKey: easy) {
            multi.end(transfer, failure: multi.failure(result, transfer), finishes: true)
          }
        }
        let now = ContinuousClock.now
        for (easy, transfer) in active {
          if let failure = transfer.timedOut(at: now) {
            active[easy] = nil
            multi.end(transfer, failure: failure, finishes: true)
          }
        }
        if active.isEmpty {
          let stops = queue.withLock { queue in
            // What is cancelled or resumed now is not under way any more.
            guard queue.starting.isEmpty else { return false }
            queue = Queue()
            return true
          }
          if stops { return }
        } else {
          multi.wait(until: active.values.compactMap(\.nextTimeout).min())
        }
      }
    }
  }
#else
  /// Without the trait `Remote` there is no HTTP: every exchange fails and says why.
  public final class HTTPClient: Sendable {
    public static let shared = HTTPClient()

    public init(_ settings: HTTPSettings = HTTPSettings()) {}

    public func send(_ request: HTTPRequest) -> HTTPStream {
      let parts = AsyncThrowingStream<HTTPPart, any Error> {
        $0.finish(
          throwing: HTTPFailure(.unavailable, "this build has no remote tiers (trait Remote)"))
      }
      return HTTPStream(parts: parts, onConsumed: { _ in }, onComplete: {})
    }
  }
#endif

/// The parts of one response. Single consumer.
public struct HTTPStream: AsyncSequence, Sendable {
  public typealias Element = HTTPPart
  let parts: AsyncThrowingStream<HTTPPart, any Error>
  /// Told how many bytes of the body were taken, so that more may come.
  let onConsumed: @Sendable (Int) -> Void
  let onComplete: @Sendable () -> Void

  /// Says that nothing more is wanted of the body although its end has not come. The connection
  /// can then serve the next exchange, where the end comes soon.
  public func complete() { onComplete() }

  public struct AsyncIterator: AsyncIteratorProtocol {
    var base: AsyncThrowingStream<HTTPPart, any Error>.AsyncIterator
    let onConsumed: @Sendable (Int) -> Void

    public mutating func next() async throws -> HTTPPart? {
      let part = try await base.next()
      if case .body(let bytes)? = part { onConsumed(bytes.count) }
      return part
    }
  }

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(base: parts.makeAsyncIterator(), onConsumed: onConsumed)
  }
}
