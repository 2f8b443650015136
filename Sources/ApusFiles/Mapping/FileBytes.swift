/// The bytes of a file, wherever they lie, and what keeps them there. Every access is checked.
public struct FileBytes: @unchecked Sendable {
  // Sendable because nothing writes the bytes while they are shared.

  /// Names the bytes in errors.
  public let path: String
  public let buffer: UnsafeRawBufferPointer
  /// Keeps the bytes alive.
  public let owner: any AnyObject & Sendable

  init(path: String, buffer: UnsafeRawBufferPointer, owner: any AnyObject & Sendable) {
    self.path = path
    self.buffer = buffer
    self.owner = owner
  }

  /// A copy in memory of its own, of exactly this size: the address sanitizer sees a read past
  /// its end, as it cannot in a mapped page.
  public init(copying bytes: UnsafeRawBufferPointer, path: String = "memory") {
    let copy = CopiedBytes(bytes)
    self.init(path: path, buffer: UnsafeRawBufferPointer(copy.buffer), owner: copy)
  }

  /// A copy in memory of its own.
  public init(copying bytes: [UInt8], path: String = "memory") {
    let copy = bytes.withUnsafeBytes { CopiedBytes($0) }
    self.init(path: path, buffer: UnsafeRawBufferPointer(copy.buffer), owner: copy)
  }

  public var count: Int { buffer.count }

  /// The little-endian integer at `offset`, `nil` where it would reach past the end.
  public func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int, as type: Integer.Type = Integer.self
  ) -> Integer? {
    guard offset >= 0, offset <= count - MemoryLayout<Integer>.size else { return nil }
    return Integer(littleEndian: buffer.loadUnaligned(fromByteOffset: offset, as: Integer.self))
  }

  /// `length` bytes at `offset`, `nil` where they would reach past the end.
  public func bytes(at offset: Int, count length: Int) -> UnsafeRawBufferPointer? {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
    return UnsafeRawBufferPointer(rebasing: buffer[offset..<offset + length])
  }

  /// Throws when the file shrank while it was mapped; what was read since then may be zeros.
  public func checkIntact() throws(FileError) {
    if let file = owner as? MappedFile { try file.checkIntact() }
  }
}

private final class CopiedBytes: @unchecked Sendable {
  // Sendable because nobody writes after init.
  let buffer: UnsafeMutableRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) {
    buffer = .allocate(byteCount: bytes.count, alignment: 16)
    buffer.copyMemory(from: bytes)
  }

  deinit { buffer.deallocate() }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes `start..<end` are well-formed UTF-8.
  @inline(__always)
  func isUTF8(_ start: Int, _ end: Int) -> Bool {
    isUTF8OfTwo(start, end)
      || UnsafeRawBufferPointer(rebasing: self[start..<end]).isUTF8
  }

  /// Whether the bytes `start..<end` are well-formed UTF-8 whose characters have up to two bytes, as
  /// nearly all pieces of vocabularies are spelt: eight bytes at a time, without a branch on any.
  /// False, too, near the end of the buffer.
  @inline(__always)
  private func isUTF8OfTwo(_ start: Int, _ end: Int) -> Bool {
    guard start <= count &- 16, end <= count &- 8 else { return false }
    if end &- start <= 16 {
      // Most pieces: without a branch on their length either.
      let first = Self.kinds(word(start, end &- start))
      let second = Self.kinds(word(start &+ 8, end &- start &- 8))
      return first.wrong | second.wrong | first.following ^ first.leads << 8
        | second.following ^ (second.leads << 8 | first.leads >> 56) | second.leads >> 63 == 0
    }
    var place = start
    /// Where the bytes before end with a lead, the highest bit of the first byte.
    var open: UInt64 = 0
    while place < end {
      let (following, leads, wrong) = Self.kinds(word(place, end &- place))
      guard wrong == 0, following == leads << 8 | open else { return false }
      open = leads >> 56
      place &+= 8
    }
    return open == 0
  }

  /// Eight bytes as one number, the first lowest; zeros behind the first `length`.
  @inline(__always)
  private func word(_ place: Int, _ length: Int) -> UInt64 {
    let unused = UInt64(truncatingIfNeeded: 64 &- 8 &* Swift.max(0, Swift.min(length, 8)))
    return UInt64(littleEndian: loadUnaligned(fromByteOffset: place, as: UInt64.self))
      & .max >> unused
  }

  /// The highest bits of the bytes that are 10xxxxxx, of those from C2 to DF, and of those that are
  /// neither one of these nor ASCII.
  @inline(__always)
  private static func kinds(
    _ bytes: UInt64
  ) -> (following: UInt64, leads: UInt64, wrong: UInt64) {
    let highest: UInt64 = 0x8080_8080_8080_8080
    let following = bytes & ~(bytes << 1) & highest
    let isLong = (bytes & 0x1E1E_1E1E_1E1E_1E1E) + 0x7E7E_7E7E_7E7E_7E7E
    let leads = bytes & (bytes << 1) & ~(bytes << 2) & isLong & highest
    return (following, leads, bytes & highest ^ (following | leads))
  }

  /// Whether the bytes are well-formed UTF-8 (Unicode 16, table 3-7).
  var isUTF8: Bool {
    var index = 0
    while index < count {
      // Eight ASCII bytes at a time.
      if index <= count - 8,
        loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        index += 8
        continue
      }
      let lead = self[index]
      if lead < 0x80 {
        index += 1
        continue
      }
      // The number of bytes that follow, and the range of the first of them.
      let following: Int
      var first: ClosedRange<UInt8> = 0x80...0xBF
      switch lead {
      case 0xC2...0xDF: following = 1
      case 0xE0...0xEF:
        following = 2
        if lead == 0xE0 { first = 0xA0...0xBF }
        if lead == 0xED { first = 0x80...0x9F }
      case 0xF0...0xF4:
        following = 3
        if lead == 0xF0 { first = 0x90...0xBF }
        if lead == 0xF4 { first = 0x80...0x8F }
      default: return false
      }
      guard following < count - index, first.contains(self[index + 1]) else { return false }
      if following > 1, self[index + 2] & 0xC0 != 0x80 { return false }
      if following > 2, self[index + 3] & 0xC0 != 0x80 { return false }
      index += following + 1
    }
    return true
  }
}
