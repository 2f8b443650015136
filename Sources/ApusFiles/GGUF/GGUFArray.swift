/// An array of metadata, read from the file where it is asked for: a vocabulary of 150 000 pieces
/// takes no memory until then.
public struct GGUFArray: Sendable, Hashable {
  public let elementType: GGUFValueType
  public let count: Int
  let file: FileBytes
  /// Where the first element lies in `file`, and how many bytes all take.
  let offset: Int
  let byteCount: Int
  /// Of strings: where every 32nd begins, so that one is found without reading all before it.
  private let marks: [Int]

  private static let markDistance = ByteCursor.markDistance

  /// Reads over the array that begins at the cursor, checking each string.
  init(
    _ elementType: GGUFValueType, count: UInt64, at cursor: inout ByteCursor,
    _ field: @autoclosure () -> String
  ) throws(FileError) {
    let smallest = elementType.byteCount ?? 8
    guard count <= UInt64(cursor.remaining / smallest) else {
      throw cursor.error(
        .lengthPastEOF, field(),
        "\(count) elements announced, \(cursor.remaining) bytes left; the file is cut short or "
          + "damaged")
    }
    self.elementType = elementType
    self.count = Int(count)
    file = cursor.source
    offset = cursor.position
    var marks: [Int] = []
    if elementType == .string {
      marks = try cursor.skipStrings(
        self.count, limit: GGUFReader.maxStringBytes, field())
    } else {
      try cursor.skip(self.count * smallest, field())
    }
    self.marks = marks
    byteCount = cursor.position - offset
  }

  /// An array in memory, to be written.
  private init(_ elementType: GGUFValueType, count: Int, bytes: [UInt8], marks: [Int] = []) {
    self.elementType = elementType
    self.count = count
    file = FileBytes(copying: bytes)
    offset = 0
    byteCount = bytes.count
    self.marks = marks
  }

  public init(_ values: [String]) {
    var bytes: [UInt8] = []
    var marks: [Int] = []
    for (index, value) in values.enumerated() {
      if index.isMultiple(of: GGUFArray.markDistance) { marks.append(bytes.count) }
      bytes.append(littleEndian: UInt64(value.utf8.count))
      bytes.append(contentsOf: value.utf8)
    }
    self.init(.string, count: values.count, bytes: bytes, marks: marks)
  }

  public init(_ values: [Float]) {
    var bytes: [UInt8] = []
    for value in values { bytes.append(littleEndian: value.bitPattern) }
    self.init(.float32, count: values.count, bytes: bytes)
  }

  public init(_ values: [Bool]) {
    self.init(.bool, count: values.count, bytes: values.map { $0 ? 1 : 0 })
  }

  public init(_ values: [Double]) {
    var bytes: [UInt8] = []
    for value in values { bytes.append(littleEndian: value.bitPattern) }
    self.init(.float64, count: values.count, bytes: bytes)
  }

  public init(_ values: [UInt8]) { self.init(.uint8, integers: values) }
  public init(_ values: [Int8]) { self.init(.int8, integers: values) }
  public init(_ values: [UInt16]) { self.init(.uint16, integers: values) }
  public init(_ values: [Int16]) { self.init(.int16, integers: values) }
  public init(_ values: [UInt32]) { self.init(.uint32, integers: values) }
  public init(_ values: [Int32]) { self.init(.int32, integers: values) }
  public init(_ values: [UInt64]) { self.init(.uint64, integers: values) }
  public init(_ values: [Int64]) { self.init(.int64, integers: values) }

