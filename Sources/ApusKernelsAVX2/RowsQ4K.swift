public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>

extension AVX2 {
  public static func q4KRows(_ job: MatrixJob) {
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
    var w = weights
    var q = x
    var scales = x + columns
    var sums = x + (columns &+ columns >> 3)
    var (f0, f1, f2, f3) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var least = F8.zero
    var block = 0
    while block < blocks {
      apus_stream(w, 3)
      let packed = apus_scales6(w + 4)
      let factors = apus_opaque8(
        apus_lowbytes8(packed) * (apus_loadf8(scales) * apus_spreadhalf8(w)))
      least = apus_fma8(
        apus_highbytes8(packed) * apus_spreadhalf8(w + 2), apus_loadf8(sums), least)
      let b0 = apus_load256(w + 16)
      let b1 = apus_load256(w + 48)
      let b2 = apus_load256(w + 80)
      let b3 = apus_load256(w + 112)
      let p0 = apus_dot8(apus_low4(b0), apus_load256(q))
      f0 = apus_fma8(apus_float8(p0), apus_spreadlane(factors, 0), f0)
      let p1 = apus_dot8(apus_high4(b0), apus_load256(q + 32))
      f1 = apus_fma8(apus_float8(p1), apus_spreadlane(factors, 1), f1)
      let p2 = apus_dot8(apus_low4(b1), apus_load256(q + 64))
      f2 = apus_fma8(apus_float8(p2), apus_spreadlane(factors, 2), f2)
      let p3 = apus_dot8(apus_high4(b1), apus_load256(q + 96))
      f3 = apus_fma8(apus_float8(p3), apus_spreadlane(factors, 3), f3)
      let p4 = apus_dot8(apus_low4(b2), apus_load256(q + 128))
      f0 = apus_fma8(apus_float8(p4), apus_spreadlane(factors, 4), f0)
      let p5 = apus_dot8(apus_high4(b2), apus_load256(q + 160))
      f1 = apus_fma8(apus_float8(p5), apus_spreadlane(factors, 5), f1)
      let p6 = apus_dot8(apus_low4(b3), apus_load256(q + 192))
      f2 = apus_fma8(apus_float8(p6), apus_spreadlane(factors, 6), f2)
      let p7 = apus_dot8(apus_high4(b3), apus_load256(q + 224))
      f3 = apus_fma8(apus_float8(p7), apus_spreadlane(factors, 7), f3)
      w += 144
      q += 256
      scales += 32
      sums += 32
      block &+= 1
    }
    return apus_sum8(((f0 + f1) + (f2 + f3)) - least)
  }
}
