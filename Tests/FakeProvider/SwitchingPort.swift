import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A port whose first connections lead to one server, and all after them to another fate.
public final class SwitchingPort: Sendable {
  public enum Fate: Sendable {
    /// Another server on loopback.
    case port(Int)
    /// Nobody listens any more.
    case refusal
    /// Connections are neither taken nor refused.
    case blackHole
  }

  public let port: Int
  private let listener: Loopback
  private let state = Mutex((accepted: 0, fillers: [Int32](), isClosed: false))

  /// How many connections were taken.
  public var connections: Int { state.withLock { $0.accepted } }

  public init(to first: Int, connections count: Int, then fate: Fate) throws {
    listener = try Loopback(backlog: 0)
    port = listener.port
    if count == 0, !goesOn(to: fate) { return }
    Thread.detachNewThread { [weak self, socket = listener.socket] in
      while true {
        let connection = accept(socket, nil, nil)
        guard connection >= 0, let self else {
          if connection >= 0 { close(connection) }
          close(socket)
          return
        }
        let number = self.state.withLock { state in
          state.accepted += 1
          return state.accepted
        }
        // Before the client has its answer: its next connection must find the port changed.
        let goesOn = number != count || self.goesOn(to: fate)
        if number > count, case .port(let second) = fate {
          Self.join(connection, second)
        } else {
          Self.join(connection, first)
        }
        if !goesOn { return }
      }
    }
  }

  deinit {
    state.withLock { state in
      for socket in state.fillers { close(socket) }
      if !state.isClosed { shutdown(listener.socket, Int32(SHUT_RDWR)) }
    }
  }

  /// - Returns: Whether connections are still to be taken.
  private func goesOn(to fate: Fate) -> Bool {
    switch fate {
    case .port: return true
    case .refusal:
      close(listener.socket)
      state.withLock { $0.isClosed = true }
    case .blackHole:
      // More than the queue holds, and nobody accepts them.
      let sockets = (0..<4).map { _ in listener.connectingClient() }
      state.withLock { state in
        state.fillers = sockets + [listener.socket]
        state.isClosed = true
      }
    }
    return false
  }

  /// Passes bytes on in both directions until both sides have ended.
  private static func join(_ client: Int32, _ port: Int) {
    guard let server = Loopback.connection(to: port) else {
      close(client)
      return
    }
    let sides = OpenSides()
    for (from, to) in [(client, server), (server, client)] {
      Thread.detachNewThread {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
          let count = recv(from, &buffer, buffer.count, 0)
          guard count > 0, FakeProvider.send(to, Array(buffer[..<count])) else { break }
        }
        shutdown(to, Int32(SHUT_WR))
        if sides.endOne() {
          close(client)
          close(server)
        }
      }
    }
  }

  private final class OpenSides: Sendable {
    private let left = Mutex(2)

    /// - Returns: Whether it was the last.
    func endOne() -> Bool {
      left.withLock { left in
        left -= 1
        return left == 0
      }
    }
  }
}
