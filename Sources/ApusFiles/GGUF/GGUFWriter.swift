#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes a GGUF file. Nothing is checked beyond what the types say, so that tests can write
/// damaged files too: a tensor may have any shape beside any number of bytes.
public struct GGUFWriter {
  private struct Tensor {
    var name: String
    var shape: [Int]
    var type: UInt32
    var data: FileBytes
  }

  public var version: UInt32
  /// A power of two. It is written to `general.alignment` unless it is 32.
  public let alignment: Int
  private var metadata: [(key: String, value: GGUFValue)] = []
  private var tensors: [Tensor] = []

  /// - Precondition: `alignment` is a power of two.
  public init(version: UInt32 = 3, alignment: Int = 32) {
    precondition(alignment > 0 && alignment & (alignment - 1) == 0)
    self.version = version
    self.alignment = alignment
    if alignment != GGUFReader.defaultAlignment {
      append("general.alignment", .uint32(UInt32(alignment)))
    }
  }

  public mutating func append(_ key: String, _ value: GGUFValue) {
    metadata.append((key, value))
  }

  /// - Parameters:
  ///   - shape: outermost dimension first.
  ///   - data: the tensor's bytes as they shall stand in the file.
  public mutating func append(
    tensor name: String, _ type: TensorType, shape: [Int], data: FileBytes
  ) {
    tensors.append(Tensor(name: name, shape: shape, type: type.rawValue, data: data))
  }

  public mutating func append(
    tensor name: String, _ type: TensorType, shape: [Int], data: [UInt8]
  ) {
    append(tensor: name, type, shape: shape, data: FileBytes(copying: data))
  }

  /// A tensor of `F32`.
  public mutating func append(tensor name: String, shape: [Int], _ values: [Float]) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * values.count)
    for value in values { bytes.append(littleEndian: value.bitPattern) }
    append(tensor: name, .F32, shape: shape, data: bytes)
  }

  /// The whole file.
  public func serialized() -> [UInt8] {
    var bytes = header()
    for tensor in tensors {
      bytes.append(contentsOf: tensor.data.buffer)
      pad(&bytes)
    }
    return bytes
  }

  /// Writes the file beside its place, then moves it there: the path never holds half a file.
  /// - Throws: `unwritable`.
  public func write(to path: String) throws(GGUFError) {
    let file = try FileWriter(path)
    let header = header()
    try file.write(header)
    for tensor in tensors {
      try file.write(tensor.data)
      let padding = [UInt8](repeating: 0, count: -tensor.data.count & (alignment - 1))
      try file.write(padding)
    }
    try file.finish()
  }

  /// All that stands before the data, padded.
  private func header() -> [UInt8] {
    var bytes = Array("GGUF".utf8)
    bytes.append(littleEndian: version)
    bytes.append(littleEndian: UInt64(tensors.count))
    bytes.append(littleEndian: UInt64(metadata.count))
    for (key, value) in metadata {
      append(key, to: &bytes)
      bytes.append(littleEndian: value.type.rawValue)
      append(value, to: &bytes)
    }
    var offset: UInt64 = 0
    for tensor in tensors {
      append(tensor.name, to: &bytes)
      bytes.append(littleEndian: UInt32(tensor.shape.count))
      for size in tensor.shape.reversed() { bytes.append(littleEndian: Int64(size)) }
      bytes.append(littleEndian: tensor.type)
      bytes.append(littleEndian: offset)
      offset += UInt64(tensor.data.count + (-tensor.data.count & (alignment - 1)))
    }
    if !tensors.isEmpty { pad(&bytes) }
    return bytes
  }

  private func pad(_ bytes: inout [UInt8]) {
    bytes.append(contentsOf: repeatElement(0, count: -bytes.count & (alignment - 1)))
  }

  private func append(_ string: String, to bytes: inout [UInt8]) {
    bytes.append(littleEndian: UInt64(string.utf8.count))
    bytes.append(contentsOf: string.utf8)
  }

  private func append(_ value: GGUFValue, to bytes: inout [UInt8]) {
    switch value {
    case .uint8(let value): bytes.append(littleEndian: value)
    case .int8(let value): bytes.append(littleEndian: value)
    case .uint16(let value): bytes.append(littleEndian: value)
    case .int16(let value): bytes.append(littleEndian: value)
    case .uint32(let value): bytes.append(littleEndian: value)
    case .int32(let value): bytes.append(littleEndian: value)
    case .uint64(let value): bytes.append(littleEndian: value)
    case .int64(let value): bytes.append(littleEndian: value)
    case .float32(let value): bytes.append(littleEndian: value.bitPattern)
    case .float64(let value): bytes.append(littleEndian: value.bitPattern)
    case .bool(let value): bytes.append(value ? 1 : 0)
    case .string(let value): append(value, to: &bytes)
    case .array(let array):
      bytes.append(littleEndian: array.elementType.rawValue)
      bytes.append(littleEndian: UInt64(array.count))
      bytes.append(contentsOf: array.bytes)
    }
  }
}
