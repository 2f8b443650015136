public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>

// Many tokens: 32 rows are unpacked into a panel, and every token streams over it.
extension AVX512 {
  public typealias Unpack = (UnsafeRawPointer, UnsafeMutableRawPointer) -> Void

  // The panel of 32 rows: for each 4 columns 2 × 16 × 4 bytes; then for each sub-block 32 scales
  // and 32 minima; then 32 × 256 unpacked columns on the way into the panel; then 32 × 6 results at the
  // ragged end of a matrix.

  public static func tileScratchByteCount(_ columns: Int) -> Int {
    columns &* 48 &+ 32 &* chunkByteCount &+ 6 &* 128
  }

  public static func tile(_ job: MatrixJob, _ shape: Unpacking.Shape, _ unpack: Unpack) {
    let panel = job.scratch
    let columns = job.columnCount
    let corner = panel + (columns &* 48 &+ 32 &* chunkByteCount)
    let stride = (columns &+ columns >> 1 &+ 64 &+ 63) & ~63
    var row = 0
    while row < job.rowCount {
      let rows = min(32, job.rowCount &- row)
      fill(
        panel, columns, job.weights + row &* job.rowByteCount, job.rowByteCount, rows, shape, unpack
      )
      var token = 0
      while token < job.tokenCount {
        let left = job.tokenCount &- token
        let tokens = left >= 6 ? 6 : 1
        let x = job.activations + token &* stride
        let out = UnsafeMutableRawPointer(job.output + (token &* job.outputStride &+ row))
        let whole = rows == 32
        let target = whole ? out : corner
        let outStride = whole ? job.outputStride &* 4 : 128
        if tokens == 6 {
          multiply6(panel, columns, x, stride, shape.subBlock, target, outStride)
        } else {
          multiply1(panel, columns, x, shape.subBlock, target)
        }
        if !whole {
          var one = 0
          while one < tokens {
            (out + one &* job.outputStride &* 4)
              .copyMemory(from: corner + one &* 128, byteCount: rows &* 4)
            one &+= 1
          }
        }
        token &+= tokens
      }
      row &+= rows
    }
  }

  /// Unpacks up to 32 rows. Rows that do not exist keep what the panel held: their results are
  /// not copied. Signed bytes become unsigned ones with a minimum.
  private static func fill(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ weights: UnsafeRawPointer,
    _ rowByteCount: Int, _ rows: Int, _ shape: Unpacking.Shape, _ unpack: Unpack
  ) {
    let subBlocks = shape.columns / shape.subBlock
    let blocksAtOnce = shape.columns == 32 ? 8 : 1
    var column = 0
    var from = weights
    var scales = panel + columns &* 32
    let blocksInPlay = panel + columns &* 48
    while column < columns {
      let blocks = min(blocksAtOnce, (columns &- column) / shape.columns)
      var row = 0
      while row < rows {
        let chunk = blocksInPlay + (row &* chunkByteCount)
        var source = from + row &* rowByteCount
        apus_prefetch(source + blocks &* shape.byteCount)
        apus_prefetch(source + (blocks &* shape.byteCount &+ 64))
        var to = scales + row &* 4
        var block = 0
        while block < blocks {
          // Bytes go behind those of the block before; the tables are read before the next block
          // writes its own.
          let unpacked = chunk + block &* 32
          unpack(source, unpacked)
          var sub = 0
          while sub < subBlocks {
            let scale = unpacked.load(fromByteOffset: 256 &+ sub &* 4, as: Float.self)
            let minimum = unpacked.load(fromByteOffset: 320 &+ sub &* 4, as: Float.self)
            to.storeBytes(of: scale, as: Float.self)
            (to + 128).storeBytes(
              of: shape.isSigned ? scale * -128 : minimum, as: Float.self)
            to += 256
            sub &+= 1
          }
          source += shape.byteCount
          block &+= 1
        }
        row &+= 1
      }
      scales += blocks &* subBlocks &* 256
      from += blocks &* shape.byteCount
      let width = blocks &* shape.columns
      var part = 0
      while part < width {
        let to = panel + (column &+ part) &* 32
        if part &+ 64 <= width {
          apus_transpose16(blocksInPlay + part, chunkByteCount, to, 128)
          apus_transpose16(
            blocksInPlay + (16 &* chunkByteCount &+ part), chunkByteCount, to + 64, 128)
        } else {
          var half = 0
          while half < 4 {
            apus_interleave8(
              blocksInPlay + (half &* 8 &* chunkByteCount &+ part), chunkByteCount,
              to + half &* 32, 128)
            half &+= 1
          }
        }
        part &+= 64
      }
      if shape.isSigned { flip(panel + column &* 32, width &* 32) }
      column &+= width
    }
  }

