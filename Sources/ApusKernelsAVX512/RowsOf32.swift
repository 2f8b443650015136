public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias F16x = SIMD16<Float>
private typealias I512 = SIMD8<Int64>

// Few tokens, formats of 32 columns to a scale. Two rows at a time: a chain of sums for each of the
// eight sub-blocks of 256 columns, the first row's in the lower eight lanes.
extension AVX512 {
  public static func q4KRows(_ job: MatrixJob) {
    pairs(job, 144, 0, false) { Blocks($0, $1, fifthBits: false) }
  }

  public static func q5KRows(_ job: MatrixJob) {
    pairs(job, 176, 0, false) { Blocks($0, $1, fifthBits: true) }
  }

  public static func q80Rows(_ job: MatrixJob) {
    pairs(job, 8 &* 34, 7, true) { Blocks(signed: $0, $1) }
  }

  public static func q40Rows(_ job: MatrixJob) {
    pairs(job, 8 &* 18, 3, false) { Blocks($0, $1, 18, 2, fifthBits: false) }
  }

  public static func q41Rows(_ job: MatrixJob) {
    pairs(job, 8 &* 20, 0, false) { Blocks($0, $1, 20, 4, fifthBits: false) }
  }

  public static func q50Rows(_ job: MatrixJob) {
    pairs(job, 8 &* 22, 4, false) { Blocks($0, $1, 22, 6, fifthBits: true) }
  }

  public static func q51Rows(_ job: MatrixJob) {
    pairs(job, 8 &* 24, 0, false) { Blocks($0, $1, 24, 8, fifthBits: true) }
  }

  public static func unpackQ4K(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
  ) {
    Blocks(a, b, fifthBits: false).store(out)
  }

  public static func unpackQ5K(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
  ) {
    Blocks(a, b, fifthBits: true).store(out)
  }

  public static func unpackQ80(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
  ) {
    Blocks(signed: a, b).store(out)
  }

  public static func unpackQ40(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
  ) {
    Blocks(a, b, 18, 2, fifthBits: false).store(out)
  }

  public static func unpackQ41(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
  ) {
    Blocks(a, b, 20, 4, fifthBits: false).store(out)
  }

  public static func unpackQ50(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
  ) {
    Blocks(a, b, 22, 6, fifthBits: true).store(out)
  }

  public static func unpackQ51(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
  ) {
    Blocks(a, b, 24, 8, fifthBits: true).store(out)
  }

  /// 256 columns of two rows: unsigned bytes in order, scales, and what is added to every weight.
  private struct Blocks {
    let (a0, a1, a2, a3): (I512, I512, I512, I512)
    let (b0, b1, b2, b3): (I512, I512, I512, I512)
    var scales: F16x
    var minima = apus_zerof16()

    /// Q4_K, and Q5_K with fifth bits: those of sub-block `i` are bit `i` of 32 bytes.
    @inline(__always)
    init(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, fifthBits: Bool) {
      let packed = apus_scales6pair(a, b)
      let halves = apus_halfpairs(a, b)
      scales = apus_lowunsigned16(packed) * apus_evens16(halves)
      minima = apus_highunsigned16(packed) * apus_odds16(halves) * -1
      let (v, w) = fifthBits ? (a + 48, b + 48) : (a + 16, b + 16)
      let (v0, v1, v2, v3) = (
        apus_nibbles512(v), apus_nibbles512(v + 32), apus_nibbles512(v + 64),
        apus_nibbles512(v + 96)
      )
      let (w0, w1, w2, w3) = (
        apus_nibbles512(w), apus_nibbles512(w + 32), apus_nibbles512(w + 64),
        apus_nibbles512(w + 96)
      )
      if fifthBits {
        let bits = apus_twice512(a + 16)
        a0 = apus_fifth(v0, bits, 0)
        a1 = apus_fifth(v1, bits, 2)
        a2 = apus_fifth(v2, bits, 4)
        a3 = apus_fifth(v3, bits, 6)
        let others = apus_twice512(b + 16)
        b0 = apus_fifth(w0, others, 0)
        b1 = apus_fifth(w1, others, 2)
        b2 = apus_fifth(w2, others, 4)
        b3 = apus_fifth(w3, others, 6)
      } else {
        (a0, a1, a2, a3) = (v0, v1, v2, v3)
        (b0, b1, b2, b3) = (w0, w1, w2, w3)
      }
    }

