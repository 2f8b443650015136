public import ApusBlocks

/// A tensor in a file: name, shape and where its bytes lie. Nothing is copied.
public struct Tensor: Sendable {
  public let name: String
  /// Outermost dimension first, as NumPy has it: GGUF's dimensions reversed. Empty for a scalar.
  public let shape: [Int]
  public let type: TensorType
  /// The file that holds the data.
  public let file: FileBytes
  /// Where in the file the data begins, in bytes.
  public let offset: Int
  public let byteCount: Int

  /// `offset` and `byteCount` have been checked against the file.
  init(
    name: String, shape: [Int], type: TensorType, file: FileBytes, offset: Int, byteCount: Int
  ) {
    self.name = name
    self.shape = shape
    self.type = type
    self.file = file
    self.offset = offset
    self.byteCount = byteCount
  }

  /// What the kernels compute with; `nil` for integers and for formats that have no kernels.
  public var format: BlockFormat? { type.format }

  public var elementCount: Int { shape.reduce(1, *) }

  public var bytes: UnsafeRawBufferPointer {
    file.bytes(at: offset, count: byteCount) ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// The tensor as a matrix whose columns are the last dimension and whose rows are all others.
  /// Its bytes are the file's, unless they lie on an address that is odd for the format: then
  /// they are copied.
  /// - Throws: `unsupportedTensorType`; `badShape` for a tensor without elements.
  public func matrix() throws(FileError) -> BlockMatrix {
    guard let format else {
      throw error(
        .unsupportedTensorType, "is stored as \(type.name), which cannot be computed with")
    }
    let columns = shape.last ?? 1
    let rows = shape.dropLast().reduce(1, *)
    guard let rowBytes = type.byteCount(elements: columns), rows > 0, columns > 0,
      let base = bytes.baseAddress
    else {
      throw error(.badShape, "shape \(shape) makes no matrix of \(type.name)")
    }
    let alignment = format == .F32 ? 4 : 2
    if UInt(bitPattern: base).isMultiple(of: UInt(alignment)) {
      return BlockMatrix(
        format: format, rowCount: rows, columnCount: columns, rowByteCount: rowBytes, base: base,
        owner: file.owner)
    }
    let copy = AlignedBuffer<UInt8>(count: byteCount)
    UnsafeMutableRawPointer(copy.base).copyMemory(from: base, byteCount: byteCount)
    return BlockMatrix(
      format: format, rowCount: rows, columnCount: columns, rowByteCount: rowBytes,
      base: UnsafeRawPointer(copy.base), owner: copy)
  }

  /// An error about this tensor.
  public func error(_ code: FileError.Code, _ problem: String) -> FileError {
    FileError(
      code, path: file.path, field: "tensor '\(FileError.printable(name))'", offset: offset,
      problem)
  }
}
