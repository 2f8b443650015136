public import ApusJSON

/// A file in the safetensors format, memory-mapped: 8 bytes with the length of a JSON header, the
/// header, the data. Source: https://github.com/huggingface/safetensors#format
public struct Safetensors: Sendable {
  public let file: FileBytes
  /// `__metadata__`: free text that the writer left.
  public let metadata: JSONObject
  /// In the order of the header.
  public let tensors: TensorTable

  /// - Throws: what is wrong with the file, with field and byte offset.
  public init(mapping path: String) throws(SafetensorsError) {
    try self.init(try MappedFile(path).contents)
  }

  public init(_ bytes: FileBytes) throws(SafetensorsError) {
    let header = try SafetensorsHeader(bytes)
    file = bytes
    metadata = header.metadata
    tensors = try TensorTable(header.tensors) { tensor in
      FileError(
        .duplicateTensor, path: bytes.path, field: "tensor '\(FileError.printable(tensor.name))'",
        offset: tensor.offset, "occurs twice; the file is damaged")
    }
    try bytes.checkIntact()
  }

  public func checkIntact() throws(SafetensorsError) { try file.checkIntact() }
}

/// The header of a safetensors file, checked in whole: every tensor's size follows from its shape,
/// and the tensors cover the data without hole or overlap.
struct SafetensorsHeader {
  // Far above what models have (a tensor takes about 150 bytes), and what parses in 64 MB.
  static let maxBytes = 16_000_000
  static let maxTensorCount = 65_536
  static let maxValueCount = 600_000

  let metadata: JSONObject
  let tensors: [Tensor]

  init(_ bytes: FileBytes) throws(FileError) {
    func error(
      _ code: FileError.Code, _ field: String, at offset: Int, _ problem: String
    ) -> FileError {
      FileError(code, path: bytes.path, field: field, offset: offset, problem)
    }
    guard let announced = bytes.integer(at: 0, as: UInt64.self) else {
      throw error(
        .truncated, "header length", at: 0,
        "8 bytes expected, \(bytes.count) there; the file is cut short, get it again")
    }
    guard announced <= UInt64(SafetensorsHeader.maxBytes) else {
      throw error(
        .headerTooLarge, "header length", at: 0,
        "\(announced) bytes, at most \(SafetensorsHeader.maxBytes) are read; the file is damaged")
    }
    let length = Int(announced)
    guard let text = bytes.bytes(at: 8, count: length) else {
      throw error(
        .truncated, "header length", at: 0,
        "\(length) bytes announced, \(bytes.count - 8) left; the file is cut short or damaged")
    }
    guard text.first == UInt8(ascii: "{") else {
      throw error(
        .badHeader, "header", at: 8, "does not begin with '{'; this is no safetensors file")
    }
    let limits = JSONLimits(
      depth: 8, byteCount: length, valueCount: SafetensorsHeader.maxValueCount,
      allowsDuplicateKeys: false)
    let header: JSON
    do {
      header = try JSON(parsing: text, limits: limits)
    } catch {
      throw FileError(
        error.code == .duplicateKey ? .duplicateTensor : .badHeader, path: bytes.path,
        field: "header", offset: 8 + error.offset, "\(error.message); the file is damaged")
    }
    guard case .object(let members) = header else {
      throw error(.badHeader, "header", at: 8, "is no object; the file is damaged")
    }
    guard members.count <= SafetensorsHeader.maxTensorCount else {
      throw error(
        .countTooLarge, "header", at: 8,
        "\(members.count) tensors, at most \(SafetensorsHeader.maxTensorCount) are read")
    }
    var tensors: [Tensor] = []
    var metadata = JSONObject()
    for (name, value) in members {
      if name == "__metadata__" {
        guard case .object(let object) = value else {
          throw error(.badHeader, "__metadata__", at: 8, "is no object; the file is damaged")
        }
        metadata = object
      } else {
        tensors.append(
          try SafetensorsHeader.tensor(name, value, file: bytes, dataStart: 8 + length))
      }
    }
    self.metadata = metadata
    self.tensors = tensors
    try SafetensorsHeader.checkCover(tensors, file: bytes, dataStart: 8 + length)
  }

