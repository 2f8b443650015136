public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>

// Many tokens: 32 rows are unpacked into a panel, and every token streams over it. The sums are
// those of the kernels for few tokens, in the same order: a chain for each of the 8 or 16
// sub-blocks of 256 columns.
extension AVX512 {
  /// Unpacks 256 columns of two rows into two chunks: unsigned bytes in order, then scales and
  /// minima.
  public typealias Unpack = (UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer) -> Void

  public static func tileScratchByteCount(_ columns: Int) -> Int {
    apus_panellayout(columns, 32, 6).byteCount
  }

  public static func tile(_ job: MatrixJob, _ shape: Unpacking.Shape, _ unpack: Unpack) {
    let columns = job.columnCount
    let layout = apus_panellayout(columns, 32, 6)
    let stride = apus_layout(columns).byteCount
    // As few passes over the panel as there can be, of even size.
    let passes = (job.tokenCount &+ 5) / 6
    var row = 0
    while row < job.rowCount {
      let rows = min(32, job.rowCount &- row)
      fill(
        job.scratch, layout, columns, job.weights + row &* job.rowByteCount, job.rowByteCount,
        rows, shape, unpack)
      var pass = 0
      while pass < passes {
        let token = job.tokenCount &* pass / passes
        let tokens = job.tokenCount &* (pass &+ 1) / passes &- token
        let x = job.activations + token &* stride
        let out = UnsafeMutableRawPointer(job.output + (token &* job.outputStride &+ row))
        let target = rows == 32 ? out : job.scratch + layout.corner
        multiply(
          job.scratch, columns, x, shape, tokens, target, rows == 32 ? job.outputStride &* 4 : 128)
        if rows < 32 {
          var one = 0
          while one < tokens {
            (out + one &* job.outputStride &* 4)
              .copyMemory(from: target + one &* 128, byteCount: rows &* 4)
            one &+= 1
          }
        }
        pass &+= 1
      }
      row &+= rows
    }
  }

  /// Unpacks up to 32 rows. Rows that do not exist keep what the panel held: their results are
  /// not copied.
  private static func fill(
    _ panel: UnsafeMutableRawPointer, _ layout: apus_panel, _ columns: Int,
    _ weights: UnsafeRawPointer, _ rowByteCount: Int, _ rows: Int, _ shape: Unpacking.Shape,
    _ unpack: Unpack
  ) {
    let chunks = panel + layout.chunks
    let byteCount = shape.byteCount &* (256 / shape.columns)
    // From one sub-block to the next, which belongs to another chain.
    let nextBytes = layout.length &* shape.subBlock &* 32
    let nextScale = layout.length &* 256
    // From four columns to the next four, and from 32 to the next 32.
    let next = shape.subBlock == 16 ? nextBytes : 512
    let half = shape.subBlock == 16 ? 2 &* nextBytes : nextBytes
    var block = 0
    var left = rowByteCount
    while left > 0 {
      let first = weights + block &* byteCount
      var base = 0
      while base < rows {
        let end = min(base &+ 16, rows)
        var row = base
        while row < end {
          let a = first + row &* rowByteCount
          let b = row &+ 1 < end ? a + rowByteCount : a
          let chunk = chunks + (row &- base) &* chunkByteCount
          if left >= byteCount {
            var line = 0
            while line < byteCount {
              apus_prefetch(a + (byteCount &+ line))
              apus_prefetch(b + (byteCount &+ line))
              line &+= 64
            }
            unpack(a, b, chunk)
          } else {
            let tails = panel + layout.tails
            clear(tails)
            tails.copyMemory(from: a, byteCount: left)
            (tails + tailByteCount).copyMemory(from: b, byteCount: left)
            unpack(tails, tails + tailByteCount, chunk)
          }
          row &+= 2
        }
        let to = panel + (block &* shape.subBlock &* 32 &+ base &* 4)
        var part = 0
        while part < 256 {
          apus_transpose16(
            chunks + part, chunkByteCount, to + (part / shape.subBlock) &* nextBytes, 128, next,
            half)
          part &+= 64
        }
        let scales = panel + (layout.scales &+ block &* 256 &+ base &* 4)
        if shape.subBlock == 32 {
          apus_transpose16(
            chunks + 256, chunkByteCount, scales, nextScale, 4 &* nextScale, 128)
        } else {
          apus_transpose16(
            chunks + 256, chunkByteCount, scales, nextScale, 4 &* nextScale, 8 &* nextScale)
          if zeroPointBit(shape) == 0 {
            apus_transpose16(
              chunks + 320, chunkByteCount, scales + 128, nextScale, 4 &* nextScale,
              8 &* nextScale)
          }
        }
        base &+= 16
      }
      block &+= 1
      left &-= byteCount
    }
  }

