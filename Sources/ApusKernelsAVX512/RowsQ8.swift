public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias F16x = SIMD16<Float>

extension AVX512 {
  public static func q8Rows(_ job: MatrixJob) {
    let columns = job.columnCount
    let stride = (columns &+ columns >> 1 &+ 64 &+ 63) & ~63
    let blocks = columns >> 5
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* stride
        job.output[token &* job.outputStride &+ row] = dot(weights, x, columns, blocks)
        token &+= 1
      }
      row &+= 1
    }
  }

  /// Two blocks at a time.
  @inline(__always)
  private static func pair(
    _ w: UnsafeRawPointer, _ q: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ sum: F16x
  ) -> F16x {
    let dot = apus_signeddot16(apus_zero512(), apus_join512(w + 2, w + 36), apus_load512(q))
    let factors = apus_spreadhalves(w, w + 34) * apus_spreadtwo(scales)
    return apus_fma16(apus_float16(dot), factors, sum)
  }

  @inline(__always)
  private static func dot(
    _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ columns: Int, _ blocks: Int
  ) -> Float {
    var w = weights
    var q = x
    var scales = x + columns
    var (f0, f1, f2, f3) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var left = blocks
    while left >= 8 {
      apus_stream(w, 5)
      f0 = pair(w, q, scales, f0)
      f1 = pair(w + 68, q + 64, scales + 8, f1)
      f2 = pair(w + 136, q + 128, scales + 16, f2)
      f3 = pair(w + 204, q + 192, scales + 24, f3)
      w += 272
      q += 256
      scales += 32
      left &-= 8
    }
    while left >= 2 {
      f0 = pair(w, q, scales, f0)
      w += 68
      q += 64
      scales += 8
      left &-= 2
    }
    var last = F8.zero
    if left > 0 {
      let bytes = apus_load256(w + 2)
      let dot = apus_dot8(_mm256_abs_epi8(bytes), _mm256_sign_epi8(apus_load256(q), bytes))
      last = apus_float8(dot) * (apus_spreadhalf8(w) * apus_spreadf8(scales))
    }
    return apus_sum16((f0 + f1) + (f2 + f3)) + apus_sum8(last)
  }
}
