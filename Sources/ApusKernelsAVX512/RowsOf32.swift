public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>

// Q4_0 and Q5_0, two blocks at a time: bytes less 8 or 16, one scale for 32.
extension AVX512 {
  /// Bytes of two blocks; `high` (a constant at every use): whether fifth bits lie before them.
  @inline(__always)
  private static func bytes(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ high: Bool
  ) -> SIMD8<Int64> {
    high
      ? apus_fifths(apus_nibbles64(a + 6, b + 6), a + 2, b + 2)
      : apus_nibbles64(a + 2, b + 2)
  }

  @inline(__always)
  private static func dot(
    _ weights: UnsafeRawPointer, _ byteCount: Int, _ x: UnsafeRawPointer, _ columns: Int,
    _ high: Bool
  ) -> Float {
    var w = weights
    var q = x
    var scales = x + columns
    let sums = columns >> 3
    let zero = apus_zero512()
    var (f0, f1, m0, m1) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var left = columns >> 5
    while left >= 4 {
      apus_stream(w, 2)
      let w1 = w + byteCount
      let d0 = apus_spreadhalves(w, w1)
      let p0 = apus_dot16(zero, bytes(w, w1, high), apus_load512(q))
      f0 = apus_fma16(apus_float16(p0), d0 * apus_spreadtwo(scales), f0)
      m0 = apus_fma16(d0, apus_spreadtwo(scales + sums), m0)
      let w2 = w1 + byteCount
      let w3 = w2 + byteCount
      let d1 = apus_spreadhalves(w2, w3)
      let p1 = apus_dot16(zero, bytes(w2, w3, high), apus_load512(q + 64))
      f1 = apus_fma16(apus_float16(p1), d1 * apus_spreadtwo(scales + 8), f1)
      m1 = apus_fma16(d1, apus_spreadtwo(scales + (sums &+ 8)), m1)
      w = w3 + byteCount
      q += 128
      scales += 16
      left &-= 4
    }
    // The last blocks alone: the upper half of the activations' scales counts nothing.
    while left > 0 {
      let d = apus_half(w)
      let p = apus_dot16(zero, bytes(w, w, high), apus_join512(q, q))
      let lower = apus_lowerhalf(F16x(repeating: d * scales.load(as: Float.self)))
      f0 = apus_fma16(apus_float16(p), lower, f0)
      let sum = (scales + sums).load(as: Float.self)
      m0 = apus_fma16(apus_lowerhalf(F16x(repeating: d)), F16x(repeating: sum), m0)
      w += byteCount
      q += 32
      scales += 4
      left &-= 1
    }
    // Every sum is in eight lanes.
    let offset: Float = high ? -2 : -1
    return apus_sum16(apus_fma16(m0 + m1, F16x(repeating: offset), f0 + f1))
  }

  public static func q40Rows(_ job: MatrixJob) {
    let columns = job.columnCount
    let stride = (columns &+ columns >> 1 &+ 64 &+ 63) & ~63
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* stride
        job.output[token &* job.outputStride &+ row] = dot(weights, 18, x, columns, false)
        token &+= 1
      }
      row &+= 1
    }
  }

  public static func q50Rows(_ job: MatrixJob) {
    let columns = job.columnCount
    let stride = (columns &+ columns >> 1 &+ 64 &+ 63) & ~63
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* stride
        job.output[token &* job.outputStride &+ row] = dot(weights, 22, x, columns, true)
        token &+= 1
      }
      row &+= 1
    }
  }
}
