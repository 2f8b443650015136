import ApusBlocks
import Testing

@Suite struct BlockMatrixTests {
  static func matrix(_ format: BlockFormat, rows: Int, columns: Int) throws -> BlockMatrix {
    let size = try #require(format.byteCount(elements: columns))
    var generator = Generator(1)
    let bytes = format.encode((0..<rows * columns).map { _ in generator.bell() })
    let memory = AlignedBuffer<UInt8>(count: bytes.count)
    for (index, byte) in bytes.enumerated() { memory[index] = byte }
    return BlockMatrix(
      format: format, rowCount: rows, columnCount: columns, rowByteCount: size,
      base: UnsafeRawPointer(memory.base), owner: memory)
  }

  static func floats(_ matrix: BlockMatrix) -> [[Float]] {
    (0..<matrix.rowCount).map { row in
      let bytes = UnsafeRawBufferPointer(
        start: matrix.base + row * matrix.rowByteCount, count: matrix.rowByteCount)
      return matrix.format.decode(Array(bytes))
    }
  }

  @Test func rowsShareTheBytes() throws {
    let whole = try Self.matrix(.Q8_0, rows: 7, columns: 64)
    let part = whole.rows(2..<5)
    #expect(part.rowCount == 3 && part.columnCount == 64)
    #expect(part.base == whole.base + 2 * whole.rowByteCount)
    #expect(Self.floats(part) == Array(Self.floats(whole)[2..<5]))
    #expect(whole.rows(7..<7).rowCount == 0)
  }

  @Test(arguments: [BlockFormat.F32, .F16, .BF16])
  func transposesPlainFormats(_ format: BlockFormat) throws {
    let matrix = try Self.matrix(format, rows: 5, columns: 9)
    let transposed = try #require(matrix.transposed())
    #expect(transposed.rowCount == 9 && transposed.columnCount == 5)
    let (a, b) = (Self.floats(matrix), Self.floats(transposed))
    for row in 0..<5 {
      for column in 0..<9 { #expect(a[row][column] == b[column][row]) }
    }
  }

  @Test func refusesToTransposeBlocks() throws {
    #expect(try Self.matrix(.Q4_0, rows: 32, columns: 32).transposed() == nil)
  }

  @Test(arguments: [0, 1, 5, 4096]) func buffersAreAlignedAndZero(_ count: Int) {
    let buffer = AlignedBuffer<Float>(count: count)
    #expect(Int(bitPattern: buffer.base) % 64 == 0)
    #expect(buffer.buffer.count == count)
    #expect(buffer.buffer.allSatisfy { $0 == 0 })
    // Sixteen floats behind the end may be read.
    for index in count..<count + 16 { #expect(buffer.base[index] == 0) }
  }
}