  private static func tensor(
    _ name: String, _ value: JSON, file: FileBytes, dataStart: Int
  ) throws(FileError) -> Tensor {
    func error(_ code: FileError.Code, _ problem: String) -> FileError {
      FileError(
        code, path: file.path, field: "tensor '\(FileError.printable(name))'", offset: 8, problem)
    }
    guard let dtype = value["dtype"]?.string else {
      throw error(.badHeader, "dtype is missing; the file is damaged")
    }
    guard let type = TensorType(safetensors: dtype) else {
      throw error(
        .badDtype, "dtype '\(FileError.printable(dtype))' is unknown; convert the model again")
    }
    guard case .array(let dimensions)? = value["shape"], dimensions.count <= 8 else {
      throw error(.badHeader, "shape is no list of at most 8 sizes; the file is damaged")
    }
    var shape: [Int] = []
    var elementCount = 1
    for dimension in dimensions {
      guard case .integer(let size) = dimension, size >= 0 else {
        throw error(.sizeMismatch, "shape holds something else than sizes; the file is damaged")
      }
      shape.append(size)
      let (product, overflow) = elementCount.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw error(.sizeMismatch, "shape \(shape)… exceeds 63 bits; the file is damaged")
      }
      elementCount = product
    }
    guard case .array(let offsets)? = value["data_offsets"], offsets.count == 2,
      case .integer(let begin) = offsets[0], case .integer(let end) = offsets[1],
      begin >= 0, begin <= end
    else {
      throw error(
        .badOffset, "data_offsets are no two whole numbers in order; the file is damaged")
    }
    guard let byteCount = type.byteCount(elements: elementCount), byteCount == end - begin else {
      throw error(
        .sizeMismatch,
        "shape \(shape) of \(dtype) does not take the \(end - begin) bytes of its data_offsets; "
          + "the file is damaged")
    }
    let available = file.count - dataStart
    guard end <= available else {
      throw FileError(
        .truncated, path: file.path, field: "tensor '\(FileError.printable(name))'",
        offset: file.count,
        "data ends \(end - available) bytes past the end of the file; it is cut short, get it "
          + "again")
    }
    return Tensor(
      name: name, shape: shape, type: type, file: file, offset: dataStart + begin,
      byteCount: byteCount)
  }

  /// The format allows neither overlap nor hole nor anything behind the data.
  private static func checkCover(
    _ tensors: [Tensor], file: FileBytes, dataStart: Int
  ) throws(FileError) {
    var position = dataStart
    for tensor in tensors.sorted(by: { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }) {
      guard tensor.offset == position else {
        throw tensor.error(
          .badOffset,
          tensor.offset < position
            ? "the data overlaps another tensor's; the file is damaged"
            : "\(tensor.offset - position) bytes before the data belong to no tensor; the file is "
              + "damaged")
      }
      position += tensor.byteCount
    }
    guard position == file.count else {
      throw FileError(
        .badOffset, path: file.path, field: "data", offset: position,
        "\(file.count - position) bytes behind the last tensor belong to none; the file is damaged")
    }
  }
}

extension TensorType {
  /// A type by its name in a safetensors header.
  init?(safetensors name: String) {
    switch name {
    case "F32": self = .F32
    case "F16": self = .F16
    case "BF16": self = .BF16
    case "F64": self = .F64
    case "I8": self = .I8
    case "I16": self = .I16
    case "I32": self = .I32
    case "I64": self = .I64
    case "U8": self = .U8
    case "U16": self = .U16
    case "U32": self = .U32
    case "U64": self = .U64
    case "BOOL": self = .BOOL
    case "F8_E4M3": self = .F8_E4M3
    case "F8_E5M2": self = .F8_E5M2
    case "F8_E8M0": self = .F8_E8M0
    case "F6_E2M3": self = .F6_E2M3
    case "F6_E3M2": self = .F6_E3M2
    case "F4": self = .F4
    case "C64": self = .C64
    default: return nil
    }
  }
}
