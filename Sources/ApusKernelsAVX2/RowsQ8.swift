public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>

extension AVX2 {
  public static func q8Rows(_ job: MatrixJob) {
    let stride = activationByteCount(job.columnCount)
    let blocks = job.columnCount >> 5
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* stride
        job.output[token &* job.outputStride &+ row] = dot(weights, x, job.columnCount, blocks)
        token &+= 1
      }
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

  @inline(__always)
  private static func dot(
    _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ columns: Int, _ blocks: Int
  ) -> Float {
    var w = weights
    var q = x
    var scales = x + columns
    var (f0, f1, f2, f3) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var left = blocks
    while left >= 4 {
      apus_stream(w, 3)
      f0 = one(w, q, scales, f0)
      f1 = one(w + 34, q + 32, scales + 4, f1)
      f2 = one(w + 68, q + 64, scales + 8, f2)
      f3 = one(w + 102, q + 96, scales + 12, f3)
      w += 136
      q += 128
      scales += 16
      left &-= 4
    }
    while left > 0 {
      f0 = one(w, q, scales, f0)
      w += 34
      q += 32
      scales += 4
      left &-= 1
    }
    return apus_sum8((f0 + f1) + (f2 + f3))
  }
}
