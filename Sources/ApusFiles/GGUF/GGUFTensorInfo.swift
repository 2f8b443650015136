/// The description of one tensor as it stands in a GGUF file, checked in itself.
struct GGUFTensorInfo {
  var name: String
  /// Outermost first.
  var shape: [Int]
  var type: TensorType
  var byteCount: Int
  /// From the beginning of the data.
  var dataOffset: UInt64
  /// Where in the file the shape and the offset stand, for errors.
  var shapePosition: Int
  var offsetPosition: Int

  var field: String { "tensor '\(FileError.printable(name))'" }

  init(_ index: Int, at cursor: inout ByteCursor) throws(FileError) {
    let start = cursor.position
    let nameBytes = try cursor.string(limit: Int.max, "tensor \(index) name")
    guard (1...GGUFReader.maxNameBytes).contains(nameBytes.count) else {
      throw cursor.error(
        .badName, "tensor \(index) name", at: start,
        "has \(nameBytes.count) bytes, 1 to \(GGUFReader.maxNameBytes) are read")
    }
    name = String(decoding: nameBytes, as: UTF8.self)
    let field = "tensor '\(FileError.printable(name))'"

    shapePosition = cursor.position
    let dimensionCount = try cursor.integer(UInt32.self, "\(field) dimension count")
    guard dimensionCount <= UInt32(GGUFReader.maxDimensions) else {
      throw cursor.error(
        .badShape, "\(field) dimension count", at: shapePosition,
        "\(dimensionCount) is more than \(GGUFReader.maxDimensions); the file is damaged")
    }
    var dimensions: [Int] = []
    var elementCount = 1
    for axis in 0..<Int(dimensionCount) {
      let position = cursor.position
      let size = try cursor.integer(Int64.self, "\(field) dimension \(axis)")
      guard size > 0, let size = Int(exactly: size) else {
        throw cursor.error(
          .badShape, "\(field) dimension \(axis)", at: position,
          "\(size) is not positive; the file is damaged")
      }
      dimensions.append(size)
      let (product, overflow) = elementCount.multipliedReportingOverflow(by: size)
      guard !overflow else {
        throw cursor.error(
          .sizeOverflow, "\(field) dimension \(axis)", at: position,
          "the number of elements exceeds 63 bits; the file is damaged")
      }
      elementCount = product
    }
    shape = dimensions.reversed()

    let typePosition = cursor.position
    let number = try cursor.integer(UInt32.self, "\(field) type")
    guard let type = TensorType(gguf: number) else {
      throw cursor.error(
        .badTensorType, "\(field) type", at: typePosition,
        "\(number) is unknown or was removed; convert the model again or update apus")
    }
    self.type = type
    let block = type.block
    guard (dimensions.first ?? 1).isMultiple(of: block.elements) else {
      throw cursor.error(
        .badShape, field, at: shapePosition,
        "rows of \(dimensions.first ?? 1) elements are not whole \(type.name) blocks of "
          + "\(block.elements)")
    }
    guard let byteCount = type.byteCount(elements: elementCount) else {
      throw cursor.error(
        .sizeOverflow, field, at: shapePosition,
        "the size in bytes exceeds 63 bits; the file is damaged")
    }
    self.byteCount = byteCount
    offsetPosition = cursor.position
    dataOffset = try cursor.integer(UInt64.self, "\(field) offset")
  }
}

/// Where the data of the tensors lies: behind the descriptions, each tensor on the alignment,
/// none over another, all within the file.
struct GGUFLayout {
  let file: FileBytes
  /// Where the descriptions end.
  let infoEnd: Int
  /// A power of two.
  let alignment: Int

  func place(_ infos: [GGUFTensorInfo]) throws(FileError) -> [Tensor] {
    try checkSum(infos)
    // The file is far smaller than 2^62 bytes and the alignment at most 2^30: no overflow.
    let dataStart = (infoEnd + alignment - 1) & ~(alignment - 1)
    var tensors: [Tensor] = []
    tensors.reserveCapacity(infos.count)
    for info in infos { tensors.append(try place(info, dataStart: dataStart)) }
    try checkOverlap(tensors, infos)
    return tensors
  }

  /// The sizes with their padding, added up, must be a number.
  private func checkSum(_ infos: [GGUFTensorInfo]) throws(FileError) {
    var sum = 0
    for info in infos {
      let (padded, overflow) = info.byteCount.addingReportingOverflow(alignment - 1)
      guard !overflow else {
        throw error(
          .sizeOverflow, info, at: info.shapePosition,
          "the size with its padding exceeds 63 bits; the file is damaged")
      }
      let (total, sumOverflow) = sum.addingReportingOverflow(padded & ~(alignment - 1))
      guard !sumOverflow else {
        throw error(
          .sizeOverflow, info, at: info.shapePosition,
          "the sizes of the tensors up to here exceed 63 bits; the file is damaged")
      }
      sum = total
    }
  }

  private func place(_ info: GGUFTensorInfo, dataStart: Int) throws(FileError) -> Tensor {
    guard info.dataOffset.isMultiple(of: UInt64(alignment)) else {
      throw error(
        .badOffset, info, at: info.offsetPosition,
        "\(info.dataOffset) is no multiple of the alignment \(alignment); the file is damaged")
    }
    let available = max(0, file.count - dataStart)
    guard info.dataOffset < UInt64(available) else {
      throw error(
        .badOffset, info, at: info.offsetPosition,
        "\(info.dataOffset) lies past the end of the data (\(available) bytes); the file is cut "
          + "short or damaged, get it again")
    }
    let offset = Int(info.dataOffset)
    guard info.byteCount <= available - offset else {
      throw error(
        .truncated, info, at: dataStart + offset,
        "\(info.byteCount) bytes of data expected, \(available - offset) left; the file is cut "
          + "short, get it again")
    }
    return Tensor(
      name: info.name, shape: info.shape, type: info.type, file: file,
      offset: dataStart + offset, byteCount: info.byteCount)
  }

  private func checkOverlap(
    _ tensors: [Tensor], _ infos: [GGUFTensorInfo]
  ) throws(FileError) {
    let order = tensors.indices.sorted { tensors[$0].offset < tensors[$1].offset }
    for (before, after) in zip(order, order.dropFirst())
    where tensors[before].offset + tensors[before].byteCount > tensors[after].offset {
      throw error(
        .badOffset, infos[after], at: infos[after].offsetPosition,
        "the data overlaps that of \(infos[before].field); the file is damaged")
    }
  }

  private func error(
    _ code: FileError.Code, _ info: GGUFTensorInfo, at offset: Int, _ problem: String
  ) -> FileError {
    FileError(code, path: file.path, field: info.field, offset: offset, problem)
  }
}
