import ApusBlocks
import ApusKernels

extension Kind {
  /// Every kernel table decodes and multiplies what the portable one does. The first byte chooses the
  /// format, the rest are blocks.
  static let blocks = Kind(name: "blocks") { bytes in
    guard let first = bytes.first else { return }
    let formats = BlockFormat.allCases
    let format = formats[Int(first) % formats.count]
    let columns = format.elementsPerBlock == 1 ? 32 : 512
    guard let size = format.byteCount(elements: columns) else { return }
    let rows = min((bytes.count - 1) / size, 4)
    guard rows > 0 else { return }

    // The end of the memory is the end of the blocks: Address Sanitizer sees what is read behind.
    let blocks = UnsafeMutableRawBufferPointer.allocate(byteCount: rows * size, alignment: 1)
    defer { blocks.deallocate() }
    blocks.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[1..<1 + rows * size]))
    guard let base = UnsafeRawPointer(blocks.baseAddress) else { return }

    let expected = format.decode(Array(blocks))
    _ = format.encode(expected)
    let x = [Float](repeating: 1, count: columns)
    for table in KernelTable.available {
      for row in 0..<rows {
        let reference = expected[row * columns..<(row + 1) * columns]
        check(reference, decoded(base + row * size, table[format], columns), format, table)
      }
      // Only that it returns: sums of such numbers are not comparable.
      var y = [Float](repeating: 0, count: rows)
      multiply(base, rows, size, columns, table[format], x, &y)
    }
  }

  private static func decoded(
    _ row: UnsafeRawPointer, _ kernels: MatrixKernels, _ columns: Int
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: columns) { buffer, count in
      if let out = buffer.baseAddress { kernels.decode(row, out, columns) }
      count = columns
    }
  }

  /// Equal but for one rounding of the largest term; NaN and infinities in the same places.
  private static func check(
    _ expected: ArraySlice<Float>, _ found: [Float], _ format: BlockFormat, _ table: KernelTable
  ) {
    let largest = expected.reduce(Float(0)) { $1.isFinite ? max($0, $1.magnitude) : $0 }
    for (a, b) in zip(expected, found) where a.bitPattern != b.bitPattern {
      if a.isNaN && b.isNaN { continue }
      // A fused product may stay finite, or reach infinity, where two roundings do not.
      if !a.isFinite || !b.isFinite { continue }
      if (a - b).magnitude <= 2e-6 * max(largest, 1e-30) { continue }
      fatalError("\(table.name) decodes \(format.name) to \(b), not \(a)")
    }
  }

  private static func multiply(
    _ base: UnsafeRawPointer, _ rows: Int, _ size: Int, _ columns: Int, _ kernels: MatrixKernels,
    _ x: [Float], _ y: inout [Float]
  ) {
    for kernel in [kernels.exact, kernels.vector, kernels.tile] {
      let scratch = AlignedBuffer<UInt8>(count: kernel.scratchByteCount(columns))
      let packed = AlignedBuffer<UInt8>(count: kernel.packing?.bytesPerGroup(columns) ?? 0)
      x.withUnsafeBufferPointer { x in
        y.withUnsafeMutableBufferPointer { y in
          guard let x = x.baseAddress, let y = y.baseAddress else { return }
          kernel.packing?.pack(
            ActivationJob(input: x, tokenCount: 1, columnCount: columns, output: packed.base))
          kernel.run(
            MatrixJob(
              weights: base, rowByteCount: size, rowCount: rows, columnCount: columns,
              activations: kernel.packing == nil
                ? UnsafeRawPointer(x) : UnsafeRawPointer(packed.base),
              tokenCount: 1, output: y, outputStride: rows, scratch: scratch.base))
        }
      }
    }
  }
}