  private init<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: GGUFValueType, integers: [Integer]
  ) {
    var bytes: [UInt8] = []
    for value in integers { bytes.append(littleEndian: value) }
    self.init(type, count: integers.count, bytes: bytes)
  }

  /// The elements as strings; `nil` for an array of something else.
  public var strings: GGUFStrings? { elementType == .string ? GGUFStrings(array: self) : nil }

  /// The elements as integers; `nil` unless all are integers that fit.
  public var ints: [Int]? {
    switch elementType {
    case .uint8: map(UInt8.self) { Int($0) }
    case .int8: map(Int8.self) { Int($0) }
    case .uint16: map(UInt16.self) { Int($0) }
    case .int16: map(Int16.self) { Int($0) }
    case .uint32: map(UInt32.self) { Int($0) }
    case .int32: map(Int32.self) { Int($0) }
    case .uint64: map(UInt64.self) { Int(exactly: $0) }
    case .int64: map(Int64.self) { Int($0) }
    default: nil
    }
  }

  /// The elements as floating-point numbers; `nil` unless all are numbers.
  public var floats: [Float]? {
    elementType == .float32
      ? map(UInt32.self) { Float(bitPattern: $0) }
      : map { value in value.double.map { Float($0) } }
  }

  public var bools: [Bool]? { map { $0.bool } }

  private func map<Value>(_ transform: (GGUFValue) -> Value?) -> [Value]? {
    guard let size = elementType.byteCount else { return nil }
    var result: [Value] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      guard let scalar = file.scalar(elementType, at: offset + index * size),
        let value = transform(scalar)
      else { return nil }
      result.append(value)
    }
    return result
  }

  /// Elements of one width, without a ``GGUFValue`` for each.
  private func map<Integer: FixedWidthInteger & BitwiseCopyable, Value>(
    _ type: Integer.Type, _ transform: (Integer) -> Value?
  ) -> [Value]? {
    var result: [Value] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      guard let integer = file.integer(at: offset + index * MemoryLayout<Integer>.size, as: type),
        let value = transform(integer)
      else { return nil }
      result.append(value)
    }
    return result
  }

  /// Where string `index` begins.
  fileprivate func position(ofString index: Int) -> Int {
    var position = marks[index / GGUFArray.markDistance]
    for _ in 0..<index % GGUFArray.markDistance { position += stride(at: position) }
    return position
  }

  /// Bytes of the string at `position` and its length; checked again, because the file may have
  /// changed under the map.
  fileprivate func stride(at position: Int) -> Int {
    8 + (file.stringBytes(at: position)?.count ?? 0)
  }

  /// The bytes of the elements as they stand in the file.
  var bytes: UnsafeRawBufferPointer {
    file.bytes(at: offset, count: byteCount) ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }

  /// The bytes of some strings; none where the file has changed so far under the map that they
  /// cannot be told.
  fileprivate func bytes(of strings: Range<Int>) -> UnsafeRawBufferPointer {
    let begin =
      strings.lowerBound < count ? position(ofString: strings.lowerBound) : offset + byteCount
    let end =
      strings.upperBound < count ? position(ofString: strings.upperBound) : offset + byteCount
    return file.bytes(at: begin, count: end - begin) ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }

  public static func == (left: GGUFArray, right: GGUFArray) -> Bool {
    left.elementType == right.elementType && left.count == right.count
      && left.bytes.elementsEqual(right.bytes)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(elementType)
    hasher.combine(bytes: bytes)
  }
}

/// Strings of an array in a file. Going through them in order is O(1) for each.
public struct GGUFStrings: Sendable, RandomAccessCollection {
  let array: GGUFArray

  public var startIndex: Int { 0 }
  public var endIndex: Int { array.count }

  public subscript(position: Int) -> String {
    precondition(position >= 0 && position < array.count, "index out of range")
    return withBytes(at: position) { String(decoding: $0, as: UTF8.self) }
  }

  /// Calls `body` with the UTF-8 of one string, which lies in the file.
  public func withBytes<Result>(
    at position: Int, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    precondition(position >= 0 && position < array.count, "index out of range")
    let bytes = array.file.stringBytes(at: array.position(ofString: position))
    return try body(bytes ?? UnsafeRawBufferPointer(start: nil, count: 0))
  }

  /// Calls `body` with the UTF-8 of each string in turn: the fast way to read a vocabulary.
  public func forEachBytes(
    _ body: (_ index: Int, _ bytes: UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    var position = array.offset
    for index in 0..<array.count {
      let bytes = array.file.stringBytes(at: position)
      try body(index, bytes ?? UnsafeRawBufferPointer(start: nil, count: 0))
      position += 8 + (bytes?.count ?? 0)
    }
  }

  /// Bytes between one string and the next in ``contiguous(_:)``: the length of the next.
  public static let gap = 8

  /// Whether all take less than 4 GiB: more is not for ``contiguous(_:)``.
  public var fitsOneBuffer: Bool { array.byteCount < Int(UInt32.max) - Self.gap }

  /// Some strings in one buffer, as they stand in the file, and where each begins; behind the last
  /// one where another would begin.
  public func contiguous(_ range: Range<Int>) -> (bytes: [UInt8], offsets: [UInt32]) {
    precondition(fitsOneBuffer && range.lowerBound >= 0 && range.upperBound <= array.count)
    let source = array.bytes(of: range)
    var offsets = [UInt32](
      repeating: UInt32(source.count), count: range.count + 1)
    var place = 0
    // Lengths are checked again, because the file may have changed under the map.
    for index in 0..<range.count where place <= source.count - 8 {
      let length = UInt64(
        littleEndian: source.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place += Self.gap
      offsets[index] = UInt32(truncatingIfNeeded: place)
      place += Int(truncatingIfNeeded: Swift.min(length, UInt64(source.count - place)))
    }
    offsets[range.count] = UInt32(place + Self.gap)
    return (Array(source), offsets)
  }

  public struct Iterator: IteratorProtocol {
    fileprivate let array: GGUFArray
    fileprivate var index = 0
    fileprivate var position: Int

    public mutating func next() -> String? {
      guard index < array.count else { return nil }
      let bytes = array.file.stringBytes(at: position)
      index += 1
      position += 8 + (bytes?.count ?? 0)
      return bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
  }

  public func makeIterator() -> Iterator { Iterator(array: array, position: array.offset) }
}

extension [UInt8] {
  mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(littleEndian value: Integer) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}