    /// Eight blocks of 32 columns each; where `quants` lie 4 or 8 bytes in, a minimum follows the
    /// scale. Fifth bits are the word before the quants.
    @inline(__always)
    init(
      _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ stride: Int, _ quants: Int, fifthBits: Bool
    ) {
      @inline(__always)
      func bytes(_ row: UnsafeRawPointer, _ block: Int) -> I512 {
        let first = row + (block &* stride &+ quants)
        let second = first + stride
        let nibbles = apus_nibbles64(first, second)
        return fifthBits ? apus_fifths(nibbles, first - 4, second - 4) : nibbles
      }
      (a0, a1, a2, a3) = (bytes(a, 0), bytes(a, 2), bytes(a, 4), bytes(a, 6))
      (b0, b1, b2, b3) = (bytes(b, 0), bytes(b, 2), bytes(b, 4), bytes(b, 6))
      scales = apus_joinf16(apus_halves8at(a, stride), apus_halves8at(b, stride))
      if quants & 3 == 0 {
        minima = apus_joinf16(apus_halves8at(a + 2, stride), apus_halves8at(b + 2, stride))
      }
    }

    /// Q8_0: 128 more than the signed bytes.
    @inline(__always)
    init(signed a: UnsafeRawPointer, _ b: UnsafeRawPointer) {
      let bit = apus_bytes16(0x80)
      a0 = apus_join512(a + 2, a + 36) ^ bit
      a1 = apus_join512(a + 70, a + 104) ^ bit
      a2 = apus_join512(a + 138, a + 172) ^ bit
      a3 = apus_join512(a + 206, a + 240) ^ bit
      b0 = apus_join512(b + 2, b + 36) ^ bit
      b1 = apus_join512(b + 70, b + 104) ^ bit
      b2 = apus_join512(b + 138, b + 172) ^ bit
      b3 = apus_join512(b + 206, b + 240) ^ bit
      scales = apus_joinf16(apus_halves8at(a, 34), apus_halves8at(b, 34))
    }

    /// As `tile` wants two chunks: bytes, 8 scales, 8 minima each.
    @inline(__always)
    func store(_ out: UnsafeMutableRawPointer) {
      apus_store512(out, a0)
      apus_store512(out + 64, a1)
      apus_store512(out + 128, a2)
      apus_store512(out + 192, a3)
      apus_storef8(out + 256, apus_lowf8(scales))
      apus_storef8(out + 288, apus_lowf8(minima))
      let next = out + 384
      apus_store512(next, b0)
      apus_store512(next + 64, b1)
      apus_store512(next + 128, b2)
      apus_store512(next + 192, b3)
      apus_storef8(next + 256, apus_highf8(scales))
      apus_storef8(next + 288, apus_highf8(minima))
    }

    /// Adds the products with 256 activations. `zero`: the zero point's bit, 0 where minima are
    /// added; `wide`: whether four products may exceed 15 bits.
    @inline(__always)
    func multiply(
      _ q: UnsafeRawPointer, _ at: apus_activations, _ sub: Int, _ zero: Int, _ wide: Bool,
      _ sum: F16x
    ) -> F16x {
      let none = apus_zero512()
      let x = q + sub &* 32
      let (x0, x1, x2, x3) = (
        apus_load512(x), apus_load512(x + 64), apus_load512(x + 128), apus_load512(x + 192)
      )
      let (i0, i1, i2, i3) = (
        apus_dot16(none, a0, x0), apus_dot16(none, a1, x1), apus_dot16(none, a2, x2),
        apus_dot16(none, a3, x3)
      )
      let (j0, j1, j2, j3) = (
        apus_dot16(none, b0, x0), apus_dot16(none, b1, x1), apus_dot16(none, b2, x2),
        apus_dot16(none, b3, x3)
      )
      var totals =
        wide
        ? apus_tworows(apus_widefourtotals(i0, i1, i2, i3), apus_widefourtotals(j0, j1, j2, j3))
        : apus_tworows(apus_fourtotals(i0, i1, i2, i3), apus_fourtotals(j0, j1, j2, j3))
      let factors = scales * apus_twicef16(q + (at.scales &+ sub &* 4))
      if zero > 0 {
        totals = apus_plus512(
          totals, apus_shift512(apus_twice512(q + (at.counts &+ sub &* 4)), Int32(zero)))
        return apus_fma16(apus_float16(totals), factors, sum)
      }
      return apus_fma16(
        minima, apus_twicef16(q + (at.sums &+ sub &* 4)),
        apus_fma16(apus_float16(totals), factors, sum))
    }
  }

