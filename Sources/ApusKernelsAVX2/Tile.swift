public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

// Many tokens: 16 rows are unpacked into a panel, and every token streams over it.
extension AVX2 {
  // The panel of 16 rows: for each 4 columns 16 × 4 bytes; then for each sub-block 16 scales and
  // 16 minima; then 16 unpacked blocks on the way into the panel; then 16 × 4 results at the ragged
  // end of a matrix.

  public static func tileScratchByteCount(_ columns: Int) -> Int {
    columns &* 24 &+ 16 &* chunkByteCount &+ 4 &* 64
  }

  public static func tile(_ job: MatrixJob, _ shape: Unpacking.Shape, _ unpack: Unpack) {
    let panel = job.scratch
    let columns = job.columnCount
    let corner = panel + (columns &* 24 &+ 16 &* chunkByteCount)
    let stride = activationByteCount(columns)
    let subBlocks = job.columnCount / shape.subBlock
    let groups = shape.subBlock >> 2
    let run = min(shape.run, groups)
    var row = 0
    while row < job.rowCount {
      let rows = min(16, job.rowCount &- row)
      fill(
        panel, columns, job.weights + row &* job.rowByteCount, job.rowByteCount, rows, shape, unpack
      )
      var token = 0
      while token < job.tokenCount {
        let tokens = min(4, job.tokenCount &- token)
        let x = job.activations + token &* stride
        let out = UnsafeMutableRawPointer(job.output + (token &* job.outputStride &+ row))
        let whole = rows == 16
        let target = whole ? out : corner
        let outStride = whole ? job.outputStride &* 4 : 64
        if tokens == 4 {
          if shape.isSigned {
            signed4(panel, columns, x, stride, subBlocks, target, outStride)
          } else {
            unsigned4(panel, columns, x, stride, subBlocks, groups / run, run, target, outStride)
          }
        } else {
          var one = 0
          while one < tokens {
            if shape.isSigned {
              signed1(panel, columns, x + one &* stride, subBlocks, target + one &* outStride)
            } else {
              unsigned1(
                panel, columns, x + one &* stride, subBlocks, groups / run, run,
                target + one &* outStride)
            }
            one &+= 1
          }
        }
        if !whole {
          var one = 0
          while one < tokens {
            (out + one &* job.outputStride &* 4)
              .copyMemory(from: corner + one &* 64, byteCount: rows &* 4)
            one &+= 1
          }
        }
        token &+= tokens
      }
      row &+= rows
    }
  }

  /// Unpacks up to 16 rows. Rows that do not exist keep what the panel held: their results are
  /// not copied.
  private static func fill(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ weights: UnsafeRawPointer,
    _ rowByteCount: Int, _ rows: Int, _ shape: Unpacking.Shape, _ unpack: Unpack
  ) {
    let subBlocks = shape.columns / shape.subBlock
    var column = 0
    var from = weights
    var scales = panel + columns &* 16
    let blocks = panel + columns &* 24
    while column < columns {
      var row = 0
      while row < rows {
        let chunk = blocks + row &* chunkByteCount
        let source = from + row &* rowByteCount
        apus_prefetch(source + shape.byteCount)
        apus_prefetch(source + (shape.byteCount &+ 64))
        unpack(source, chunk)
        var sub = 0
        while sub < subBlocks {
          let to = scales + (sub &* 128 &+ row &* 4)
          to.storeBytes(
            of: chunk.load(fromByteOffset: 256 &+ sub &* 4, as: Float.self), as: Float.self)
          (to + 64).storeBytes(
            of: chunk.load(fromByteOffset: 320 &+ sub &* 4, as: Float.self), as: Float.self)
          sub &+= 1
        }
        row &+= 1
      }
      var part = 0
      while part < shape.columns {
        let to = panel + (column &+ part) &* 16
        apus_interleave8(blocks + part, chunkByteCount, to, 64)
        apus_interleave8(
          blocks + (8 &* chunkByteCount &+ part), chunkByteCount, to + 32, 64)
        part &+= 32
      }
      scales += subBlocks &* 128
      from += shape.byteCount
      column &+= shape.columns
    }
  }

