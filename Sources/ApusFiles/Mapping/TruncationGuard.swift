import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Turns the SIGBUS that an access to a truncated file raises into zeros and a flag.
///
/// The handler is installed once per process, at the first mapping. It knows the mapped files from
/// a table that is allocated beforehand, touches nothing but that table's atomics and `mmap`, and
/// hands every address that is not ours to the handler that was there before.
enum TruncationGuard {
  /// Files that can be mapped at once.
  static let capacity = 4096
  static let pageSize = max(1, Int(sysconf(Int32(_SC_PAGESIZE))))

  struct Slot: ~Copyable {
    /// Address of the first byte; 0 for a free slot, 1 while one is being filled.
    let start = Atomic<UInt>(0)
    let end = Atomic<UInt>(0)
    let truncated = Atomic<Bool>(false)
  }

  nonisolated(unsafe) private static let slots: UnsafeMutablePointer<Slot> = {
    let slots = UnsafeMutablePointer<Slot>.allocate(capacity: capacity)
    for index in 0..<capacity { (slots + index).initialize(to: Slot()) }
    return slots
  }()

  nonisolated(unsafe) private static let previous: UnsafeMutablePointer<sigaction> = {
    let action = UnsafeMutablePointer<sigaction>.allocate(capacity: 1)
    action.initialize(to: sigaction())
    return action
  }()

  private static let isInstalled: Bool = {
    _ = slots
    _ = pageSize
    var action = sigaction()
    sigemptyset(&action.sa_mask)
    action.sa_flags = Int32(SA_SIGINFO) | Int32(SA_ONSTACK)
    let handler:
      @convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?)
        -> Void = { signal, info, context in
          TruncationGuard.handle(signal, info, context)
        }
    #if canImport(Darwin)
      action.__sigaction_u.__sa_sigaction = handler
    #elseif canImport(Musl)
      action.__sa_handler.sa_sigaction = handler
    #else
      action.__sigaction_handler.sa_sigaction = handler
    #endif
    return sigaction(SIGBUS, &action, previous) == 0
  }()

  /// - Returns: the file's slot, `nil` when all are taken.
  static func register(_ base: UnsafeRawPointer, count: Int) -> Int? {
    _ = isInstalled
    let start = UInt(bitPattern: base)
    for index in 0..<capacity {
      let claimed = slots[index].start.compareExchange(
        expected: 0, desired: 1, ordering: .acquiringAndReleasing)
      guard claimed.exchanged else { continue }
      slots[index].truncated.store(false, ordering: .relaxed)
      slots[index].end.store(start + UInt(count), ordering: .relaxed)
      slots[index].start.store(start, ordering: .releasing)
      return index
    }
    return nil
  }

  static func unregister(_ slot: Int) { slots[slot].start.store(0, ordering: .releasing) }

  static func wasTruncated(_ slot: Int) -> Bool {
    slots[slot].truncated.load(ordering: .acquiring)
  }

  /// Runs in the thread that touched the missing page, inside the signal.
  private static func handle(
    _ signal: Int32, _ info: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?
  ) {
    let savedError = errno
    if let info {
      #if canImport(Darwin)
        let fault = UInt(bitPattern: info.pointee.si_addr)
      #elseif canImport(Musl)
        let fault = UInt(bitPattern: info.pointee.__si_fields.__sigfault.si_addr)
      #else
        let fault = UInt(bitPattern: info.pointee._sifields._sigfault.si_addr)
      #endif
      if zeroRest(from: fault) {
        errno = savedError
        return
      }
    }
    errno = savedError
    passOn(signal, info, context)
  }

  /// Puts pages of zeros over the rest of the file that `fault` lies in: what is behind a missing
  /// page is missing too.
  private static func zeroRest(from fault: UInt) -> Bool {
    for index in 0..<capacity {
      let start = slots[index].start.load(ordering: .acquiring)
      guard start > 1, fault >= start else { continue }
      let end = slots[index].end.load(ordering: .relaxed)
      guard fault < end else { continue }
      slots[index].truncated.store(true, ordering: .releasing)
      let page = fault & ~UInt(pageSize - 1)
      let zeros = mmap(
        UnsafeMutableRawPointer(bitPattern: page), Int(end - page), PROT_READ,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
      return UInt(bitPattern: zeros) == page
    }
    return false
  }

  /// The fault is somebody else's.
  private static func passOn(
    _ signal: Int32, _ info: UnsafeMutablePointer<siginfo_t>?, _ context: UnsafeMutableRawPointer?
  ) {
    #if canImport(Darwin)
      let action = previous.pointee.__sigaction_u.__sa_sigaction
      let plain = previous.pointee.__sigaction_u.__sa_handler
    #elseif canImport(Musl)
      let action = previous.pointee.__sa_handler.sa_sigaction
      let plain = previous.pointee.__sa_handler.sa_handler
    #else
      let action = previous.pointee.__sigaction_handler.sa_sigaction
      let plain = previous.pointee.__sigaction_handler.sa_handler
    #endif
    // SIG_DFL is 0 and SIG_IGN is 1: no functions to call.
    let address = unsafeBitCast(plain, to: UInt.self)
    if address > 1 {
      if previous.pointee.sa_flags & Int32(SA_SIGINFO) != 0 {
        action?(signal, info, context)
      } else {
        plain?(signal)
      }
    } else {
      // Returning repeats the access, which then ends the process as it would have without us.
      sigaction(SIGBUS, previous, nil)
    }
  }
}
