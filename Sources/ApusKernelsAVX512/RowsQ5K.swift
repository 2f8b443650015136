public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias F16x = SIMD16<Float>

extension AVX512 {
  public static func q5KRows(_ job: MatrixJob) {
    let columns = job.columnCount
    let stride = (columns &+ columns >> 1 &+ 64 &+ 63) & ~63
    let blocks = columns >> 8
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

  /// As Q4_K; the fifth bits of sub-block `i` are bit `i` of 32 bytes.
  @inline(__always)
  private static func dot(
    _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ columns: Int, _ blocks: Int
  ) -> Float {
    var w = weights
    var q = x
    var scales = x + columns
    let sums = columns >> 3
    var (f0, f1, f2, f3) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var least = F8.zero
    let zero = apus_zero512()
    var block = 0
    while block < blocks {
      apus_stream(w, 3)
      let packed = apus_scales6(w + 4)
      let factors = apus_opaque8(
        apus_lowbytes8(packed) * (apus_loadf8(scales) * apus_spreadhalf8(w)))
      least = apus_fma8(
        apus_highbytes8(packed) * apus_spreadhalf8(w + 2), apus_loadf8(scales + sums), least)
      let bits = apus_twice512(w + 16)
      let b0 = apus_load512(w + 48)
      let b1 = apus_load512(w + 112)
      let p0 = apus_dot16(zero, apus_fifth(apus_low4x64(b0), bits, 0), apus_join512(q, q + 64))
      f0 = apus_fma16(apus_float16(p0), apus_spreadevery2(factors, 0), f0)
      let p1 = apus_dot16(
        zero, apus_fifth(apus_high4x64(b0), bits, 1), apus_join512(q + 32, q + 96))
      f1 = apus_fma16(apus_float16(p1), apus_spreadevery2(factors, 1), f1)
      let p2 = apus_dot16(
        zero, apus_fifth(apus_low4x64(b1), bits, 4), apus_join512(q + 128, q + 192))
      f2 = apus_fma16(apus_float16(p2), apus_spreadevery2(factors, 4), f2)
      let p3 = apus_dot16(
        zero, apus_fifth(apus_high4x64(b1), bits, 5), apus_join512(q + 160, q + 224))
      f3 = apus_fma16(apus_float16(p3), apus_spreadevery2(factors, 5), f3)
      w += 176
      q += 256
      scales += 32
      block &+= 1
    }
    return apus_sum16((f0 + f1) + (f2 + f3)) - apus_sum8(least)
  }
}
