public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

// Few tokens, formats of 16 columns to a scale: a chain of sums for each of the 16 sub-blocks of 256
// columns, in the lanes of two registers.
extension AVX2 {
  public static func q6KRows(_ job: MatrixJob) {
    rows(job, 210, 5, Half.q6K)
  }

  public static func q3KRows(_ job: MatrixJob) {
    rows(job, 110, 2, Half.q3K)
  }

  public static func q2KRows(_ job: MatrixJob) {
    rows(job, 84, 0, Half.q2K)
  }

  /// 128 columns of a block: unsigned bytes in order, scales, and what is added to every weight.
  private struct Half {
    let scales: F8
    let minima: F8
    let (q0, q1, q2, q3): (I256, I256, I256, I256)

    @inline(__always)
    static func q6K(_ w: UnsafeRawPointer, _ half: Int) -> Half {
      let bits = apus_bytes8(48)
      let low = w + half &* 64
      let l0 = apus_load256(low)
      let l1 = apus_load256(low + 32)
      let h = apus_load256(w + (128 &+ half &* 32))
      return Half(
        scales: apus_signed8(w + (192 &+ half &* 8)) * apus_spreadhalf8(w + 208), minima: F8.zero,
        q0: apus_low4(l0) | (_mm256_slli_epi16(h, 4) & bits),
        q1: apus_low4(l1) | (_mm256_slli_epi16(h, 2) & bits),
        q2: apus_high4(l0) | (h & bits),
        q3: apus_high4(l1) | (_mm256_srli_epi16(h, 2) & bits))
    }

    /// Bits 2i of 32 bytes are 32 columns.
    @inline(__always)
    static func q2K(_ w: UnsafeRawPointer, _ half: Int) -> Half {
      let d = apus_spreadhalf8(w + 80)
      let least = apus_spreadhalf8(w + 82) * -1
      let scales = apus_lownibbles16(w)
      let minima = apus_highnibbles16(w)
      let bits = apus_bytes8(3)
      let all = apus_load256(w + (16 &+ half &* 32))
      return Half(
        scales: (half == 0 ? apus_lowbytes8(scales) : apus_highbytes8(scales)) * d,
        minima: (half == 0 ? apus_lowbytes8(minima) : apus_highbytes8(minima)) * least,
        q0: all & bits, q1: _mm256_srli_epi16(all, 2) & bits,
        q2: _mm256_srli_epi16(all, 4) & bits, q3: _mm256_srli_epi16(all, 6) & bits)
    }

    /// As Q2_K; the third bit of 32 columns `i` is bit `i` of 32 bytes.
    @inline(__always)
    static func q3K(_ w: UnsafeRawPointer, _ half: Int) -> Half {
      let scales = apus_scales3(w + 96)
      let bits = apus_bytes8(3)
      let third = apus_bytes8(4)
      let all = apus_load256(w + (32 &+ half &* 32))
      let masks = apus_load256(w)
      let high = half == 0 ? _mm256_slli_epi16(masks, 2) : _mm256_srli_epi16(masks, 2)
      return Half(
        scales: (half == 0 ? apus_lowsigned8(scales) : apus_highsigned8(scales))
          * apus_spreadhalf8(w + 108),
        minima: F8.zero,
        q0: all & bits | high & third,
        q1: _mm256_srli_epi16(all, 2) & bits | _mm256_srli_epi16(high, 1) & third,
        q2: _mm256_srli_epi16(all, 4) & bits | _mm256_srli_epi16(high, 2) & third,
        q3: _mm256_srli_epi16(all, 6) & bits | _mm256_srli_epi16(high, 3) & third)
    }

    /// Adds the products with 128 activations. `zero`: the zero point's bit, 0 where minima are
    /// added; `half` counts from the beginning of the row.
    @inline(__always)
    func multiply(
      _ q: UnsafeRawPointer, _ at: apus_activations, _ half: Int, _ zero: Int, _ sum: F8
    ) -> F8 {
      let x = q + half &* 128
      var totals = apus_halftotals8(
        apus_dot8(q0, apus_load256(x)), apus_dot8(q1, apus_load256(x + 32)),
        apus_dot8(q2, apus_load256(x + 64)), apus_dot8(q3, apus_load256(x + 96)))
      let factors = scales * apus_twicefrom(q + (at.scales &+ half &* 16))
      if zero > 0 {
        totals = _mm256_add_epi32(
          totals, apus_shift8(apus_load256(q + (at.halfCounts &+ half &* 32)), Int32(zero)))
        return apus_fma8(apus_float8(totals), factors, sum)
      }
      return apus_fma8(
        minima, apus_loadf8(q + (at.halves &+ half &* 32)),
        apus_fma8(apus_float8(totals), factors, sum))
    }
  }

  /// All rows times all tokens. `byteCount`: of a block.
  @inline(__always)
  private static func rows(
    _ job: MatrixJob, _ byteCount: Int, _ zero: Int, _ load: (UnsafeRawPointer, Int) -> Half
  ) {
    let at = apus_layout(job.columnCount)
    let blocks = job.columnCount >> 8

    /// One row times 1 or 2 tokens (a constant at every use): each has the sums that it has alone.
    @inline(__always)
    func dots(
      _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ tokens: Int,
      _ out: UnsafeMutablePointer<Float>
    ) {
      var (f0, f1, g0, g1) = (F8.zero, F8.zero, F8.zero, F8.zero)
      let next = x + at.byteCount
      var w = weights
      var index = 0
      while index < blocks &* 2 {
        apus_stream(w, (byteCount &+ 63) >> 6)
        let first = load(w, 0)
        f0 = first.multiply(x, at, index, zero, f0)
        if tokens > 1 { f1 = first.multiply(next, at, index, zero, f1) }
        let second = load(w, 1)
        g0 = second.multiply(x, at, index &+ 1, zero, g0)
        if tokens > 1 { g1 = second.multiply(next, at, index &+ 1, zero, g1) }
        w += byteCount
        index &+= 2
      }
      out[0] = apus_sum8(f0 + g0)
      if tokens > 1 { out[job.outputStride] = apus_sum8(f1 + g1) }
    }

    /// Two rows times one token.
    @inline(__always)
    func both(
      _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ x: UnsafeRawPointer,
      _ out: UnsafeMutablePointer<Float>, _ second: Int
    ) {
      var (f0, f1, g0, g1) = (F8.zero, F8.zero, F8.zero, F8.zero)
      var (v, w) = (a, b)
      var index = 0
      while index < blocks &* 2 {
        apus_stream(v, (byteCount &+ 63) >> 6)
        apus_stream(w, (byteCount &+ 63) >> 6)
        f0 = load(v, 0).multiply(x, at, index, zero, f0)
        f1 = load(v, 1).multiply(x, at, index &+ 1, zero, f1)
        g0 = load(w, 0).multiply(x, at, index, zero, g0)
        g1 = load(w, 1).multiply(x, at, index &+ 1, zero, g1)
        v += byteCount
        w += byteCount
        index &+= 2
      }
      out[second] = apus_sum8(g0 + g1)
      out[0] = apus_sum8(f0 + f1)
    }

    overRows(
      job, one: { dots($0, $1, 1, $2) }, two: { dots($0, $1, 2, $2) },
      both: { both($0, $1, $2, $3, $4) })
  }
}
