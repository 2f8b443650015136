import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An upstream on loopback that behaves as a test tells it to: real TCP, real HTTP/1.1.
public final class FakeProvider: Sendable {
  /// What is done with one request.
  public enum Behaviour: Sendable {
    /// A streamed answer, the pieces `gap` apart.
    case stream([String], gap: Duration = .zero, finish: Bool = true)
    /// A status, headers and a body.
    case respond(Int, headers: [String: String] = [:], body: String)
    /// Raw bytes, then the connection is closed.
    case raw([UInt8])
    /// Raw bytes in parts, `gap` apart, then the connection is closed.
    case parts([[UInt8]], gap: Duration)
    /// A streamed answer in HTTP's chunks, after which the connection serves the next request.
    case streamAndStay([String])
    /// Reads the request and says nothing.
    case silence
    /// The head of a stream, the pieces, then silence.
    case stall(after: [String])
    /// Closes at once with a reset.
    case reset
    /// One thing after another; at the end the connection is closed.
    case steps([Step])
  }

  /// What is done with a connection.
  public enum Step: Sendable {
    case send([UInt8])
    case pause(Duration)
    /// Says nothing more.
    case silence
    /// Closes with a reset.
    case reset

    public static func send(_ text: String) -> Step { .send(Array(text.utf8)) }
  }

  public struct Received: Sendable {
    public var head: String
    public var body: String
  }

  public let port: Int
  private let listener: Int32
  private let behaviour: @Sendable (Int, Received) -> Behaviour
  private struct State {
    var received: [Received] = []
    var hangUps = 0
    var connections = 0
  }
  private let state = Mutex(State())

  /// - Parameter behaviour: By the request's number, from 0.
  public init(_ behaviour: @escaping @Sendable (Int, Received) -> Behaviour) throws {
    self.behaviour = behaviour
    let loopback = try Loopback(backlog: 64)
    let descriptor = loopback.socket
    (listener, port) = (descriptor, loopback.port)
    Thread.detachNewThread { [weak self, descriptor] in
      while true {
        let connection = accept(descriptor, nil, nil)
        guard connection >= 0, let self else {
          // The thread that accepts is the one that closes: the number may be another's at once.
          if connection >= 0 { close(connection) }
          close(descriptor)
          return
        }
        // A thread each: Dispatch has few of them, and blocked ones would starve the code under test.
        Thread.detachNewThread { self.serve(connection) }
      }
    }
  }

  public convenience init(_ behaviour: Behaviour) throws {
    try self.init { _, _ in behaviour }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
  }

  public var url: String { "http://127.0.0.1:\(port)/v1" }
  public var requests: [Received] { state.withLock { $0.received } }
  /// How many clients hung up before they had the whole answer.
  public var hangUps: Int { state.withLock { $0.hangUps } }

  /// How many connections were made.
  public var connections: Int { state.withLock { $0.connections } }

  /// A port of this machine on which nobody listens.
  public static func closedPort() throws -> Int {
    let provider = try FakeProvider(.silence)
    return provider.port
  }

  /// A port that never answers, not even with a refusal: its queue of connections is full.
  public static func blackHole() throws -> BlackHole { try BlackHole() }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    state.withLock { $0.connections += 1 }
    while let request = receive(connection) {
      guard serve(request, on: connection) else { return }
    }
  }

  /// - Returns: Whether the connection serves the next request.
  private func serve(_ request: Received, on connection: Int32) -> Bool {
    let number = state.withLock { state in
      state.received.append(request)
      return state.received.count - 1
    }
    let streamHead =
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    switch behaviour(number, request) {
    case .stream(let pieces, let gap, let finish):
      guard send(connection, streamHead) else { return hungUp() }
      for piece in pieces {
        guard send(connection, Self.chunk(piece)) else { return hungUp() }
        guard pause(connection, gap) else { return hungUp() }
      }
      if finish { _ = send(connection, Self.ending) }
    case .streamAndStay(let pieces):
      var text = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
      text += "Transfer-Encoding: chunked\r\n\r\n"
      for part in pieces.map(Self.chunk) + [Self.ending, ""] {
        text += String(part.utf8.count, radix: 16) + "\r\n" + part + "\r\n"
      }
      return send(connection, text)
    case .respond(let status, let headers, let body):
      var head =
        "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\nConnection: close\r\n"
      if headers["Content-Type"] == nil { head += "Content-Type: application/json\r\n" }
      for (name, value) in headers { head += "\(name): \(value)\r\n" }
      _ = send(connection, head + "\r\n" + body)
    case .raw(let bytes): _ = send(connection, bytes)
    case .parts(let parts, let gap):
      for part in parts {
        guard send(connection, part), pause(connection, gap) else { return hungUp() }
      }
    case .silence:
      if !pause(connection, .seconds(60)) { return hungUp() }
    case .stall(let pieces):
      guard send(connection, streamHead) else { return hungUp() }
      for piece in pieces { _ = send(connection, Self.chunk(piece)) }
      if !pause(connection, .seconds(60)) { return hungUp() }
    case .reset: reset(connection)
    case .steps(let steps):
      for step in steps {
        switch step {
        case .send(let bytes): guard send(connection, bytes) else { return hungUp() }
        case .pause(let time): guard pause(connection, time) else { return hungUp() }
        case .silence: if !pause(connection, .seconds(60)) { return hungUp() }
        case .reset: reset(connection)
        }
      }
    }
    return false
  }

  /// Makes the closing of the connection a reset.
  private func reset(_ connection: Int32) {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
  }

  private func hungUp() -> Bool {
    state.withLock { $0.hangUps += 1 }
    return false
  }

  /// `data:` of one piece of a chat completion.
  public static func chunk(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n")
    return "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(escaped)\"}}]}\n\n"
  }

  public static let ending =
    "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
    + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n"
    + "data: [DONE]\n\n"

  // MARK: Sockets

  private func receive(_ connection: Int32) -> Received? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      bytes += buffer[..<count]
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.firstRange(of: "\r\n\r\n") else { continue }
      let head = String(text[..<end.lowerBound])
      let body = text[end.upperBound...]
      let length =
        head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
        .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
      if body.utf8.count >= length { return Received(head: head, body: String(body)) }
    }
  }

  private func send(_ connection: Int32, _ text: String) -> Bool {
    send(connection, Array(text.utf8))
  }

  private func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
    Self.send(connection, bytes)
  }

  static func send(_ connection: Int32, _ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer -> Int in
        #if canImport(Darwin)
          Darwin.send(connection, buffer.baseAddress! + sent, bytes.count - sent, 0)
        #else
          systemSend(connection, buffer.baseAddress! + sent, bytes.count - sent)
        #endif
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  #if !canImport(Darwin)
    private static func systemSend(
      _ connection: Int32, _ bytes: UnsafeRawPointer, _ count: Int
    ) -> Int {
      #if canImport(Glibc)
        Glibc.send(connection, bytes, count, Int32(MSG_NOSIGNAL))
      #else
        Musl.send(connection, bytes, count, MSG_NOSIGNAL)
      #endif
    }
  #endif

  /// - Returns: false when the client hung up meanwhile.
  private func pause(_ connection: Int32, _ time: Duration) -> Bool {
    let until = ContinuousClock.now + time
    while ContinuousClock.now < until {
      var descriptor = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
      if poll(&descriptor, 1, 5) > 0 {
        var byte: UInt8 = 0
        if recv(connection, &byte, 1, Int32(MSG_PEEK)) <= 0 { return false }
      }
    }
    return true
  }
}
