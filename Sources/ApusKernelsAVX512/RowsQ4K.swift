public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias F16x = SIMD16<Float>

extension AVX512 {
  public static func q4KRows(_ job: MatrixJob) {
    let columns = job.columnCount
    let stride = (columns &+ columns >> 1 &+ 64 &+ 63) & ~63
    // Some rows at a time for each four tokens: their activations stay in the first cache.
    var first = 0
    while first < job.rowCount {
      let end = min(first &+ 16, job.rowCount)
      var x = job.activations
      var out = job.output
      var left = job.tokenCount
      while left > 0 {
        let tokens = left >= 4 ? 4 : left >= 2 ? 2 : 1
        var row = first
        while row < end {
          let weights = job.weights + row &* job.rowByteCount
          switch tokens {
          case 4: dots(weights, x, stride, columns, 4, out + row, job.outputStride)
          case 2: dots(weights, x, stride, columns, 2, out + row, job.outputStride)
          default: dots(weights, x, stride, columns, 1, out + row, job.outputStride)
          }
          row &+= 1
        }
        x += tokens &* stride
        out += tokens &* job.outputStride
        left &-= tokens
      }
      first = end
    }
  }

  /// What one token has summed up.
  private struct Sums {
    var (f0, f1) = (apus_zerof16(), apus_zerof16())
    var (f2, f3) = (apus_zerof16(), apus_zerof16())
    var least = F8.zero

    @inline(__always)
    var total: Float { apus_sum16((f0 + f1) + (f2 + f3)) - apus_sum8(least) }
  }

  /// One block, unpacked: 32 bytes of nibbles are two sub-blocks in order.
  private struct Block {
    let d: F8
    let scales: F8
    let minima: F8
    let (q0, q1, q2, q3): (SIMD8<Int64>, SIMD8<Int64>, SIMD8<Int64>, SIMD8<Int64>)

    @inline(__always)
    init(_ w: UnsafeRawPointer) {
      let packed = apus_scales6(w + 4)
      d = apus_spreadhalf8(w)
      scales = apus_lowbytes8(packed)
      minima = apus_highbytes8(packed) * apus_spreadhalf8(w + 2)
      q0 = apus_nibbles512(w + 16)
      q1 = apus_nibbles512(w + 48)
      q2 = apus_nibbles512(w + 80)
      q3 = apus_nibbles512(w + 112)
    }

    /// Adds the product with one token's activations.
    @inline(__always)
    func multiply(
      _ q: UnsafeRawPointer, _ tokenScales: UnsafeRawPointer, _ sums: Int, _ sum: inout Sums
    ) {
      let zero = apus_zero512()
      let factors = apus_opaque8(scales * (apus_loadf8(tokenScales) * d))
      sum.least = apus_fma8(minima, apus_loadf8(tokenScales + sums), sum.least)
      let p0 = apus_dot16(zero, q0, apus_load512(q))
      sum.f0 = apus_fma16(apus_float16(p0), apus_spreadnext2(factors, 0), sum.f0)
      let p1 = apus_dot16(zero, q1, apus_load512(q + 64))
      sum.f1 = apus_fma16(apus_float16(p1), apus_spreadnext2(factors, 2), sum.f1)
      let p2 = apus_dot16(zero, q2, apus_load512(q + 128))
      sum.f2 = apus_fma16(apus_float16(p2), apus_spreadnext2(factors, 4), sum.f2)
      let p3 = apus_dot16(zero, q3, apus_load512(q + 192))
      sum.f3 = apus_fma16(apus_float16(p3), apus_spreadnext2(factors, 6), sum.f3)
    }
  }

  /// One row times 1, 2 or 4 tokens (a constant at every use): each has the sums that it has alone.
  @inline(__always)
  private static func dots(
    _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ stride: Int, _ columns: Int,
    _ tokens: Int, _ out: UnsafeMutablePointer<Float>, _ outStride: Int
  ) {
    let sums = columns >> 3
    var (a, b, c, d) = (Sums(), Sums(), Sums(), Sums())
    var w = weights
    var q = x
    var scales = x + columns
    var left = columns >> 8
    while left > 0 {
      apus_stream(w, 3)
      let block = Block(w)
      block.multiply(q, scales, sums, &a)
      if tokens > 1 { block.multiply(q + stride, scales + stride, sums, &b) }
      if tokens > 2 {
        block.multiply(q + 2 &* stride, scales + 2 &* stride, sums, &c)
        block.multiply(q + 3 &* stride, scales + 3 &* stride, sums, &d)
      }
      w += 144
      q += 256
      scales += 32
      left &-= 1
    }
    out[0] = a.total
    if tokens > 1 { out[outStride] = b.total }
    if tokens > 2 {
      out[2 &* outStride] = c.total
      out[3 &* outStride] = d.total
    }
  }
}
