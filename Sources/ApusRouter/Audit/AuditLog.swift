public import ApusCore
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where a router writes down what matters to its safety: a file of JSON lines that is only ever
/// added to. It holds neither keys nor texts. A line that cannot be written is reported once and
/// fails no request. Rotation is the user's: a file that was moved away is begun anew.
public final class AuditLog: Sendable {
  private struct State {
    var descriptor: Int32
    var hasFailed = false
  }
  private let path: String
  private let state: Mutex<State>

  /// - Throws: `ApusError.configuration` where the file cannot be opened.
  public init(path: String) throws(ApusError) {
    let descriptor = Self.open(path)
    guard descriptor >= 0 else {
      throw ApusError(
        .configuration,
        "the audit log \(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
    self.path = path
    state = Mutex(State(descriptor: descriptor))
  }

  deinit { close(state.withLock { $0.descriptor }) }

  /// For its owner alone.
  private static func open(_ path: String) -> Int32 {
    #if canImport(Glibc)
      Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    #elseif canImport(Musl)
      Musl.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    #else
      Darwin.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    #endif
  }

  /// - Parameter complain: Told why a line could not be written, the first time in a row.
  func write(_ event: AuditEvent, complain: RouterLog) {
    let bytes = Array(event.line.utf8)
    let complaint = state.withLock { state -> String? in
      reopen(&state)
      // One call for one line: lines of several processes do not mix.
      let count = bytes.withUnsafeBytes { systemWrite(state.descriptor, $0) }
      if count == bytes.count {
        state.hasFailed = false
        return nil
      }
      let reason = count < 0 ? String(cString: strerror(errno)) : "the disk is full"
      defer { state.hasFailed = true }
      return state.hasFailed ? nil : reason
    }
    if let complaint {
      complain(LogEntry(.error, "! The audit log \(path) could not be written: \(complaint)"))
    }
  }

  /// Begins a new file where the old one was moved away.
  private func reopen(_ state: inout State) {
    var (here, there) = (stat(), stat())
    let isSame =
      fstat(state.descriptor, &here) == 0 && stat(path, &there) == 0
      && here.st_ino == there.st_ino && here.st_dev == there.st_dev
    if isSame { return }
    let descriptor = Self.open(path)
    guard descriptor >= 0 else { return }
    close(state.descriptor)
    state.descriptor = descriptor
  }

  private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, bytes.baseAddress, bytes.count)
    #elseif canImport(Musl)
      Musl.write(descriptor, bytes.baseAddress, bytes.count)
    #else
      Darwin.write(descriptor, bytes.baseAddress, bytes.count)
    #endif
  }
}
