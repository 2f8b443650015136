import Foundation

/// A provider on loopback that answers at once, or fails at once: HTTP/1.1, connections that stay.
final class Upstream: Sendable {
  let port: Int

  /// - Parameter answer: The whole response to every request.
  init(_ answer: String) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) == 0 && listen(listener, 256) == 0
          && getsockname(listener, $0, &length) == 0
      }
    }
    guard listener >= 0, isListening else { throw POSIXError(.EADDRNOTAVAIL) }
    port = Int(UInt16(bigEndian: address.sin_port))
    let bytes = Array(answer.utf8)
    Thread.detachNewThread {
      while true {
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        var on: Int32 = 1
        setsockopt(
          connection, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        Thread.detachNewThread { Self.serve(connection, bytes) }
      }
    }
  }

  var url: String { "http://127.0.0.1:\(port)/v1" }

  /// A response with this status and body.
  static func response(_ status: Int, _ body: String) -> String {
    "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
  }

  static let completion = response(
    200,
    #"{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"#
      + #""usage":{"prompt_tokens":3,"completion_tokens":1}}"#)

  private static func serve(_ connection: Int32, _ answer: [UInt8]) {
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var pending: [UInt8] = []
    defer { close(connection) }
    while true {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      pending += buffer[..<count]
      while let length = requestLength(pending), pending.count >= length {
        pending.removeFirst(length)
        guard send(connection, answer, answer.count, Int32(MSG_NOSIGNAL)) == answer.count else {
          return
        }
      }
    }
  }

  /// Head and body of the first request; `nil` while its head is not whole.
  private static func requestLength(_ bytes: [UInt8]) -> Int? {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.range(of: "\r\n\r\n") else { return nil }
    let head = text[..<end.lowerBound].lowercased()
    var length = 0
    if let field = head.range(of: "content-length: ") {
      length = Int(head[field.upperBound...].prefix { $0.isNumber }) ?? 0
    }
    return text[..<end.upperBound].utf8.count + length
  }
}