  /// Bytes of the longest 256 columns.
  private static var tailByteCount: Int { 320 }

  private static func clear(_ tails: UnsafeMutableRawPointer) {
    var at = 0
    while at < 640 {
      apus_store512(tails + at, apus_zero512())
      at &+= 64
    }
  }

  /// Signed bytes are unpacked with 128 more.
  @inline(__always)
  private static func zeroPointBit(_ shape: Unpacking.Shape) -> Int {
    shape.isSigned ? 7 : shape.zeroPointBit
  }

  /// 32 rows times at most 6 tokens.
  private static func multiply(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer,
    _ shape: Unpacking.Shape, _ tokens: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int
  ) {
    let zero = zeroPointBit(shape)
    let layout = apus_panellayout(columns, 32, 6)
    if zero > 0 {
      symmetric(panel, columns, x, shape.subBlock, zero, tokens)
    } else {
      affine(panel, columns, x, shape.subBlock, tokens)
    }
    let stride = tokens &* 128
    var chains = UnsafeRawPointer(panel + layout.chains)
    var token = 0
    while token < tokens {
      let to = out + token &* outStride
      apus_storef16(to, total(chains, stride, shape.subBlock))
      apus_storef16(to + 64, total(chains + 64, stride, shape.subBlock))
      chains += 128
      token &+= 1
    }
  }

  /// The sum of 8 or 16 chains as `apus_sum8` and `apus_sum16` add up their lanes.
  @inline(__always)
  static func total(_ chains: UnsafeRawPointer, _ stride: Int, _ subBlock: Int) -> SIMD16<Float> {
    @inline(__always)
    func chain(_ index: Int) -> F16x {
      let at = chains + index &* stride
      if subBlock == 32 { return apus_loadf16(at) }
      return apus_loadf16(at) + apus_loadf16(at + 8 &* stride)
    }
    let even = (chain(0) + chain(4)) + (chain(2) + chain(6))
    return even + ((chain(1) + chain(5)) + (chain(3) + chain(7)))
  }

