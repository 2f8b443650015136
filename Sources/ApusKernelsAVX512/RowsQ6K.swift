public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>
private typealias I512 = SIMD8<Int64>

extension AVX512 {
  public static func q6KRows(_ job: MatrixJob) {
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
    var offset = apus_zerof16()

    @inline(__always)
    var total: Float {
      apus_sum16(apus_fma16(offset, F16x(repeating: -32), (f0 + f1) + (f2 + f3)))
    }
  }

  /// One block, unpacked: 64 bytes of nibbles are 64 columns in order (low), and the 64 after those
  /// (high).
  private struct Block {
    let scales: F16x
    let (q0, q1, q2, q3): (I512, I512, I512, I512)

    @inline(__always)
    init(_ w: UnsafeRawPointer) {
      scales = apus_signed16(w + 192) * apus_spreadhalf16(w + 208)
      let l0 = apus_load512(w)
      let h0 = apus_twice512(w + 128)
      q0 = apus_six(l0, apus_left42(h0))
      q1 = apus_six(apus_right4(l0), apus_right02(h0))
      let l1 = apus_load512(w + 64)
      let h1 = apus_twice512(w + 160)
      q2 = apus_six(l1, apus_left42(h1))
      q3 = apus_six(apus_right4(l1), apus_right02(h1))
    }

    /// Adds the product with one token's activations.
    @inline(__always)
    func multiply(
      _ q: UnsafeRawPointer, _ tokenScales: UnsafeRawPointer, _ halves: UnsafeRawPointer,
      _ sum: inout Sums
    ) {
      let zero = apus_zero512()
      sum.offset = apus_fma16(scales, apus_loadf16(halves), sum.offset)
      let factors = apus_opaque16(scales * apus_twice16(apus_loadf8(tokenScales)))
      let p0 = apus_dot16(zero, q0, apus_load512(q))
      sum.f0 = apus_fma16(apus_float16(p0), apus_spreadquarter(factors, 0), sum.f0)
      let p1 = apus_dot16(zero, q1, apus_load512(q + 64))
      sum.f1 = apus_fma16(apus_float16(p1), apus_spreadquarter(factors, 1), sum.f1)
      let p2 = apus_dot16(zero, q2, apus_load512(q + 128))
      sum.f2 = apus_fma16(apus_float16(p2), apus_spreadquarter(factors, 2), sum.f2)
      let p3 = apus_dot16(zero, q3, apus_load512(q + 192))
      sum.f3 = apus_fma16(apus_float16(p3), apus_spreadquarter(factors, 3), sum.f3)
    }
  }

  /// One row times 1, 2 or 4 tokens (a constant at every use): each has the sums that it has alone.
  @inline(__always)
  private static func dots(
    _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ stride: Int, _ columns: Int,
    _ tokens: Int, _ out: UnsafeMutablePointer<Float>, _ outStride: Int
  ) {
    var (a, b, c, d) = (Sums(), Sums(), Sums(), Sums())
    var w = weights
    var q = x
    var scales = x + columns
    var halves = x + (columns &+ columns >> 2)
    let (two, three) = (2 &* stride, 3 &* stride)
    var left = columns >> 8
    while left > 0 {
      apus_stream(w, 4)
      let block = Block(w)
      block.multiply(q, scales, halves, &a)
      if tokens > 1 { block.multiply(q + stride, scales + stride, halves + stride, &b) }
      if tokens > 2 {
        block.multiply(q + two, scales + two, halves + two, &c)
        block.multiply(q + three, scales + three, halves + three, &d)
      }
      w += 210
      q += 256
      scales += 32
      halves += 64
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
