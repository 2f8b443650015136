/// A matrix of weights whose bytes somebody else owns: a mapped file, or an `AlignedBuffer`.
/// Row-major: row `r` begins at `base + r * rowByteCount`, and a row is whole blocks.
public struct BlockMatrix: @unchecked Sendable {
  // Sendable because the bytes are never written while shared.
  public let format: BlockFormat
  public let rowCount: Int
  /// Elements in a row; a multiple of the format's block size.
  public let columnCount: Int
  public let rowByteCount: Int
  public let base: UnsafeRawPointer
  /// Keeps the bytes alive.
  public let owner: any AnyObject & Sendable

  public init(
    format: BlockFormat, rowCount: Int, columnCount: Int, rowByteCount: Int,
    base: UnsafeRawPointer, owner: any AnyObject & Sendable
  ) {
    self.format = format
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.rowByteCount = rowByteCount
    self.base = base
    self.owner = owner
  }
}