  /// 16 rows, 4 tokens. `run` groups of 4 columns are added up in 16 bits, `runs` such sums in 32
  /// bits; their product is a sub-block. The trip counts stay variables: unrolled, the sums would
  /// not fit the registers.
  @inline(never)
  private static func unsigned4(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ stride: Int,
    _ subBlocks: Int, _ runs: Int,
    _ run: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int
  ) {
    let ones = _mm256_set1_epi16(1)
    let shift = runs &* run == 4 ? 1 : 0
    var w = UnsafeRawPointer(panel)
    var scales = UnsafeRawPointer(panel + columns &* 16)
    var x0 = tokens
    var x1 = tokens + stride
    var x2 = tokens + 2 &* stride
    var x3 = tokens + 3 &* stride
    let tokenScales = tokens + columns
    var tokenSums = tokens + (columns &+ columns >> (shift == 1 ? 2 : 3))
    var (f00, f01, f02, f03) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var (f10, f11, f12, f13) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var sub = 0
    while sub < subBlocks {
      var (i00, i01, i02, i03) = (I256.zero, I256.zero, I256.zero, I256.zero)
      var (i10, i11, i12, i13) = (I256.zero, I256.zero, I256.zero, I256.zero)
      var outer = runs
      repeat {
        var (a00, a01, a02, a03) = (I256.zero, I256.zero, I256.zero, I256.zero)
        var (a10, a11, a12, a13) = (I256.zero, I256.zero, I256.zero, I256.zero)
        var inner = run
        repeat {
          let w0 = apus_load256(w)
          let w1 = apus_load256(w + 32)
          let y0 = apus_spread32(x0)
          a00 = _mm256_add_epi16(a00, _mm256_maddubs_epi16(w0, y0))
          a10 = _mm256_add_epi16(a10, _mm256_maddubs_epi16(w1, y0))
          let y1 = apus_spread32(x1)
          a01 = _mm256_add_epi16(a01, _mm256_maddubs_epi16(w0, y1))
          a11 = _mm256_add_epi16(a11, _mm256_maddubs_epi16(w1, y1))
          let y2 = apus_spread32(x2)
          a02 = _mm256_add_epi16(a02, _mm256_maddubs_epi16(w0, y2))
          a12 = _mm256_add_epi16(a12, _mm256_maddubs_epi16(w1, y2))
          let y3 = apus_spread32(x3)
          a03 = _mm256_add_epi16(a03, _mm256_maddubs_epi16(w0, y3))
          a13 = _mm256_add_epi16(a13, _mm256_maddubs_epi16(w1, y3))
          w += 64
          x0 += 4
          x1 += 4
          x2 += 4
          x3 += 4
          inner &-= 1
        } while inner != 0
        i00 = _mm256_add_epi32(i00, _mm256_madd_epi16(a00, ones))
        i10 = _mm256_add_epi32(i10, _mm256_madd_epi16(a10, ones))
        i01 = _mm256_add_epi32(i01, _mm256_madd_epi16(a01, ones))
        i11 = _mm256_add_epi32(i11, _mm256_madd_epi16(a11, ones))
        i02 = _mm256_add_epi32(i02, _mm256_madd_epi16(a02, ones))
        i12 = _mm256_add_epi32(i12, _mm256_madd_epi16(a12, ones))
        i03 = _mm256_add_epi32(i03, _mm256_madd_epi16(a03, ones))
        i13 = _mm256_add_epi32(i13, _mm256_madd_epi16(a13, ones))
        outer &-= 1
      } while outer != 0
      let s0 = apus_loadf8(scales)
      let s1 = apus_loadf8(scales + 32)
      let m0 = apus_loadf8(scales + 64)
      let m1 = apus_loadf8(scales + 96)
      let d = tokenScales + (sub >> shift) &* 4
      let d0 = apus_spreadf8(d)
      let e0 = apus_spreadf8(tokenSums)
      f00 = apus_fma8(m0, e0, apus_fma8(apus_float8(i00), s0 * d0, f00))
      f10 = apus_fma8(m1, e0, apus_fma8(apus_float8(i10), s1 * d0, f10))
      let d1 = apus_spreadf8(d + stride)
      let e1 = apus_spreadf8(tokenSums + stride)
      f01 = apus_fma8(m0, e1, apus_fma8(apus_float8(i01), s0 * d1, f01))
      f11 = apus_fma8(m1, e1, apus_fma8(apus_float8(i11), s1 * d1, f11))
      let d2 = apus_spreadf8(d + 2 &* stride)
      let e2 = apus_spreadf8(tokenSums + 2 &* stride)
      f02 = apus_fma8(m0, e2, apus_fma8(apus_float8(i02), s0 * d2, f02))
      f12 = apus_fma8(m1, e2, apus_fma8(apus_float8(i12), s1 * d2, f12))
      let d3 = apus_spreadf8(d + 3 &* stride)
      let e3 = apus_spreadf8(tokenSums + 3 &* stride)
      f03 = apus_fma8(m0, e3, apus_fma8(apus_float8(i03), s0 * d3, f03))
      f13 = apus_fma8(m1, e3, apus_fma8(apus_float8(i13), s1 * d3, f13))
      scales += 128
      tokenSums += 4
      sub &+= 1
    }
    apus_storef8(out, f00)
    apus_storef8(out + 32, f10)
    apus_storef8(out + outStride, f01)
    apus_storef8(out + (outStride &+ 32), f11)
    apus_storef8(out + 2 &* outStride, f02)
    apus_storef8(out + (2 &* outStride &+ 32), f12)
    apus_storef8(out + 3 &* outStride, f03)
    apus_storef8(out + (3 &* outStride &+ 32), f13)
  }

