#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a file beside its place and moves it there at the end, so that the path holds the old
/// file or the whole new one. Dropped before `finish`, it leaves nothing behind.
final class FileWriter {
  private let path: String
  private let temporaryPath: String
  private var descriptor: Int32

  init(_ path: String) throws(FileError) {
    self.path = path
    temporaryPath = "\(path).\(getpid()).partial"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure() }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporaryPath)
  }

  func write(_ bytes: FileBytes) throws(FileError) {
    defer { withExtendedLifetime(bytes) {} }
    var rest = bytes.buffer
    while let base = rest.baseAddress, !rest.isEmpty {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, base, rest.count)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, base, rest.count)
      #else
        let count = Darwin.write(descriptor, base, rest.count)
      #endif
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  func write(_ bytes: [UInt8]) throws(FileError) {
    try write(FileBytes(copying: bytes))
  }

  func finish() throws(FileError) {
    guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else { throw failure() }
    close(descriptor)
    descriptor = -1
  }

  private func failure() -> FileError {
    FileError(
      .unwritable, path: path, field: "", offset: nil,
      "cannot be written: \(String(cString: strerror(errno)))")
  }
}
