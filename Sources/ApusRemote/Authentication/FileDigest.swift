import ApusCore

#if Remote
  import Crypto
  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Darwin)
    import Darwin
  #endif
#endif

/// Digests of files that may be larger than memory.
package enum FileDigest {
  /// Reads the whole file; seconds for a large one.
  /// - Returns: `nil` where it cannot be read, or has another size than it is said to have.
  package static func sha256(ofFile path: String, size: Int64) -> [UInt8]? {
    #if Remote
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return nil }
      defer { close(descriptor) }
      var hash = SHA256()
      var buffer = [UInt8](repeating: 0, count: 1 << 20)
      var left = size
      while true {
        let count = read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { continue }
        guard count >= 0, left >= count else { return nil }
        if count == 0 { break }
        left -= Int64(count)
        buffer.withUnsafeBytes { hash.update(bufferPointer: .init(rebasing: $0[..<count])) }
      }
      return left == 0 ? Array(hash.finalize()) : nil
    #else
      return nil
    #endif
  }
}
