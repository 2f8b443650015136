#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory on a 64-byte boundary (a cache line, an AVX-512 register), with 64 spare bytes behind
/// it so that a kernel may read one register past the end.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  // Sendable because whoever shares one also says who writes when: the engine's steps do.
  public let count: Int
  public let base: UnsafeMutablePointer<Element>
  private let allocation: UnsafeMutableRawPointer

  /// `count` elements, all bits zero. Large buffers take memory only as it is touched.
  public init(count: Int) {
    precondition(count >= 0)
    self.count = count
    let bytes = count * MemoryLayout<Element>.stride + 64
    // calloc hands out fresh pages of large buffers untouched, already zero.
    guard let allocation = calloc(bytes + 63, 1) else {
      // Not a precondition: this module is compiled unchecked, where one would be taken for granted.
      fatalError("no memory for \(bytes) bytes")
    }
    self.allocation = allocation
    base = allocation.alignedUp(toMultipleOf: 64).bindMemory(to: Element.self, capacity: count)
  }

  deinit { free(allocation) }

  /// A buffer of its own with the elements in `range`.
  public func copy(of range: Range<Int>) -> AlignedBuffer {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    let copy = AlignedBuffer(count: range.count)
    copy.base.update(from: base + range.lowerBound, count: range.count)
    return copy
  }

  public var buffer: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }

  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return base[index]
    }
    set {
      precondition(index >= 0 && index < count)
      base[index] = newValue
    }
  }
}
