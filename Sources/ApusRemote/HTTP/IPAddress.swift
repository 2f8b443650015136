#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An address of the Internet Protocol.
public struct IPAddress: Sendable, Hashable, CustomStringConvertible {
  /// In network order: 4 bytes, or 16.
  public let bytes: [UInt8]

  /// - Returns: `nil` where there are neither 4 nor 16 bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Reads `192.0.2.1`, `2001:db8::1`, and the latter in brackets or with a zone behind it.
  public init?(_ text: String) {
    var text = text[...]
    if text.first == "[", text.last == "]" { text = text.dropFirst().dropLast() }
    text = text.prefix { $0 != "%" }
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, String(text), &bytes) == 1 {
        self.bytes = bytes
        return
      }
    }
    return nil
  }

  public var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Who can be reached at an address (the registries of RFC 6890).
  public enum Kind: Sendable, Hashable {
    /// Anybody's.
    case world
    /// This machine.
    case loopback
    /// A network of the operator's own, or of his provider (shared address space).
    case privateNetwork
    /// The wire itself; at these addresses clouds hand out credentials.
    case linkLocal
    /// Nobody to talk to: unspecified, multicast, broadcast, reserved.
    case unusable
  }

  public var kind: Kind {
    if let inner = embedded { return inner.kind }
    return bytes.count == 4 ? Self.kind(v4: bytes) : Self.kind(v6: bytes)
  }

  private static func kind(v4 bytes: [UInt8]) -> Kind {
    switch (bytes[0], bytes[1], bytes[2]) {
    // Alibaba Cloud's metadata are in the shared address space.
    case (100, 100, 100) where bytes[3] == 200: .linkLocal
    case (127, _, _): .loopback
    case (10, _, _), (172, 16...31, _), (192, 168, _), (100, 64...127, _), (198, 18...19, _),
      (192, 0, 0):
      .privateNetwork
    case (169, 254, _): .linkLocal
    case (0, _, _), (224..., _, _): .unusable
    default: .world
    }
  }

  private static func kind(v6 bytes: [UInt8]) -> Kind {
    if bytes[..<15].allSatisfy({ $0 == 0 }) { return bytes[15] == 1 ? .loopback : .unusable }
    // Amazon's metadata: fd00:ec2::254.
    if bytes == [0xFD, 0, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0x54] { return .linkLocal }
    return switch (bytes[0], bytes[1]) {
    case (0xFC...0xFD, _), (0xFE, 0xC0...0xFF): .privateNetwork
    case (0xFE, 0x80...0xBF): .linkLocal
    // Globally routed is 2000::/3 alone; of it, 2001::/32 (Teredo) hides where it leads.
    case (0x20...0x3F, _): bytes[..<4] == [0x20, 0x01, 0, 0] ? .unusable : .world
    default: .unusable
    }
  }

  /// The address of version 4 that one of version 6 leads to: mapped (`::ffff:`), translated
  /// (`64:ff9b::`), or tunnelled (`2002:`).
  private var embedded: IPAddress? {
    guard bytes.count == 16 else { return nil }
    if bytes[..<10].allSatisfy({ $0 == 0 }) {
      if bytes[10] == 0xFF, bytes[11] == 0xFF { return IPAddress(Array(bytes[12...])) }
      // The obsolete compatible form, but for :: and ::1.
      if bytes[10] == 0, bytes[11] == 0, bytes[12...14] != [0, 0, 0] {
        return IPAddress(Array(bytes[12...]))
      }
    }
    if bytes[..<4] == [0, 0x64, 0xFF, 0x9B] { return IPAddress(Array(bytes[12...])) }
    if bytes[..<2] == [0x20, 0x02] { return IPAddress(Array(bytes[2..<6])) }
    return nil
  }

  /// Whether it is in a network such as `10.0.0.0/8`.
  func isIn(network text: String) -> Bool {
    let parts = text.split(separator: "/")
    guard let network = parts.first.flatMap({ IPAddress(String($0)) }),
      network.bytes.count == bytes.count
    else { return false }
    let width = parts.count == 2 ? Int(parts[1]) ?? -1 : bytes.count * 8
    guard (0...bytes.count * 8).contains(width) else { return false }
    return bytes.indices.allSatisfy { index in
      let bits = min(8, max(0, width - index * 8))
      let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
      return bytes[index] & mask == network.bytes[index] & mask
    }
  }
}
