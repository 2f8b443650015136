public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

// Few tokens, formats of 32 columns to a scale: a chain of sums for each of the eight sub-blocks of
// 256 columns, one in each lane.
extension AVX2 {
  public static func q4KRows(_ job: MatrixJob) {
    rows(job, 144, 0, false) { Blocks($0, fifthBits: false) }
  }

  public static func q5KRows(_ job: MatrixJob) {
    rows(job, 176, 0, false) { Blocks($0, fifthBits: true) }
  }

  public static func q80Rows(_ job: MatrixJob) {
    rows(job, 8 &* 34, 0, true) { Blocks(signed: $0) }
  }

  public static func q40Rows(_ job: MatrixJob) {
    rows(job, 8 &* 18, 3, false) { Blocks($0, 18, 2, fifthBits: false) }
  }

  public static func q41Rows(_ job: MatrixJob) {
    rows(job, 8 &* 20, 0, false) { Blocks($0, 20, 4, fifthBits: false) }
  }

  public static func q50Rows(_ job: MatrixJob) {
    rows(job, 8 &* 22, 4, false) { Blocks($0, 22, 6, fifthBits: true) }
  }

  public static func q51Rows(_ job: MatrixJob) {
    rows(job, 8 &* 24, 0, false) { Blocks($0, 24, 8, fifthBits: true) }
  }

  /// 256 columns of a row: bytes in order, scales, and what is added to every weight.
  private struct Blocks {
    let (q0, q1, q2, q3): (I256, I256, I256, I256)
    let (q4, q5, q6, q7): (I256, I256, I256, I256)
    var scales: F8
    var minima = F8.zero

    /// Q4_K, and Q5_K with fifth bits: those of sub-block `i` are bit `i` of 32 bytes.
    @inline(__always)
    init(_ w: UnsafeRawPointer, fifthBits: Bool) {
      let packed = apus_scales6(w + 4)
      scales = apus_lowbytes8(packed) * apus_spreadhalf8(w)
      minima = apus_highbytes8(packed) * apus_spreadhalf8(w + 2) * -1
      let bits = apus_load256(w + 16)
      @inline(__always)
      func low(_ part: Int) -> I256 {
        if !fifthBits { return apus_low4(apus_load256(w + (16 &+ part &* 32))) }
        return apus_low4(apus_load256(w + (48 &+ part &* 32)))
          | apus_bitof(bits, Int32(2 &* part), 16)
      }
      @inline(__always)
      func high(_ part: Int) -> I256 {
        if !fifthBits { return apus_high4(apus_load256(w + (16 &+ part &* 32))) }
        return apus_high4(apus_load256(w + (48 &+ part &* 32)))
          | apus_bitof(bits, Int32(2 &* part &+ 1), 16)
      }
      (q0, q2, q4, q6) = (low(0), low(1), low(2), low(3))
      (q1, q3, q5, q7) = (high(0), high(1), high(2), high(3))
    }

    /// Eight blocks of 32 columns each; where `quants` lie 4 or 8 bytes in, a minimum follows the
    /// scale. Fifth bits are the word before the quants.
    @inline(__always)
    init(_ w: UnsafeRawPointer, _ stride: Int, _ quants: Int, fifthBits: Bool) {
      @inline(__always)
      func bytes(_ block: Int) -> I256 {
        let at = w + (block &* stride &+ quants)
        return fifthBits
          ? apus_nibbles32(at) | apus_bits32(apus_word(at - 4), 16) : apus_nibbles32(at)
      }
      (q0, q1, q2, q3) = (bytes(0), bytes(1), bytes(2), bytes(3))
      (q4, q5, q6, q7) = (bytes(4), bytes(5), bytes(6), bytes(7))
      if quants & 3 == 0 {
        let pairs = apus_collectpairs(w, stride)
        (scales, minima) = (apus_lowhalves8(pairs), apus_highhalves8(pairs))
      } else {
        scales = apus_halves8at(w, stride)
      }
    }

    /// Q8_0.
    @inline(__always)
    init(signed w: UnsafeRawPointer) {
      (q0, q1, q2, q3) = (
        apus_load256(w + 2), apus_load256(w + 36), apus_load256(w + 70), apus_load256(w + 104)
      )
      (q4, q5, q6, q7) = (
        apus_load256(w + 138), apus_load256(w + 172), apus_load256(w + 206),
        apus_load256(w + 240)
      )
      scales = apus_halves8at(w, 34)
    }

