/// Memory on a 64-byte boundary (a cache line, an AVX-512 register), with 64 spare bytes behind
/// it so that a kernel may read one register past the end.
public final class AlignedBuffer<Element: BitwiseCopyable>: @unchecked Sendable {
  // Sendable because whoever shares one also says who writes when: the engine's steps do.
  public let count: Int
  public let base: UnsafeMutablePointer<Element>

  /// `count` elements, all bits zero.
  public init(count: Int) {
    precondition(count >= 0)
    self.count = count
    let bytes = count * MemoryLayout<Element>.stride + 64
    let raw = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    raw.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    base = raw.bindMemory(to: Element.self, capacity: count)
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }

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
