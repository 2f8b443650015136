#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A port of this machine on which connections are neither taken nor refused.
public final class BlackHole: Sendable {
  public let port: Int
  private let sockets: [Int32]

  init() throws {
    let listener = try Loopback(backlog: 0)
    port = listener.port
    // More clients than the queue holds; nobody accepts them.
    sockets = [listener.socket] + (0..<4).map { _ in listener.connectingClient() }
  }

  deinit { for socket in sockets { close(socket) } }

  public var url: String { "http://127.0.0.1:\(port)/v1" }
}
