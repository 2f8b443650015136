import ApusBlocks
import ApusFiles

extension Kind {
  /// Opens the file, asks for every value, and decodes the ends of every tensor.
  static let gguf = Kind(name: "gguf") { bytes in
    guard let file = try? GGUF(FileBytes(copying: bytes)) else { return }
    _ = file.metadata.map { "\($0)" }
    for tensor in file.tensors {
      guard let matrix = try? tensor.matrix() else { continue }
      guard matrix.rowCount > 0, matrix.columnCount > 0, matrix.columnCount < 1 << 20 else {
        continue
      }
      let row = [0, matrix.rowCount - 1]
      var out = [Float](repeating: 0, count: matrix.columnCount)
      for index in row {
        out.withUnsafeMutableBufferPointer { buffer in
          guard let into = buffer.baseAddress else { return }
          matrix.format.decode(
            matrix.base + index * matrix.rowByteCount, into: into, count: matrix.columnCount)
        }
      }
    }
  }
}
