extension BlockMatrix {
  /// The rows in `range`, sharing the bytes.
  public func rows(_ range: Range<Int>) -> BlockMatrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rowCount)
    return BlockMatrix(
      format: format, rowCount: range.count, columnCount: columnCount,
      rowByteCount: rowByteCount, base: base + range.lowerBound * rowByteCount, owner: owner)
  }

  /// A transposed copy, in memory of its own; `nil` for formats whose blocks hold several elements.
  public func transposed() -> BlockMatrix? {
    switch format {
    case .F32: transposedCopy(of: UInt32.self)
    case .F16, .BF16: transposedCopy(of: UInt16.self)
    default: nil
    }
  }

  private func transposedCopy<Bits: FixedWidthInteger & BitwiseCopyable>(
    of _: Bits.Type
  ) -> BlockMatrix {
    let copy = AlignedBuffer<Bits>(count: rowCount * columnCount)
    let size = MemoryLayout<Bits>.size
    for row in 0..<rowCount {
      let source = base + row * rowByteCount
      for column in 0..<columnCount {
        copy.base[column * rowCount + row] =
          source.loadUnaligned(fromByteOffset: column * size, as: Bits.self)
      }
    }
    return BlockMatrix(
      format: format, rowCount: columnCount, columnCount: rowCount,
      rowByteCount: rowCount * size, base: UnsafeRawPointer(copy.base), owner: copy)
  }
}