  /// The same sums in the same order for one token.
  @inline(never)
  private static func unsigned1(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ token: UnsafeRawPointer, _ subBlocks: Int,
    _ runs: Int, _ run: Int,
    _ out: UnsafeMutableRawPointer
  ) {
    let ones = _mm256_set1_epi16(1)
    let shift = runs &* run == 4 ? 1 : 0
    var w = UnsafeRawPointer(panel)
    var scales = UnsafeRawPointer(panel + columns &* 16)
    var x = token
    let tokenScales = token + columns
    var tokenSums = token + (columns &+ columns >> (shift == 1 ? 2 : 3))
    var (f0, f1) = (F8.zero, F8.zero)
    var sub = 0
    while sub < subBlocks {
      var (i0, i1) = (I256.zero, I256.zero)
      var outer = runs
      repeat {
        var (a0, a1) = (I256.zero, I256.zero)
        var inner = run
        repeat {
          let y = apus_spread32(x)
          a0 = _mm256_add_epi16(a0, _mm256_maddubs_epi16(apus_load256(w), y))
          a1 = _mm256_add_epi16(a1, _mm256_maddubs_epi16(apus_load256(w + 32), y))
          w += 64
          x += 4
          inner &-= 1
        } while inner != 0
        i0 = _mm256_add_epi32(i0, _mm256_madd_epi16(a0, ones))
        i1 = _mm256_add_epi32(i1, _mm256_madd_epi16(a1, ones))
        outer &-= 1
      } while outer != 0
      let d = apus_spreadf8(tokenScales + (sub >> shift) &* 4)
      let e = apus_spreadf8(tokenSums)
      f0 = apus_fma8(
        apus_loadf8(scales + 64), e, apus_fma8(apus_float8(i0), apus_loadf8(scales) * d, f0))
      f1 = apus_fma8(
        apus_loadf8(scales + 96), e, apus_fma8(apus_float8(i1), apus_loadf8(scales + 32) * d, f1))
      scales += 128
      tokenSums += 4
      sub &+= 1
    }
    apus_storef8(out, f0)
    apus_storef8(out + 32, f1)
  }
}
