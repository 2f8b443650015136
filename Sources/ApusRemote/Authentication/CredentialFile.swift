import ApusCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads the file that `GOOGLE_APPLICATION_CREDENTIALS` names.
enum CredentialFile {
  private static let limit = 1 << 16

  static func text(at path: String) throws(ApusError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ApusError(.configuration, "\(path): the credentials cannot be read")
    }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      guard count > 0 else {
        throw ApusError(.configuration, "\(path): the credentials cannot be read")
      }
      bytes += buffer[..<count]
      guard bytes.count <= limit else {
        throw ApusError(.configuration, "\(path): too long for credentials")
      }
    }
  }
}
