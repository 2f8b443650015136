public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

extension AVX2 {
  public static func q6KRows(_ job: MatrixJob) {
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
    var offset = F8.zero

    @inline(__always)
    var total: Float {
      apus_sum8(apus_fma8(offset, F8(repeating: -32), (f0 + f1) + (f2 + f3)))
    }
  }

  /// Half a block, unpacked.
  private struct Half {
    let scales: F8
    let (q0, q1, q2, q3): (I256, I256, I256, I256)

    @inline(__always)
    init(
      _ low: UnsafeRawPointer, _ high: UnsafeRawPointer, _ scales: UnsafeRawPointer, _ d: F8
    ) {
      let bits = apus_bytes8(48)
      self.scales = apus_signed8(scales) * d
      let l0 = apus_load256(low)
      let l1 = apus_load256(low + 32)
      let h = apus_load256(high)
      q0 = apus_low4(l0) | (_mm256_slli_epi16(h, 4) & bits)
      q1 = apus_low4(l1) | (_mm256_slli_epi16(h, 2) & bits)
      q2 = apus_high4(l0) | (h & bits)
      q3 = apus_high4(l1) | (_mm256_srli_epi16(h, 2) & bits)
    }

    /// Adds the product with one token's activations.
    @inline(__always)
    func multiply(
      _ q: UnsafeRawPointer, _ tokenScales: UnsafeRawPointer, _ half: Int32,
      _ halves: UnsafeRawPointer, _ sum: inout Sums
    ) {
      sum.offset = apus_fma8(scales, apus_loadf8(halves), sum.offset)
      let factors = apus_opaque8(scales * apus_twice(apus_loadf8(tokenScales), half))
      let p0 = apus_dot8(q0, apus_load256(q))
      sum.f0 = apus_fma8(apus_float8(p0), apus_spreadpair(factors, 0), sum.f0)
      let p1 = apus_dot8(q1, apus_load256(q + 32))
      sum.f1 = apus_fma8(apus_float8(p1), apus_spreadpair(factors, 1), sum.f1)
      let p2 = apus_dot8(q2, apus_load256(q + 64))
      sum.f2 = apus_fma8(apus_float8(p2), apus_spreadpair(factors, 2), sum.f2)
      let p3 = apus_dot8(q3, apus_load256(q + 96))
      sum.f3 = apus_fma8(apus_float8(p3), apus_spreadpair(factors, 3), sum.f3)
    }
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
    var halves = x + (columns &+ columns >> 2)
    var left = columns >> 8
    while left > 0 {
      apus_stream(w, 4)
      let d = apus_spreadhalf8(w + 208)
      let first = Half(w, w + 128, w + 192, d)
      first.multiply(q, scales, 0, halves, &a)
      if tokens > 1 { first.multiply(q + stride, scales + stride, 0, halves + stride, &b) }
      let second = Half(w + 64, w + 160, w + 200, d)
      second.multiply(q + 128, scales, 1, halves + 32, &a)
      if tokens > 1 {
        second.multiply(
          q + (stride &+ 128), scales + stride, 1, halves + (stride &+ 32), &b)
      }
      w += 210
      q += 256
      scales += 32
      halves += 64
      left &-= 1
    }
    out[0] = a.total
    if tokens > 1 { out[outStride] = b.total }
  }
}
