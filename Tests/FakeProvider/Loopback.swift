#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A socket of 127.0.0.1 that listens on a port of the system's choice. Whoever makes it closes it.
struct Loopback {
  struct CannotListen: Error {}

  let socket: Int32
  let port: Int
  private var address = sockaddr_in()

  /// - Parameter backlog: Connections that may wait to be accepted.
  init(backlog: Int32) throws {
    let listener = Self.openSocket()
    guard listener >= 0 else { throw CannotListen() }
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, backlog) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard isListening else {
      close(listener)
      throw CannotListen()
    }
    socket = listener
    port = Int(UInt16(bigEndian: address.sin_port))
  }

  /// A client that has begun to connect to it, and does not wait.
  func connectingClient() -> Int32 {
    let client = Self.openSocket()
    _ = fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK)
    withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return client
  }

  /// A client that is connected to a port; `nil` where nobody listens there.
  static func connection(to port: Int) -> Int32? {
    let client = openSocket()
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    address.sin_port = in_port_t(port).bigEndian
    let isConnected = withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    if !isConnected { close(client) }
    return isConnected ? client : nil
  }

  private static func openSocket() -> Int32 {
    #if canImport(Darwin)
      Darwin.socket(AF_INET, SOCK_STREAM, 0)
    #elseif canImport(Musl)
      Musl.socket(AF_INET, SOCK_STREAM, 0)
    #else
      Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
  }
}
