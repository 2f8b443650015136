/// The type of a metadata value; the raw value is its number in the file
/// (`gguf_metadata_value_type`, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
public enum GGUFValueType: UInt32, Sendable, Hashable, CaseIterable {
  case uint8 = 0
  case int8 = 1
  case uint16 = 2
  case int16 = 3
  case uint32 = 4
  case int32 = 5
  case float32 = 6
  case bool = 7
  case string = 8
  case array = 9
  case uint64 = 10
  case int64 = 11
  case float64 = 12

  /// Bytes of one value; `nil` for strings and arrays.
  public var byteCount: Int? {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .array: nil
    }
  }
}

/// A metadata value.
public enum GGUFValue: Sendable, Hashable {
  case uint8(UInt8)
  case int8(Int8)
  case uint16(UInt16)
  case int16(Int16)
  case uint32(UInt32)
  case int32(Int32)
  case float32(Float)
  case bool(Bool)
  case string(String)
  case array(GGUFArray)
  case uint64(UInt64)
  case int64(Int64)
  case float64(Double)

  public var type: GGUFValueType {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .uint16: .uint16
    case .int16: .int16
    case .uint32: .uint32
    case .int32: .int32
    case .float32: .float32
    case .bool: .bool
    case .string: .string
    case .array: .array
    case .uint64: .uint64
    case .int64: .int64
    case .float64: .float64
    }
  }

  /// Any integer that fits.
  public var int: Int? {
    switch self {
    case .uint8(let value): Int(value)
    case .int8(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint64(let value): Int(exactly: value)
    case .int64(let value): Int(exactly: value)
    default: nil
    }
  }

  /// Any number.
  public var double: Double? {
    switch self {
    case .float32(let value): Double(value)
    case .float64(let value): value
    case .uint64(let value): Double(value)
    default: int.map { Double($0) }
    }
  }

  public var string: String? {
    if case .string(let value) = self { return value }
    return nil
  }

  public var bool: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  public var array: GGUFArray? {
    if case .array(let value) = self { return value }
    return nil
  }
}

extension FileBytes {
  /// The scalar at `offset`; `nil` for an array, and where it would reach past the end.
  func scalar(_ type: GGUFValueType, at offset: Int) -> GGUFValue? {
    switch type {
    case .uint8: integer(at: offset, as: UInt8.self).map { .uint8($0) }
    case .int8: integer(at: offset, as: Int8.self).map { .int8($0) }
    case .uint16: integer(at: offset, as: UInt16.self).map { .uint16($0) }
    case .int16: integer(at: offset, as: Int16.self).map { .int16($0) }
    case .uint32: integer(at: offset, as: UInt32.self).map { .uint32($0) }
    case .int32: integer(at: offset, as: Int32.self).map { .int32($0) }
    case .uint64: integer(at: offset, as: UInt64.self).map { .uint64($0) }
    case .int64: integer(at: offset, as: Int64.self).map { .int64($0) }
    case .float32:
      integer(at: offset, as: UInt32.self).map { .float32(Float(bitPattern: $0)) }
    case .float64:
      integer(at: offset, as: UInt64.self).map { .float64(Double(bitPattern: $0)) }
    case .bool: integer(at: offset, as: UInt8.self).map { .bool($0 != 0) }
    case .string: stringBytes(at: offset).map { .string(String(decoding: $0, as: UTF8.self)) }
    case .array: nil
    }
  }

  /// The bytes of the string whose length stands at `offset`.
  func stringBytes(at offset: Int) -> UnsafeRawBufferPointer? {
    guard let length = integer(at: offset, as: UInt64.self), let count = Int(exactly: length)
    else { return nil }
    return bytes(at: offset + 8, count: count)
  }
}
