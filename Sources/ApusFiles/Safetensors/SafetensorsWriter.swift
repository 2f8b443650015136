import ApusJSON

/// Writes a safetensors file. Tensors lie one behind the other in the order of `append`.
public struct SafetensorsWriter {
  private var header = JSONObject()
  private var data: [UInt8] = []

  public init(metadata: [String: String] = [:]) {
    guard !metadata.isEmpty else { return }
    header["__metadata__"] = .object(
      JSONObject(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
  }

  /// - Parameters:
  ///   - shape: outermost dimension first.
  ///   - bytes: the tensor's data, little-endian.
  public mutating func append(_ name: String, _ type: TensorType, shape: [Int], data bytes: [UInt8])
  {
    header[name] = [
      "dtype": .string(type.name), "shape": .array(shape.map { .integer($0) }),
      "data_offsets": [.integer(data.count), .integer(data.count + bytes.count)],
    ]
    data += bytes
  }

  /// The whole file; the header is padded with spaces so that the data begins on 8 bytes.
  public func serialized() -> [UInt8] {
    var text = Array(JSON.object(header).serialized().utf8)
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: -text.count & 7))
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt64(text.count))
    return bytes + text + data
  }

  /// - Throws: `unwritable`.
  public func write(to path: String) throws(SafetensorsError) {
    let file = try FileWriter(path)
    try file.write(serialized())
    try file.finish()
  }
}
