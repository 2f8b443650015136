public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

extension AVX2 {
  public static func q4KRows(_ job: MatrixJob) {
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

  /// What one token has summed up.
  private struct Sums {
    var (f0, f1, f2, f3) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var least = F8.zero

    @inline(__always)
    var total: Float { apus_sum8(((f0 + f1) + (f2 + f3)) - least) }
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
    var scales = x + columns
    let sums = columns >> 3
    var left = columns >> 8
    while left > 0 {
      apus_stream(w, 3)
      let packed = apus_scales6(w + 4)
      let d = apus_spreadhalf8(w)
      let minima = apus_highbytes8(packed) * apus_spreadhalf8(w + 2)
      let s = apus_lowbytes8(packed)
      let factors = apus_opaque8(s * (apus_loadf8(scales) * d))
      a.least = apus_fma8(minima, apus_loadf8(scales + sums), a.least)
      var others = factors
      if tokens > 1 {
        others = apus_opaque8(s * (apus_loadf8(scales + stride) * d))
        b.least = apus_fma8(minima, apus_loadf8(scales + (stride &+ sums)), b.least)
      }
      let b0 = apus_load256(w + 16)
      let q0 = apus_low4(b0)
      a.f0 = multiply(q0, q, factors, 0, a.f0)
      if tokens > 1 { b.f0 = multiply(q0, q + stride, others, 0, b.f0) }
      let q1 = apus_high4(b0)
      a.f1 = multiply(q1, q + 32, factors, 1, a.f1)
      if tokens > 1 { b.f1 = multiply(q1, q + (stride &+ 32), others, 1, b.f1) }
      let b1 = apus_load256(w + 48)
      let q2 = apus_low4(b1)
      a.f2 = multiply(q2, q + 64, factors, 2, a.f2)
      if tokens > 1 { b.f2 = multiply(q2, q + (stride &+ 64), others, 2, b.f2) }
      let q3 = apus_high4(b1)
      a.f3 = multiply(q3, q + 96, factors, 3, a.f3)
      if tokens > 1 { b.f3 = multiply(q3, q + (stride &+ 96), others, 3, b.f3) }
      let b2 = apus_load256(w + 80)
      let q4 = apus_low4(b2)
      a.f0 = multiply(q4, q + 128, factors, 4, a.f0)
      if tokens > 1 { b.f0 = multiply(q4, q + (stride &+ 128), others, 4, b.f0) }
      let q5 = apus_high4(b2)
      a.f1 = multiply(q5, q + 160, factors, 5, a.f1)
      if tokens > 1 { b.f1 = multiply(q5, q + (stride &+ 160), others, 5, b.f1) }
      let b3 = apus_load256(w + 112)
      let q6 = apus_low4(b3)
      a.f2 = multiply(q6, q + 192, factors, 6, a.f2)
      if tokens > 1 { b.f2 = multiply(q6, q + (stride &+ 192), others, 6, b.f2) }
      let q7 = apus_high4(b3)
      a.f3 = multiply(q7, q + 224, factors, 7, a.f3)
      if tokens > 1 { b.f3 = multiply(q7, q + (stride &+ 224), others, 7, b.f3) }
      w += 144
      q += 256
      scales += 32
      left &-= 1
    }
    out[0] = a.total
    if tokens > 1 { out[outStride] = b.total }
  }

  @inline(__always)
  private static func multiply(
    _ bytes: I256, _ q: UnsafeRawPointer, _ factors: F8, _ lane: Int, _ sum: F8
  ) -> F8 {
    apus_fma8(
      apus_float8(apus_dot8(bytes, apus_load256(q))), apus_spreadlane(factors, Int32(lane)), sum)
  }
}
