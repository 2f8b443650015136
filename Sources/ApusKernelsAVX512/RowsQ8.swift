public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias F16x = SIMD16<Float>

extension AVX512 {
  public static func q8Rows(_ job: MatrixJob) {
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
    /// Of an odd last block.
    var last = F8.zero

    @inline(__always)
    var total: Float { apus_sum16((f0 + f1) + (f2 + f3)) + apus_sum8(last) }
  }

  /// Two blocks.
  private struct Pair {
    let bytes: SIMD8<Int64>
    let scales: F16x

    @inline(__always)
    init(_ w: UnsafeRawPointer) {
      bytes = apus_join512(w + 2, w + 36)
      scales = apus_spreadhalves(w, w + 34)
    }

    @inline(__always)
    func multiply(
      _ q: UnsafeRawPointer, _ tokenScales: UnsafeRawPointer, _ sum: F16x
    ) -> F16x {
      let dot = apus_signeddot16(apus_zero512(), bytes, apus_load512(q))
      return apus_fma16(apus_float16(dot), scales * apus_spreadtwo(tokenScales), sum)
    }
  }

  /// One row times 1, 2 or 4 tokens (a constant at every use): each has the sums that it has alone.
  @inline(__always)
  private static func dots(
    _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ stride: Int, _ columns: Int,
    _ tokens: Int, _ out: UnsafeMutablePointer<Float>, _ outStride: Int
  ) {
    var (a, b, c, d) = (Sums(), Sums(), Sums(), Sums())
    let (two, three) = (2 &* stride, 3 &* stride)
    var w = weights
    var q = x
    var s = x + columns
    var left = columns >> 5
    while left >= 8 {
      apus_stream(w, 5)
      let p0 = Pair(w)
      a.f0 = p0.multiply(q, s, a.f0)
      if tokens > 1 { b.f0 = p0.multiply(q + stride, s + stride, b.f0) }
      if tokens > 2 {
        c.f0 = p0.multiply(q + two, s + two, c.f0)
        d.f0 = p0.multiply(q + three, s + three, d.f0)
      }
      let p1 = Pair(w + 68)
      a.f1 = p1.multiply(q + 64, s + 8, a.f1)
      if tokens > 1 { b.f1 = p1.multiply(q + (stride &+ 64), s + (stride &+ 8), b.f1) }
      if tokens > 2 {
        c.f1 = p1.multiply(q + (two &+ 64), s + (two &+ 8), c.f1)
        d.f1 = p1.multiply(q + (three &+ 64), s + (three &+ 8), d.f1)
      }
      let p2 = Pair(w + 136)
      a.f2 = p2.multiply(q + 128, s + 16, a.f2)
      if tokens > 1 { b.f2 = p2.multiply(q + (stride &+ 128), s + (stride &+ 16), b.f2) }
      if tokens > 2 {
        c.f2 = p2.multiply(q + (two &+ 128), s + (two &+ 16), c.f2)
        d.f2 = p2.multiply(q + (three &+ 128), s + (three &+ 16), d.f2)
      }
      let p3 = Pair(w + 204)
      a.f3 = p3.multiply(q + 192, s + 24, a.f3)
      if tokens > 1 { b.f3 = p3.multiply(q + (stride &+ 192), s + (stride &+ 24), b.f3) }
      if tokens > 2 {
        c.f3 = p3.multiply(q + (two &+ 192), s + (two &+ 24), c.f3)
        d.f3 = p3.multiply(q + (three &+ 192), s + (three &+ 24), d.f3)
      }
      w += 272
      q += 256
      s += 32
      left &-= 8
    }
    while left >= 2 {
      let pair = Pair(w)
      a.f0 = pair.multiply(q, s, a.f0)
      if tokens > 1 { b.f0 = pair.multiply(q + stride, s + stride, b.f0) }
      if tokens > 2 {
        c.f0 = pair.multiply(q + two, s + two, c.f0)
        d.f0 = pair.multiply(q + three, s + three, d.f0)
      }
      w += 68
      q += 64
      s += 8
      left &-= 2
    }
    if left > 0 {
      a.last = single(w, q, s)
      if tokens > 1 { b.last = single(w, q + stride, s + stride) }
      if tokens > 2 {
        c.last = single(w, q + two, s + two)
        d.last = single(w, q + three, s + three)
      }
    }
    out[0] = a.total
    if tokens > 1 { out[outStride] = b.total }
    if tokens > 2 {
      out[2 &* outStride] = c.total
      out[3 &* outStride] = d.total
    }
  }

  @inline(__always)
  private static func single(
    _ w: UnsafeRawPointer, _ q: UnsafeRawPointer, _ scale: UnsafeRawPointer
  ) -> F8 {
    let bytes = apus_load256(w + 2)
    let dot = apus_dot8(_mm256_abs_epi8(bytes), _mm256_sign_epi8(apus_load256(q), bytes))
    return apus_float8(dot) * (apus_spreadhalf8(w) * apus_spreadf8(scale))
  }
}
