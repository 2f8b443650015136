#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file mapped into memory, read-only. Behind its end lies at least one page of zeros, so that a
/// kernel may read one register past the last tensor.
///
/// When another process truncates the file, the pages that went away read as zeros instead of
/// ending the process, and `wasTruncated` says so from then on: whoever computes with the bytes
/// asks afterwards.
public final class MappedFile: @unchecked Sendable {
  // Sendable because the mapping is read-only and the flag is atomic.
  public let path: String
  public let bytes: UnsafeRawBufferPointer
  private let mappedByteCount: Int
  private let slot: Int

  /// - Throws: `notFound`, `unreadable` (no permission, no regular file, no address space left).
  public init(_ path: String) throws(FileError) {
    func failure(_ action: String, _ number: Int32) -> FileError {
      let reason = String(cString: strerror(number))
      return number == ENOENT || number == ENOTDIR
        ? FileError(
          .notFound, path: path, field: "", offset: nil, "no such file; check the path")
        : FileError(
          .unreadable, path: path, field: "", offset: nil, "cannot be \(action): \(reason)")
    }
    guard !path.utf8.contains(0) else { throw failure("opened", EINVAL) }
    // O_NONBLOCK: opening a pipe does not wait for its writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure("opened", errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("examined", errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      let what = status.st_mode & S_IFMT == S_IFDIR ? "a folder" : "not a regular file"
      throw FileError(
        .unreadable, path: path, field: "", offset: nil, "is \(what); give a model file")
    }
    let size = Int(status.st_size)
    self.path = path
    guard size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      mappedByteCount = 0
      slot = -1
      return
    }
    let page = TruncationGuard.pageSize
    let (padded, overflow) = size.addingReportingOverflow(2 * page)
    guard !overflow else { throw failure("mapped", ENOMEM) }
    let length = padded & ~(page - 1)
    guard let region = Self.reserve(length, alignment: size >= Self.hugePage ? Self.hugePage : page)
    else { throw failure("mapped", errno) }
    guard let base = mmap(region, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, descriptor, 0),
      base.isMapped
    else {
      let number = errno
      munmap(region, length)
      throw failure("mapped", number)
    }
    #if os(Linux)
      // The kernel reads ahead in huge pages then. One without them says no, and nothing is lost.
      if size >= Self.hugePage { madvise(base, size, MADV_HUGEPAGE) }
    #endif
    guard let slot = TruncationGuard.register(base, count: size) else {
      munmap(region, length)
      throw FileError(
        .unreadable, path: path, field: "", offset: nil,
        "is one file too many: \(TruncationGuard.capacity) are mapped already")
    }
    bytes = UnsafeRawBufferPointer(start: base, count: size)
    mappedByteCount = length
    self.slot = slot
  }

  /// What Linux maps as one page where the cache holds a file in large pieces, and where addresses
  /// are multiples of it as well: with pages of 4 KiB alone, reading 2 GB in order ran at half speed.
  private static let hugePage = 2 << 20

  /// Address space without memory; nil, and `errno`, where there is none.
  private static func reserve(_ length: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    let (whole, overflow) = length.addingReportingOverflow(alignment)
    guard !overflow else {
      errno = ENOMEM
      return nil
    }
    guard
      let region = mmap(nil, whole, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), region.isMapped
    else { return nil }
    let begin = region.alignedUp(toMultipleOf: alignment)
    let before = begin - region
    if before > 0 { munmap(region, before) }
    let after = whole - before - length
    if after > 0 { munmap(begin + length, after) }
    return begin
  }

  deinit {
    guard let base = bytes.baseAddress else { return }
    TruncationGuard.unregister(slot)
    munmap(UnsafeMutableRawPointer(mutating: base), mappedByteCount)
  }

  /// Whether an access met a page that the file no longer has.
  public var wasTruncated: Bool { slot >= 0 && TruncationGuard.wasTruncated(slot) }

  public func checkIntact() throws(FileError) {
    guard wasTruncated else { return }
    throw FileError(
      .truncatedUnderMap, path: path, field: "", offset: nil,
      "was truncated while it was in use; restore the file and load it again")
  }

  /// The bytes with their owner, as readers want them.
  public var contents: FileBytes { FileBytes(path: path, buffer: bytes, owner: self) }
}

extension UnsafeMutableRawPointer {
  /// Not `MAP_FAILED`.
  fileprivate var isMapped: Bool { self != UnsafeMutableRawPointer(bitPattern: -1) }
}
