public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>

extension AVX2 {
  public static func q6KRows(_ job: MatrixJob) {
    let stride = activationByteCount(job.columnCount)
    let blocks = job.columnCount >> 8
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
  private static func dot(
    _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ columns: Int, _ blocks: Int
  ) -> Float {
    let bits = apus_bytes8(48)
    var w = weights
    var q = x
    var scales = x + columns
    var halves = x + (columns &+ columns >> 2)
    var (f0, f1, f2, f3) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var offset = F8.zero
    var block = 0
    while block < blocks {
      apus_stream(w, 4)
      let d = apus_spreadhalf8(w + 208)
      let tokenScales = apus_loadf8(scales)
      var factors = apus_signed8(w + 192) * d
      offset = apus_fma8(factors, apus_loadf8(halves), offset)
      factors = apus_opaque8(factors * apus_twice(tokenScales, 0))

      var low = apus_load256(w)
      var next = apus_load256(w + 32)
      var high = apus_load256(w + 128)
      let p0 = apus_dot8(
        apus_low4(low) | (_mm256_slli_epi16(high, 4) & bits), apus_load256(q))
      f0 = apus_fma8(apus_float8(p0), apus_spreadpair(factors, 0), f0)
      let p1 = apus_dot8(
        apus_low4(next) | (_mm256_slli_epi16(high, 2) & bits), apus_load256(q + 32))
      f1 = apus_fma8(apus_float8(p1), apus_spreadpair(factors, 1), f1)
      let p2 = apus_dot8(apus_high4(low) | (high & bits), apus_load256(q + 64))
      f2 = apus_fma8(apus_float8(p2), apus_spreadpair(factors, 2), f2)
      let p3 = apus_dot8(
        apus_high4(next) | (_mm256_srli_epi16(high, 2) & bits), apus_load256(q + 96))
      f3 = apus_fma8(apus_float8(p3), apus_spreadpair(factors, 3), f3)

      factors = apus_signed8(w + 200) * d
      offset = apus_fma8(factors, apus_loadf8(halves + 32), offset)
      factors = apus_opaque8(factors * apus_twice(tokenScales, 1))
      low = apus_load256(w + 64)
      next = apus_load256(w + 96)
      high = apus_load256(w + 160)
      let p4 = apus_dot8(
        apus_low4(low) | (_mm256_slli_epi16(high, 4) & bits), apus_load256(q + 128))
      f0 = apus_fma8(apus_float8(p4), apus_spreadpair(factors, 0), f0)
      let p5 = apus_dot8(
        apus_low4(next) | (_mm256_slli_epi16(high, 2) & bits), apus_load256(q + 160))
      f1 = apus_fma8(apus_float8(p5), apus_spreadpair(factors, 1), f1)
      let p6 = apus_dot8(apus_high4(low) | (high & bits), apus_load256(q + 192))
      f2 = apus_fma8(apus_float8(p6), apus_spreadpair(factors, 2), f2)
      let p7 = apus_dot8(
        apus_high4(next) | (_mm256_srli_epi16(high, 2) & bits), apus_load256(q + 224))
      f3 = apus_fma8(apus_float8(p7), apus_spreadpair(factors, 3), f3)
      w += 210
      q += 256
      scales += 32
      halves += 64
      block &+= 1
    }
    return apus_sum8(apus_fma8(offset, F8(repeating: -32), (f0 + f1) + (f2 + f3)))
  }
}