  /// The chains of 32 rows times 1 to 6 tokens (a constant at every use). `zero`: the zero point's
  /// bit; 0 (a constant too) where minima are added.
  @inline(__always)
  private static func sums(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ subBlock: Int,
    _ zero: Int, _ count: Int
  ) {
    let layout = apus_panellayout(columns, 32, 6)
    let at = apus_layout(columns)
    let stride = at.byteCount
    let groups = subBlock >> 2
    let chains = 256 / subBlock
    let subBlocks = columns / subBlock
    let extra =
      zero > 0
      ? (subBlock == 32 ? at.counts : at.halfCounts) : (subBlock == 32 ? at.sums : at.halves)
    let none = apus_zero512()
    var to = panel + layout.chains
    var chain = 0
    while chain < chains {
      var w = UnsafeRawPointer(panel + chain &* layout.length &* subBlock &* 32)
      var scales = UnsafeRawPointer(panel + (layout.scales &+ chain &* layout.length &* 256))
      var x0 = tokens + chain &* subBlock
      var x3 = x0 + 3 &* stride
      var d = tokens + (at.scales &+ ((chain &* subBlock) >> 5) &* 4)
      var e = tokens + (extra &+ chain &* 4)
      var (f00, f01, f02, f03, f04, f05) = (
        apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16(),
        apus_zerof16()
      )
      var (f10, f11, f12, f13, f14, f15) = (f00, f01, f02, f03, f04, f05)
      var left = (subBlocks &- chain &+ chains &- 1) / chains
      while left > 0 {
        var (i00, i01, i02, i03, i04, i05) = (none, none, none, none, none, none)
        var (i10, i11, i12, i13, i14, i15) = (none, none, none, none, none, none)
        if zero > 0 {
          i00 = apus_shift512(apus_spread512(e), Int32(zero))
          i10 = i00
          if count > 1 {
            i01 = apus_shift512(apus_spread512(e + stride), Int32(zero))
            i11 = i01
          }
          if count > 2 {
            i02 = apus_shift512(apus_spread512(e + 2 &* stride), Int32(zero))
            i12 = i02
          }
          if count > 3 {
            i03 = apus_shift512(apus_spread512(e + 3 &* stride), Int32(zero))
            i13 = i03
          }
          if count > 4 {
            i04 = apus_shift512(apus_spread512(e + 4 &* stride), Int32(zero))
            i14 = i04
          }
          if count > 5 {
            i05 = apus_shift512(apus_spread512(e + 5 &* stride), Int32(zero))
            i15 = i05
          }
        }
        var group = groups
        repeat {
          let w0 = apus_load512(w)
          let w1 = apus_load512(w + 64)
          let y0 = apus_spread512(x0)
          i00 = apus_dot16(i00, w0, y0)
          i10 = apus_dot16(i10, w1, y0)
          if count > 1 {
            let y1 = apus_spread512(x0 + stride)
            i01 = apus_dot16(i01, w0, y1)
            i11 = apus_dot16(i11, w1, y1)
          }
          if count > 2 {
            let y2 = apus_spread512(x0 + 2 &* stride)
            i02 = apus_dot16(i02, w0, y2)
            i12 = apus_dot16(i12, w1, y2)
          }
          if count > 3 {
            let y3 = apus_spread512(x3)
            i03 = apus_dot16(i03, w0, y3)
            i13 = apus_dot16(i13, w1, y3)
          }
          if count > 4 {
            let y4 = apus_spread512(x3 + stride)
            i04 = apus_dot16(i04, w0, y4)
            i14 = apus_dot16(i14, w1, y4)
          }
          if count > 5 {
            let y5 = apus_spread512(x3 + 2 &* stride)
            i05 = apus_dot16(i05, w0, y5)
            i15 = apus_dot16(i15, w1, y5)
          }
          w += 128
          x0 += 4
          if count > 3 { x3 += 4 }
          group &-= 1
        } while group != 0
        let s0 = apus_loadf16(scales)
        let s1 = apus_loadf16(scales + 64)
        let m0 = zero > 0 ? s0 : apus_loadf16(scales + 128)
        let m1 = zero > 0 ? s1 : apus_loadf16(scales + 192)
        let d0 = apus_spreadf16(d)
        f00 = apus_fma16(apus_float16(i00), s0 * d0, f00)
        f10 = apus_fma16(apus_float16(i10), s1 * d0, f10)
        if zero == 0 {
          let e0 = apus_spreadf16(e)
          f00 = apus_fma16(m0, e0, f00)
          f10 = apus_fma16(m1, e0, f10)
        }
        if count > 1 {
          let d1 = apus_spreadf16(d + stride)
          f01 = apus_fma16(apus_float16(i01), s0 * d1, f01)
          f11 = apus_fma16(apus_float16(i11), s1 * d1, f11)
          if zero == 0 {
            let e1 = apus_spreadf16(e + stride)
            f01 = apus_fma16(m0, e1, f01)
            f11 = apus_fma16(m1, e1, f11)
          }
        }
        if count > 2 {
          let d2 = apus_spreadf16(d + 2 &* stride)
          f02 = apus_fma16(apus_float16(i02), s0 * d2, f02)
          f12 = apus_fma16(apus_float16(i12), s1 * d2, f12)
          if zero == 0 {
            let e2 = apus_spreadf16(e + 2 &* stride)
            f02 = apus_fma16(m0, e2, f02)
            f12 = apus_fma16(m1, e2, f12)
          }
        }
        if count > 3 {
          let d3 = apus_spreadf16(d + 3 &* stride)
          f03 = apus_fma16(apus_float16(i03), s0 * d3, f03)
          f13 = apus_fma16(apus_float16(i13), s1 * d3, f13)
          if zero == 0 {
            let e3 = apus_spreadf16(e + 3 &* stride)
            f03 = apus_fma16(m0, e3, f03)
            f13 = apus_fma16(m1, e3, f13)
          }
        }
        if count > 4 {
          let d4 = apus_spreadf16(d + 4 &* stride)
          f04 = apus_fma16(apus_float16(i04), s0 * d4, f04)
          f14 = apus_fma16(apus_float16(i14), s1 * d4, f14)
          if zero == 0 {
            let e4 = apus_spreadf16(e + 4 &* stride)
            f04 = apus_fma16(m0, e4, f04)
            f14 = apus_fma16(m1, e4, f14)
          }
        }
        if count > 5 {
          let d5 = apus_spreadf16(d + 5 &* stride)
          f05 = apus_fma16(apus_float16(i05), s0 * d5, f05)
          f15 = apus_fma16(apus_float16(i15), s1 * d5, f15)
          if zero == 0 {
            let e5 = apus_spreadf16(e + 5 &* stride)
            f05 = apus_fma16(m0, e5, f05)
            f15 = apus_fma16(m1, e5, f15)
          }
        }
        scales += 256
        x0 += 256 &- subBlock
        x3 += 256 &- subBlock
        d += 32
        e += chains &* 4
        left &-= 1
      }
      apus_storef16(to, f00)
      apus_storef16(to + 64, f10)
      if count > 1 {
        apus_storef16(to + 128, f01)
        apus_storef16(to + 192, f11)
      }
      if count > 2 {
        apus_storef16(to + 256, f02)
        apus_storef16(to + 320, f12)
      }
      if count > 3 {
        apus_storef16(to + 384, f03)
        apus_storef16(to + 448, f13)
      }
      if count > 4 {
        apus_storef16(to + 512, f04)
        apus_storef16(to + 576, f14)
      }
      if count > 5 {
        apus_storef16(to + 640, f05)
        apus_storef16(to + 704, f15)
      }
      to += count &* 128
      chain &+= 1
    }
  }

