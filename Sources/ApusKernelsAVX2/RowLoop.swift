import ApusBlocks
import CSIMD

extension AVX2 {
  /// All rows times all tokens: `one` and `two` take a row times that many tokens, `both` two rows
  /// times one token.
  @inline(__always)
  static func overRows(
    _ job: MatrixJob,
    one: (UnsafeRawPointer, UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void,
    two: (UnsafeRawPointer, UnsafeRawPointer, UnsafeMutablePointer<Float>) -> Void,
    both: (
      UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeMutablePointer<Float>,
      _ second: Int
    ) -> Void
  ) {
    let stride = apus_layout(job.columnCount).byteCount
    var row = 0
    if job.tokenCount == 1 {
      // Rows far apart: memory is faster in two places at once.
      let half = (job.rowCount &+ 1) >> 1
      while row < half {
        let a = job.weights + row &* job.rowByteCount
        let second = row &+ half < job.rowCount ? half : 0
        both(a, a + second &* job.rowByteCount, job.activations, job.output + row, second)
        row &+= 1
      }
      return
    }
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var x = job.activations
      var out = job.output + row
      var left = job.tokenCount
      while left >= 2 {
        two(weights, x, out)
        x += 2 &* stride
        out += 2 &* job.outputStride
        left &-= 2
      }
      if left > 0 { one(weights, x, out) }
      row &+= 1
    }
  }
}
