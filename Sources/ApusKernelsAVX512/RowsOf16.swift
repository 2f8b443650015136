public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>
private typealias I512 = SIMD8<Int64>

// Few tokens, formats of 16 columns to a scale: a chain of sums for each of the 16 sub-blocks of 256
// columns.
extension AVX512 {
  public static func q6KRows(_ job: MatrixJob) {
    rows(job, 210, 5) { Block(q6K: $0) }
  }

  public static func q3KRows(_ job: MatrixJob) {
    rows(job, 110, 2) { Block(q3K: $0) }
  }

  public static func q2KRows(_ job: MatrixJob) {
    rows(job, 84, 0) { Block(q2K: $0) }
  }

  public static func unpackQ6K(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
  ) {
    Block(q6K: a).store(out)
    Block(q6K: b).store(out + 384)
  }

  public static func unpackQ3K(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
  ) {
    Block(q3K: a).store(out)
    Block(q3K: b).store(out + 384)
  }

  public static func unpackQ2K(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ out: UnsafeMutableRawPointer
  ) {
    Block(q2K: a).store(out)
    Block(q2K: b).store(out + 384)
  }

  /// One block: unsigned bytes in order, scales, and what is added to every weight.
  private struct Block {
    let scales: F16x
    var minima = apus_zerof16()
    let (q0, q1, q2, q3): (I512, I512, I512, I512)

    /// 64 bytes of nibbles are 64 columns in order (low), and the 64 after those (high).
    @inline(__always)
    init(q6K w: UnsafeRawPointer) {
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

    /// Bits 2i of 32 bytes are 32 columns.
    @inline(__always)
    init(q2K w: UnsafeRawPointer) {
      scales = apus_lowbytes16(apus_lownibbles16(w)) * apus_spreadhalf16(w + 80)
      minima = apus_lowbytes16(apus_highnibbles16(w)) * (apus_spreadhalf16(w + 82) * -1)
      let first = apus_twice512(w + 16)
      let second = apus_twice512(w + 48)
      q0 = apus_two(first, 0)
      q1 = apus_two(first, 4)
      q2 = apus_two(second, 0)
      q3 = apus_two(second, 4)
    }

    /// As Q2_K; the third bit of sub-block `i` is bit `i` of 32 bytes.
    @inline(__always)
    init(q3K w: UnsafeRawPointer) {
      scales = apus_signedbytes16(apus_scales3(w + 96)) * apus_spreadhalf16(w + 108)
      let bits = apus_twice512(w)
      let first = apus_twice512(w + 32)
      let second = apus_twice512(w + 64)
      q0 = apus_third(apus_two(first, 0), bits, 0)
      q1 = apus_third(apus_two(first, 4), bits, 2)
      q2 = apus_third(apus_two(second, 0), bits, 4)
      q3 = apus_third(apus_two(second, 4), bits, 6)
    }

    /// As `tile` wants a chunk: bytes, 16 scales, 16 minima.
    @inline(__always)
    func store(_ out: UnsafeMutableRawPointer) {
      apus_store512(out, q0)
      apus_store512(out + 64, q1)
      apus_store512(out + 128, q2)
      apus_store512(out + 192, q3)
      apus_storef16(out + 256, scales)
      apus_storef16(out + 320, minima)
    }

    /// Adds the products with 256 activations. `zero`: the zero point's bit, 0 where minima are
    /// added.
    @inline(__always)
    func multiply(
      _ q: UnsafeRawPointer, _ at: apus_activations, _ block: Int, _ zero: Int, _ sum: F16x
    ) -> F16x {
      let none = apus_zero512()
      let x = q + block &* 256
      var totals = apus_halftotals16(
        apus_dot16(none, q0, apus_load512(x)), apus_dot16(none, q1, apus_load512(x + 64)),
        apus_dot16(none, q2, apus_load512(x + 128)), apus_dot16(none, q3, apus_load512(x + 192)))
      let factors = scales * apus_twice16(apus_loadf8(q + (at.scales &+ block &* 32)))
      if zero > 0 {
        totals = apus_plus512(
          totals, apus_shift512(apus_load512(q + (at.halfCounts &+ block &* 64)), Int32(zero)))
        return apus_fma16(apus_float16(totals), factors, sum)
      }
      return apus_fma16(
        minima, apus_loadf16(q + (at.halves &+ block &* 64)),
        apus_fma16(apus_float16(totals), factors, sum))
    }
  }

  /// All rows times all tokens. `byteCount`: of a block.
  @inline(__always)
  private static func rows(
    _ job: MatrixJob, _ byteCount: Int, _ zero: Int, _ load: (UnsafeRawPointer) -> Block
  ) {
    let at = apus_layout(job.columnCount)
    let stride = at.byteCount
    let blocks = job.columnCount >> 8

    /// One row times 1, 2 or 4 tokens (a constant at every use): each has the sums that it has alone.
    @inline(__always)
    func dots(
      _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ tokens: Int,
      _ out: UnsafeMutablePointer<Float>
    ) {
      let none = apus_zerof16()
      var (f0, f1, f2, f3) = (none, none, none, none)
      var w = weights
      var index = 0
      while index < blocks {
        apus_stream(w, (byteCount &+ 63) >> 6)
        let block = load(w)
        f0 = block.multiply(x, at, index, zero, f0)
        if tokens > 1 { f1 = block.multiply(x + stride, at, index, zero, f1) }
        if tokens > 2 {
          f2 = block.multiply(x + 2 &* stride, at, index, zero, f2)
          f3 = block.multiply(x + 3 &* stride, at, index, zero, f3)
        }
        w += byteCount
        index &+= 1
      }
      out[0] = apus_sum16(f0)
      if tokens > 1 { out[job.outputStride] = apus_sum16(f1) }
      if tokens > 2 {
        out[2 &* job.outputStride] = apus_sum16(f2)
        out[3 &* job.outputStride] = apus_sum16(f3)
      }
    }

    /// Two rows times one token.
    @inline(__always)
    func both(
      _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ x: UnsafeRawPointer,
      _ out: UnsafeMutablePointer<Float>, _ second: Int
    ) {
      var (f, g) = (apus_zerof16(), apus_zerof16())
      var (v, w) = (a, b)
      var index = 0
      while index < blocks {
        apus_stream(v, (byteCount &+ 63) >> 6)
        apus_stream(w, (byteCount &+ 63) >> 6)
        f = load(v).multiply(x, at, index, zero, f)
        g = load(w).multiply(x, at, index, zero, g)
        v += byteCount
        w += byteCount
        index &+= 1
      }
      out[second] = apus_sum16(g)
      out[0] = apus_sum16(f)
    }

    if job.tokenCount == 1 {
      // Rows far apart: memory is faster in two places at once.
      let half = (job.rowCount &+ 1) >> 1
      var row = 0
      while row < half {
        let a = job.weights + row &* job.rowByteCount
        let second = row &+ half < job.rowCount ? half : 0
        both(a, a + second &* job.rowByteCount, job.activations, job.output + row, second)
        row &+= 1
      }
      return
    }
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
          case 4: dots(weights, x, 4, out + row)
          case 2: dots(weights, x, 2, out + row)
          default: dots(weights, x, 1, out + row)
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
}
