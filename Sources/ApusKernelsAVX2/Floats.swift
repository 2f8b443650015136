import CSIMD

// Weights that are floats, decoded to F32.
extension AVX2 {
  public static func float32Decode(
    _ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    UnsafeMutableRawPointer(out).copyMemory(from: source, byteCount: count &* 4)
  }

  public static func float16Decode(
    _ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var index = 0
    while index &+ 8 <= count {
      apus_storef8(out + index, apus_halves8(source + index &* 2))
      index &+= 8
    }
    while index < count {
      out[index] = apus_half(source + index &* 2)
      index &+= 1
    }
  }

  public static func brain16Decode(
    _ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var index = 0
    while index &+ 8 <= count {
      apus_storef8(out + index, apus_brains8(source + index &* 2))
      index &+= 8
    }
    while index < count {
      out[index] = brain(source + index &* 2)
      index &+= 1
    }
  }
  @inline(__always)
  private static func brain(_ source: UnsafeRawPointer) -> Float {
    Float(bitPattern: UInt32(source.loadUnaligned(as: UInt16.self)) << 16)
  }
}