  /// Adds 128 to each byte.
  private static func flip(_ bytes: UnsafeMutableRawPointer, _ count: Int) {
    let bit = apus_bytes16(0x80)
    var at = 0
    while at < count {
      apus_store512(bytes + at, apus_load512(bytes + at) ^ bit)
      at &+= 64
    }
  }

  /// 32 rows, 6 tokens.
  @inline(never)
  private static func multiply6(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ stride: Int,
    _ subBlock: Int,
    _ out: UnsafeMutableRawPointer, _ outStride: Int
  ) {
    let groups = subBlock >> 2
    let shift = groups == 4 ? 1 : 0
    let subBlocks = columns / subBlock
    var w = UnsafeRawPointer(panel)
    var scales = UnsafeRawPointer(panel + columns &* 32)
    let tokenScales = tokens + columns
    var tokenSums = tokens + (columns &+ columns >> (shift == 1 ? 2 : 3))
    var x0 = tokens
    var x3 = tokens + 3 &* stride
    let three = 3 &* stride
    var (f00, f01, f02, f03, f04, f05) = (
      apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16()
    )
    var (f10, f11, f12, f13, f14, f15) = (
      apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16()
    )
    let zero = apus_zero512()
    var sub = 0
    while sub < subBlocks {
      var (i00, i01, i02, i03, i04, i05) = (zero, zero, zero, zero, zero, zero)
      var (i10, i11, i12, i13, i14, i15) = (zero, zero, zero, zero, zero, zero)
      var group = groups
      repeat {
        let w0 = apus_load512(w)
        let w1 = apus_load512(w + 64)
        let y0 = apus_spread512(x0)
        i00 = apus_dot16(i00, w0, y0)
        i10 = apus_dot16(i10, w1, y0)
        let y1 = apus_spread512(x0 + stride)
        i01 = apus_dot16(i01, w0, y1)
        i11 = apus_dot16(i11, w1, y1)
        let y2 = apus_spread512(x0 + 2 &* stride)
        i02 = apus_dot16(i02, w0, y2)
        i12 = apus_dot16(i12, w1, y2)
        let y3 = apus_spread512(x3)
        i03 = apus_dot16(i03, w0, y3)
        i13 = apus_dot16(i13, w1, y3)
        let y4 = apus_spread512(x3 + stride)
        i04 = apus_dot16(i04, w0, y4)
        i14 = apus_dot16(i14, w1, y4)
        let y5 = apus_spread512(x3 + 2 &* stride)
        i05 = apus_dot16(i05, w0, y5)
        i15 = apus_dot16(i15, w1, y5)
        w += 128
        x0 += 4
        x3 += 4
        group &-= 1
      } while group != 0
      let s0 = apus_loadf16(scales)
      let s1 = apus_loadf16(scales + 64)
      let m0 = apus_loadf16(scales + 128)
      let m1 = apus_loadf16(scales + 192)
      let d = tokenScales + (sub >> shift) &* 4
      let d0 = apus_spreadf16(d)
      let e0 = apus_spreadf16(tokenSums)
      f00 = apus_fma16(m0, e0, apus_fma16(apus_float16(i00), s0 * d0, f00))
      f10 = apus_fma16(m1, e0, apus_fma16(apus_float16(i10), s1 * d0, f10))
      let d1 = apus_spreadf16(d + stride)
      let e1 = apus_spreadf16(tokenSums + stride)
      f01 = apus_fma16(m0, e1, apus_fma16(apus_float16(i01), s0 * d1, f01))
      f11 = apus_fma16(m1, e1, apus_fma16(apus_float16(i11), s1 * d1, f11))
      let d2 = apus_spreadf16(d + 2 &* stride)
      let e2 = apus_spreadf16(tokenSums + 2 &* stride)
      f02 = apus_fma16(m0, e2, apus_fma16(apus_float16(i02), s0 * d2, f02))
      f12 = apus_fma16(m1, e2, apus_fma16(apus_float16(i12), s1 * d2, f12))
      let d3 = apus_spreadf16(d + three)
      let e3 = apus_spreadf16(tokenSums + three)
      f03 = apus_fma16(m0, e3, apus_fma16(apus_float16(i03), s0 * d3, f03))
      f13 = apus_fma16(m1, e3, apus_fma16(apus_float16(i13), s1 * d3, f13))
      let d4 = apus_spreadf16(d + (three &+ stride))
      let e4 = apus_spreadf16(tokenSums + (three &+ stride))
      f04 = apus_fma16(m0, e4, apus_fma16(apus_float16(i04), s0 * d4, f04))
      f14 = apus_fma16(m1, e4, apus_fma16(apus_float16(i14), s1 * d4, f14))
      let d5 = apus_spreadf16(d + (three &+ 2 &* stride))
      let e5 = apus_spreadf16(tokenSums + (three &+ 2 &* stride))
      f05 = apus_fma16(m0, e5, apus_fma16(apus_float16(i05), s0 * d5, f05))
      f15 = apus_fma16(m1, e5, apus_fma16(apus_float16(i15), s1 * d5, f15))
      scales += 256
      tokenSums += 4
      sub &+= 1
    }
    apus_storef16(out, f00)
    apus_storef16(out + 64, f10)
    apus_storef16(out + 1 &* outStride, f01)
    apus_storef16(out + (1 &* outStride &+ 64), f11)
    apus_storef16(out + 2 &* outStride, f02)
    apus_storef16(out + (2 &* outStride &+ 64), f12)
    apus_storef16(out + 3 &* outStride, f03)
    apus_storef16(out + (3 &* outStride &+ 64), f13)
    apus_storef16(out + 4 &* outStride, f04)
    apus_storef16(out + (4 &* outStride &+ 64), f14)
    apus_storef16(out + 5 &* outStride, f05)
    apus_storef16(out + (5 &* outStride &+ 64), f15)
  }