  private static func affine(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ subBlock: Int,
    _ count: Int
  ) {
    switch count {
    case 1: apart { sums(panel, columns, tokens, subBlock, 0, 1) }
    case 2: apart { sums(panel, columns, tokens, subBlock, 0, 2) }
    case 3: apart { sums(panel, columns, tokens, subBlock, 0, 3) }
    case 4: apart { sums(panel, columns, tokens, subBlock, 0, 4) }
    case 5: apart { sums(panel, columns, tokens, subBlock, 0, 5) }
    default: apart { sums(panel, columns, tokens, subBlock, 0, 6) }
    }
  }

  private static func symmetric(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ subBlock: Int,
    _ zero: Int, _ count: Int
  ) {
    guard zero > 0 else { return }
    switch count {
    case 1: apart { sums(panel, columns, tokens, subBlock, zero, 1) }
    case 2: apart { sums(panel, columns, tokens, subBlock, zero, 2) }
    case 3: apart { sums(panel, columns, tokens, subBlock, zero, 3) }
    case 4: apart { sums(panel, columns, tokens, subBlock, zero, 4) }
    case 5: apart { sums(panel, columns, tokens, subBlock, zero, 5) }
    default: apart { sums(panel, columns, tokens, subBlock, zero, 6) }
    }
  }
}
