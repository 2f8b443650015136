/// Bytes of a file that no writer would write, one field after the other.
struct ByteBuilder {
  private(set) var bytes: [UInt8] = []

  func u8(_ value: UInt8) -> ByteBuilder { appending([value]) }
  func u32(_ value: UInt32) -> ByteBuilder { number(value) }
  func u64(_ value: UInt64) -> ByteBuilder { number(value) }
  func text(_ value: String) -> ByteBuilder { appending(Array(value.utf8)) }
  func appending(_ more: [UInt8]) -> ByteBuilder {
    var copy = self
    copy.bytes += more
    return copy
  }

  /// A string as GGUF has it: its length in 64 bits, its bytes.
  func string(_ value: String) -> ByteBuilder { u64(UInt64(value.utf8.count)).text(value) }

  func zeros(_ count: Int) -> ByteBuilder { appending([UInt8](repeating: 0, count: count)) }

  func padded(to alignment: Int) -> ByteBuilder { zeros(-bytes.count & (alignment - 1)) }

  private func number<Integer: FixedWidthInteger>(_ value: Integer) -> ByteBuilder {
    var rest = value
    var parts: [UInt8] = []
    for _ in 0..<Integer.bitWidth / 8 {
      parts.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
    return appending(parts)
  }
}

extension ByteBuilder {
  /// The first 24 bytes of a GGUF file.
  static func gguf(
    magic: String = "GGUF", version: UInt32 = 3, tensors: UInt64 = 0, metadata: UInt64 = 0
  ) -> ByteBuilder {
    ByteBuilder().text(magic).u32(version).u64(tensors).u64(metadata)
  }

  /// The description of a tensor.
  func tensor(
    _ name: String, _ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0,
    dimensionCount: UInt32? = nil
  ) -> ByteBuilder {
    var next = string(name).u32(dimensionCount ?? UInt32(dimensions.count))
    for dimension in dimensions { next = next.u64(dimension) }
    return next.u32(type).u64(offset)
  }

  /// A safetensors file.
  static func safetensors(_ header: String, data: Int = 0) -> ByteBuilder {
    ByteBuilder().u64(UInt64(header.utf8.count)).text(header).zeros(data)
  }
}
