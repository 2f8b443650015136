public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>

extension AVX2 {
  public static func q8Rows(_ job: MatrixJob) {
    let columns = job.columnCount
    let stride = activationByteCount(columns)
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var x = job.activations
      var out = job.output + row
      var left = job.tokenCount
      while left >= 2 {
        dots(weights, x, stride, columns, 2, out, job.outputStride)
        x += 2 &* stride
        out += 2 &* job.outputStride
        left &-= 2
      }
      if left > 0 { dots(weights, x, stride, columns, 1, out, job.outputStride) }
      row &+= 1
    }
  }

  @inline(__always)
  private static func one(
    _ w: UnsafeRawPointer, _ q: UnsafeRawPointer, _ scale: UnsafeRawPointer, _ sum: F8
  ) -> F8 {
    let bytes = apus_load256(w + 2)
    let dot = apus_dot8(_mm256_abs_epi8(bytes), _mm256_sign_epi8(apus_load256(q), bytes))
    let factor = apus_spreadhalf8(w) * apus_spreadf8(scale)
    return apus_fma8(apus_float8(dot), factor, sum)
  }

  /// What one token has summed up.
  private struct Sums {
    var (f0, f1, f2, f3) = (F8.zero, F8.zero, F8.zero, F8.zero)

    @inline(__always)
    var total: Float { apus_sum8((f0 + f1) + (f2 + f3)) }
  }

  /// One row times 1 or 2 tokens (a constant at every use): each has the sums that it has alone.
  @inline(__always)
  private static func dots(
    _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ stride: Int, _ columns: Int,
    _ tokens: Int, _ out: UnsafeMutablePointer<Float>, _ outStride: Int
  ) {
    var (a, b) = (Sums(), Sums())
    var w = weights
    var q = x
    var s = x + columns
    var left = columns >> 5
    while left >= 4 {
      apus_stream(w, 3)
      a.f0 = one(w, q, s, a.f0)
      if tokens > 1 { b.f0 = one(w, q + stride, s + stride, b.f0) }
      a.f1 = one(w + 34, q + 32, s + 4, a.f1)
      if tokens > 1 { b.f1 = one(w + 34, q + (stride &+ 32), s + (stride &+ 4), b.f1) }
      a.f2 = one(w + 68, q + 64, s + 8, a.f2)
      if tokens > 1 { b.f2 = one(w + 68, q + (stride &+ 64), s + (stride &+ 8), b.f2) }
      a.f3 = one(w + 102, q + 96, s + 12, a.f3)
      if tokens > 1 { b.f3 = one(w + 102, q + (stride &+ 96), s + (stride &+ 12), b.f3) }
      w += 136
      q += 128
      s += 16
      left &-= 4
    }
    while left > 0 {
      a.f0 = one(w, q, s, a.f0)
      if tokens > 1 { b.f0 = one(w, q + stride, s + stride, b.f0) }
      w += 34
      q += 32
      s += 4
      left &-= 1
    }
    out[0] = a.total
    if tokens > 1 { out[outStride] = b.total }
  }
}