  /// All rows times all tokens. `byteCount`: of 256 columns; behind the last whole 256, what lies
  /// behind the row is read as if it were blocks of it, and counts as zeros.
  @inline(__always)
  private static func pairs(
    _ job: MatrixJob, _ byteCount: Int, _ zero: Int, _ wide: Bool,
    _ load: (UnsafeRawPointer, UnsafeRawPointer) -> Blocks
  ) {
    let at = apus_layout(job.columnCount)
    let wholes = job.columnCount >> 8
    let tail = job.rowByteCount &- wholes &* byteCount
    let tailBlocks = (job.columnCount & 255) >> 5
    let end = job.weights + job.rowCount &* job.rowByteCount

    /// Two rows times 1, 2 or 4 tokens (a constant at every use): each has the sums that it has
    /// alone.
    @inline(__always)
    func dots(
      _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ x: UnsafeRawPointer, _ tokens: Int,
      _ out: UnsafeMutablePointer<Float>, _ second: Int
    ) {
      let none = apus_zerof16()
      var (f0, f1, f2, f3) = (none, none, none, none)
      let stride = at.byteCount
      var (v, w) = (a, b)
      var sub = 0
      var left = wholes &+ (tail > 0 ? 1 : 0)
      while left > 0 {
        var blocks: Blocks
        if left == 1, tail > 0 {
          // Behind the last row nothing may be read.
          if max(v, w) + byteCount > end {
            let padded = job.scratch
            padded.copyMemory(from: v, byteCount: tail)
            (padded + tailByteCount).copyMemory(from: w, byteCount: tail)
            blocks = load(padded, padded + tailByteCount)
          } else {
            blocks = load(v, w)
          }
          blocks.scales = apus_firstofeights(blocks.scales, tailBlocks)
          blocks.minima = apus_firstofeights(blocks.minima, tailBlocks)
        } else {
          apus_stream(v, (byteCount &+ 63) >> 6)
          apus_stream(w, (byteCount &+ 63) >> 6)
          blocks = load(v, w)
        }
        f0 = blocks.multiply(x, at, sub, zero, wide, f0)
        if tokens > 1 { f1 = blocks.multiply(x + stride, at, sub, zero, wide, f1) }
        if tokens > 2 {
          f2 = blocks.multiply(x + 2 &* stride, at, sub, zero, wide, f2)
          f3 = blocks.multiply(x + 3 &* stride, at, sub, zero, wide, f3)
        }
        v += byteCount
        w += byteCount
        sub &+= 8
        left &-= 1
      }
      let outStride = job.outputStride
      out[second] = apus_sum8(apus_highf8(f0))
      out[0] = apus_sum8(apus_lowf8(f0))
      if tokens > 1 {
        out[outStride &+ second] = apus_sum8(apus_highf8(f1))
        out[outStride] = apus_sum8(apus_lowf8(f1))
      }
      if tokens > 2 {
        out[2 &* outStride &+ second] = apus_sum8(apus_highf8(f2))
        out[2 &* outStride] = apus_sum8(apus_lowf8(f2))
        out[3 &* outStride &+ second] = apus_sum8(apus_highf8(f3))
        out[3 &* outStride] = apus_sum8(apus_lowf8(f3))
      }
    }

    // Some rows at a time for each four tokens: their activations stay in the first cache. For one
    // token rows far apart: memory is faster in two places at once.
    let together = job.tokenCount == 1 ? job.rowCount : 16
    var first = 0
    while first < job.rowCount {
      let count = min(together, job.rowCount &- first)
      let half = (count &+ 1) >> 1
      var x = job.activations
      var out = job.output + first
      var left = job.tokenCount
      while left > 0 {
        let tokens = left >= 4 ? 4 : left >= 2 ? 2 : 1
        var row = 0
        while row < half {
          let a = job.weights + (first &+ row) &* job.rowByteCount
          // A last row alone is its own neighbour.
          let second = row &+ half < count ? half : 0
          let b = a + second &* job.rowByteCount
          switch tokens {
          case 4: dots(a, b, x, 4, out + row, second)
          case 2: dots(a, b, x, 2, out + row, second)
          default: dots(a, b, x, 1, out + row, second)
          }
          row &+= 1
        }
        x += tokens &* at.byteCount
        out += tokens &* job.outputStride
        left &-= tokens
      }
      first &+= count
    }
  }

  /// Bytes of the longest 256 columns.
  private static var tailByteCount: Int { 320 }
  public static var rowsScratchByteCount: Int { 2 &* 320 }
}
