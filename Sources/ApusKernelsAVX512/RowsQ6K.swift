public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias F16x = SIMD16<Float>

extension AVX512 {
  public static func q6KRows(_ job: MatrixJob) {
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

  /// 64 bytes of nibbles are 64 columns in order (low), and the 64 after those (high).
  @inline(__always)
  private static func dot(
    _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ columns: Int, _ blocks: Int
  ) -> Float {
    var w = weights
    var q = x
    var scales = x + columns
    var halves = x + (columns &+ columns >> 2)
    var (f0, f1, f2, f3) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var offset = apus_zerof16()
    let zero = apus_zero512()
    var block = 0
    while block < blocks {
      apus_stream(w, 4)
      let own = apus_signed16(w + 192) * apus_spreadhalf16(w + 208)
      offset = apus_fma16(own, apus_loadf16(halves), offset)
      let factors = apus_opaque16(own * apus_twice16(apus_loadf8(scales)))
      let l0 = apus_load512(w)
      let h0 = apus_twice512(w + 128)
      let p0 = apus_dot16(zero, apus_six(l0, apus_left42(h0)), apus_load512(q))
      f0 = apus_fma16(apus_float16(p0), apus_spreadquarter(factors, 0), f0)
      let p1 = apus_dot16(
        zero, apus_six(apus_right4(l0), apus_right02(h0)), apus_load512(q + 64))
      f1 = apus_fma16(apus_float16(p1), apus_spreadquarter(factors, 1), f1)
      let l1 = apus_load512(w + 64)
      let h1 = apus_twice512(w + 160)
      let p2 = apus_dot16(zero, apus_six(l1, apus_left42(h1)), apus_load512(q + 128))
      f2 = apus_fma16(apus_float16(p2), apus_spreadquarter(factors, 2), f2)
      let p3 = apus_dot16(
        zero, apus_six(apus_right4(l1), apus_right02(h1)), apus_load512(q + 192))
      f3 = apus_fma16(apus_float16(p3), apus_spreadquarter(factors, 3), f3)
      w += 210
      q += 256
      scales += 32
      halves += 64
      block &+= 1
    }
    let sum = (f0 + f1) + (f2 + f3)
    return apus_sum16(apus_fma16(offset, F16x(repeating: -32), sum))
  }
}