  /// 32 rows, 1 token: the same sums in the same order.
  @inline(never)
  private static func multiply1(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer,
    _ subBlock: Int,
    _ out: UnsafeMutableRawPointer
  ) {
    let groups = subBlock >> 2
    let shift = groups == 4 ? 1 : 0
    let subBlocks = columns / subBlock
    var w = UnsafeRawPointer(panel)
    var scales = UnsafeRawPointer(panel + columns &* 32)
    let tokenScales = tokens + columns
    var tokenSums = tokens + (columns &+ columns >> (shift == 1 ? 2 : 3))
    var x0 = tokens
    var f00 = apus_zerof16()
    var f10 = apus_zerof16()
    let zero = apus_zero512()
    var sub = 0
    while sub < subBlocks {
      var i00 = zero
      var i10 = zero
      var group = groups
      repeat {
        let w0 = apus_load512(w)
        let w1 = apus_load512(w + 64)
        let y0 = apus_spread512(x0)
        i00 = apus_dot16(i00, w0, y0)
        i10 = apus_dot16(i10, w1, y0)
        w += 128
        x0 += 4
        group &-= 1
      } while group != 0
      let s0 = apus_loadf16(scales)
      let s1 = apus_loadf16(scales + 64)
      let m0 = apus_loadf16(scales + 128)
      let m1 = apus_loadf16(scales + 192)
      let d = tokenScales + (sub >> shift) &* 4
      let d0 = apus_spreadf16(d)
      let e0 = apus_spreadf16(tokenSums)
      f00 = apus_fma16(m0, e0, apus_fma16(apus_float16(i00), s0 * d0, f00))
      f10 = apus_fma16(m1, e0, apus_fma16(apus_float16(i10), s1 * d0, f10))
      scales += 256
      tokenSums += 4
      sub &+= 1
    }
    apus_storef16(out, f00)
    apus_storef16(out + 64, f10)
  }
}