    /// Adds the products with 256 activations. `zero`: the zero point's bit, 0 where minima are
    /// added; `signed`: whether the bytes are, without either.
    @inline(__always)
    func multiply(
      _ q: UnsafeRawPointer, _ at: apus_activations, _ sub: Int, _ zero: Int, _ signed: Bool,
      _ sum: F8
    ) -> F8 {
      let x = q + sub &* 32
      @inline(__always)
      func dot(_ w: I256, _ index: Int) -> I256 {
        let y = apus_load256(x + index &* 32)
        if !signed { return apus_dot8(w, y) }
        return apus_dot8(_mm256_abs_epi8(w), _mm256_sign_epi8(y, w))
      }
      let (i0, i1, i2, i3) = (dot(q0, 0), dot(q1, 1), dot(q2, 2), dot(q3, 3))
      let (i4, i5, i6, i7) = (dot(q4, 4), dot(q5, 5), dot(q6, 6), dot(q7, 7))
      var totals =
        signed
        ? apus_widetotals8(i0, i1, i2, i3, i4, i5, i6, i7)
        : apus_totals8(i0, i1, i2, i3, i4, i5, i6, i7)
      let factors = scales * apus_loadf8(q + (at.scales &+ sub &* 4))
      if zero > 0 {
        totals = _mm256_add_epi32(
          totals, apus_shift8(apus_load256(q + (at.counts &+ sub &* 4)), Int32(zero)))
      }
      let product = apus_fma8(apus_float8(totals), factors, sum)
      if zero > 0 || signed { return product }
      return apus_fma8(minima, apus_loadf8(q + (at.sums &+ sub &* 4)), product)
    }
  }

  /// All rows times all tokens. `byteCount`: of 256 columns; behind the last whole 256, what lies
  /// behind the row is read as if it were blocks of it, and counts as zeros.
  @inline(__always)
  private static func rows(
    _ job: MatrixJob, _ byteCount: Int, _ zero: Int, _ signed: Bool,
    _ load: (UnsafeRawPointer) -> Blocks
  ) {
    let at = apus_layout(job.columnCount)
    let wholes = job.columnCount >> 8
    let tail = job.rowByteCount &- wholes &* byteCount
    let tailBlocks = (job.columnCount & 255) >> 5
    let end = job.weights + job.rowCount &* job.rowByteCount

    /// The last columns of a row that is not a multiple of 256.
    @inline(__always)
    func ragged(_ w: UnsafeRawPointer) -> Blocks {
      var blocks: Blocks
      // Behind the last row nothing may be read.
      if w + byteCount > end {
        job.scratch.copyMemory(from: w, byteCount: tail)
        blocks = load(job.scratch)
      } else {
        blocks = load(w)
      }
      blocks.scales = apus_first8(blocks.scales, tailBlocks)
      blocks.minima = apus_first8(blocks.minima, tailBlocks)
      return blocks
    }

    /// One row times 1 or 2 tokens (a constant at every use): each has the sums that it has alone.
    @inline(__always)
    func dots(
      _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ tokens: Int,
      _ out: UnsafeMutablePointer<Float>
    ) {
      var (f0, f1) = (F8.zero, F8.zero)
      var w = weights
      var sub = 0
      var left = wholes &+ (tail > 0 ? 1 : 0)
      while left > 0 {
        if left > 1 || tail == 0 { apus_stream(w, (byteCount &+ 63) >> 6) }
        let blocks = left == 1 && tail > 0 ? ragged(w) : load(w)
        f0 = blocks.multiply(x, at, sub, zero, signed, f0)
        if tokens > 1 { f1 = blocks.multiply(x + at.byteCount, at, sub, zero, signed, f1) }
        w += byteCount
        sub &+= 8
        left &-= 1
      }
      out[0] = apus_sum8(f0)
      if tokens > 1 { out[job.outputStride] = apus_sum8(f1) }
    }

    /// Two rows times one token.
    @inline(__always)
    func both(
      _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ x: UnsafeRawPointer,
      _ out: UnsafeMutablePointer<Float>, _ second: Int
    ) {
      var (f, g) = (F8.zero, F8.zero)
      var (v, w) = (a, b)
      var sub = 0
      var left = wholes &+ (tail > 0 ? 1 : 0)
      while left > 0 {
        if left == 1, tail > 0 {
          f = ragged(v).multiply(x, at, sub, zero, signed, f)
          g = ragged(w).multiply(x, at, sub, zero, signed, g)
          break
        }
        apus_stream(v, (byteCount &+ 63) >> 6)
        apus_stream(w, (byteCount &+ 63) >> 6)
        f = load(v).multiply(x, at, sub, zero, signed, f)
        g = load(w).multiply(x, at, sub, zero, signed, g)
        v += byteCount
        w += byteCount
        sub &+= 8
        left &-= 1
      }
      out[second] = apus_sum8(g)
      out[0] = apus_sum8(f)
    }

    overRows(
      job, one: { dots($0, $1, 1, $2) }, two: { dots($0, $1, 2, $2) },
      both: { both($0, $1, $2, $3, $4) })
  }

  /// Room for 256 columns of the widest format.
  public static var rowsScratchByteCount: Int { 320 }
}
