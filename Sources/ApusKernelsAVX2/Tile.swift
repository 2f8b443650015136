public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

// Many tokens: 16 rows are unpacked into a panel, and every token streams over it. The sums are
// those of the kernels for few tokens, in the same order: a chain for each of the 8 or 16
// sub-blocks of 256 columns.
extension AVX2 {
  public static func tileScratchByteCount(_ columns: Int) -> Int {
    apus_panellayout(columns, 16, 4).byteCount
  }

  public static func tile(_ job: MatrixJob, _ shape: Unpacking.Shape, _ unpack: Unpack) {
    let columns = job.columnCount
    let layout = apus_panellayout(columns, 16, 4)
    let stride = activationByteCount(columns)
    // As few passes over the panel as there can be, of even size.
    let passes = (job.tokenCount &+ 3) / 4
    var row = 0
    while row < job.rowCount {
      let rows = min(16, job.rowCount &- row)
      fill(
        job.scratch, layout, columns, job.weights + row &* job.rowByteCount, job.rowByteCount,
        rows, shape, unpack)
      var pass = 0
      while pass < passes {
        let token = job.tokenCount &* pass / passes
        let tokens = job.tokenCount &* (pass &+ 1) / passes &- token
        let x = job.activations + token &* stride
        let out = UnsafeMutableRawPointer(job.output + (token &* job.outputStride &+ row))
        let target = rows == 16 ? out : job.scratch + layout.corner
        multiply(
          job.scratch, columns, x, shape, tokens, target, rows == 16 ? job.outputStride &* 4 : 64)
        if rows < 16 {
          var one = 0
          while one < tokens {
            (out + one &* job.outputStride &* 4)
              .copyMemory(from: target + one &* 64, byteCount: rows &* 4)
            one &+= 1
          }
        }
        pass &+= 1
      }
      row &+= rows
    }
  }

  /// Unpacks up to 16 rows. Rows that do not exist keep what the panel held: their results are
  /// not copied.
  private static func fill(
    _ panel: UnsafeMutableRawPointer, _ layout: apus_panel, _ columns: Int,
    _ weights: UnsafeRawPointer,
    _ rowByteCount: Int, _ rows: Int, _ shape: Unpacking.Shape, _ unpack: Unpack
  ) {
    let subBlocks = shape.columns / shape.subBlock
    // From one sub-block to the next, which belongs to another chain.
    let nextBytes = layout.length &* shape.subBlock &* 16
    let nextScale = layout.length &* 128
    // From 16 columns to the next 16.
    let half = shape.subBlock == 16 ? nextBytes : 256
    let chunks = panel + layout.chunks
    let perBlock = 256 / shape.columns
    var from = weights
    var block = 0
    let blocks = columns / shape.columns
    while block < blocks {
      // Blocks of 32 columns are a sub-block each: eight of them are what one of 256 is.
      let index = block / perBlock
      let first = (block % perBlock) &* subBlocks
      let to = panel + (first &* nextBytes &+ index &* shape.subBlock &* 16)
      let scales = panel + (layout.scales &+ first &* nextScale &+ index &* 128)
      var row = 0
      while row < rows {
        let chunk = chunks + row &* chunkByteCount
        let source = from + row &* rowByteCount
        apus_prefetch(source + shape.byteCount)
        apus_prefetch(source + (shape.byteCount &+ 64))
        unpack(source, chunk)
        if subBlocks == 1 {
          let scale = scales + row &* 4
          scale.storeBytes(
            of: chunk.load(fromByteOffset: 256, as: Float.self), as: Float.self)
          (scale + 64).storeBytes(
            of: chunk.load(fromByteOffset: 320, as: Float.self), as: Float.self)
        }
        row &+= 1
      }
      if subBlocks > 1 { spread(chunks, scales, nextScale, subBlocks, shape.zeroPointBit == 0) }
      var part = 0
      while part < shape.columns {
        let at = to + (part / shape.subBlock) &* nextBytes
        apus_interleave8(chunks + part, chunkByteCount, at, 64, half)
        apus_interleave8(chunks + (8 &* chunkByteCount &+ part), chunkByteCount, at + 32, 64, half)
        part &+= 32
      }
      from += shape.byteCount
      block &+= 1
    }
  }

  /// The scales and minima of 16 chunks to their sub-blocks.
  private static func spread(
    _ chunks: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer, _ next: Int,
    _ subBlocks: Int, _ minima: Bool
  ) {
    let lower = chunks + 8 &* chunkByteCount
    var sub = 0
    while sub < subBlocks {
      let from = 256 &+ sub &* 4
      let to = scales + sub &* next
      apus_interleave8(chunks + from, chunkByteCount, to, next, 4 &* next)
      apus_interleave8(lower + from, chunkByteCount, to + 32, next, 4 &* next)
      if minima {
        apus_interleave8(chunks + (from &+ 64), chunkByteCount, to + 64, next, 4 &* next)
        apus_interleave8(lower + (from &+ 64), chunkByteCount, to + 96, next, 4 &* next)
      }
      sub &+= 8
    }
  }

  /// 16 rows times at most 4 tokens.
  private static func multiply(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer,
    _ shape: Unpacking.Shape, _ tokens: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int
  ) {
    let layout = apus_panellayout(columns, 16, 4)
    if shape.isSigned {
      signed(panel, columns, x, tokens)
    } else {
      unsigned(panel, columns, x, shape, tokens)
    }
    let stride = tokens &* 64
    var chains = UnsafeRawPointer(panel + layout.chains)
    var token = 0
    while token < tokens {
      let to = out + token &* outStride
      apus_storef8(to, total(chains, stride, shape.subBlock))
      apus_storef8(to + 32, total(chains + 32, stride, shape.subBlock))
      chains += 64
      token &+= 1
    }
  }

  /// The sum of 8 or 16 chains as the kernels for few tokens add up their lanes.
  @inline(__always)
  static func total(_ chains: UnsafeRawPointer, _ stride: Int, _ subBlock: Int) -> SIMD8<Float> {
    @inline(__always)
    func chain(_ index: Int) -> F8 {
      let at = chains + index &* stride
      if subBlock == 32 { return apus_loadf8(at) }
      return apus_loadf8(at) + apus_loadf8(at + 8 &* stride)
    }
    let even = (chain(0) + chain(4)) + (chain(2) + chain(6))
    return even + ((chain(1) + chain(5)) + (chain(3) + chain(7)))
  }

  /// The chains of 16 rows times 1 to 4 tokens (a constant at every use). `run` groups of 4 columns
  /// are added up in 16 bits, the sums of runs in 32 bits. The trip counts stay variables: unrolled,
  /// the sums would not fit the registers. `zero`: the zero point's bit; 0 where minima are added.
  /// `signed` (a constant too): bytes whose every product fills 16 bits and is widened at once.
  @inline(__always)
  private static func sums(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ subBlock: Int,
    _ longestRun: Int, _ zero: Int, _ signed: Bool, _ count: Int
  ) {
    let layout = apus_panellayout(columns, 16, 4)
    let at = apus_layout(columns)
    let stride = at.byteCount
    let run = min(longestRun, subBlock >> 2)
    let runs = (subBlock >> 2) / run
    let chains = 256 / subBlock
    let subBlocks = columns / subBlock
    let extra =
      zero > 0
      ? (subBlock == 32 ? at.counts : at.halfCounts) : (subBlock == 32 ? at.sums : at.halves)
    let ones = _mm256_set1_epi16(1)
    let none = I256.zero
    var to = panel + layout.chains
    var chain = 0
    while chain < chains {
      var w = UnsafeRawPointer(panel + chain &* layout.length &* subBlock &* 16)
      var scales = UnsafeRawPointer(panel + (layout.scales &+ chain &* layout.length &* 128))
      var x0 = tokens + chain &* subBlock
      var x1 = x0 + stride
      var x2 = x1 + stride
      var x3 = x2 + stride
      var d = tokens + (at.scales &+ ((chain &* subBlock) >> 5) &* 4)
      var e = tokens + (extra &+ chain &* 4)
      var (f00, f01, f02, f03) = (F8.zero, F8.zero, F8.zero, F8.zero)
      var (f10, f11, f12, f13) = (F8.zero, F8.zero, F8.zero, F8.zero)
      var left = (subBlocks &- chain &+ chains &- 1) / chains
      while left > 0 {
        var (i00, i01, i02, i03) = (none, none, none, none)
        var (i10, i11, i12, i13) = (none, none, none, none)
        if zero > 0 {
          i00 = apus_shift8(apus_spread32(e), Int32(zero))
          i10 = i00
          if count > 1 {
            i01 = apus_shift8(apus_spread32(e + stride), Int32(zero))
            i11 = i01
          }
          if count > 2 {
            i02 = apus_shift8(apus_spread32(e + 2 &* stride), Int32(zero))
            i12 = i02
          }
          if count > 3 {
            i03 = apus_shift8(apus_spread32(e + 3 &* stride), Int32(zero))
            i13 = i03
          }
        }
        var outer = signed ? 0 : runs
        var wide = signed ? subBlock >> 2 : 0
        while wide > 0 {
          let w0 = apus_load256(w)
          let w1 = apus_load256(w + 32)
          let u0 = _mm256_abs_epi8(w0)
          let u1 = _mm256_abs_epi8(w1)
          let y0 = apus_spread32(x0)
          i00 = _mm256_add_epi32(i00, apus_dot8(u0, _mm256_sign_epi8(y0, w0)))
          i10 = _mm256_add_epi32(i10, apus_dot8(u1, _mm256_sign_epi8(y0, w1)))
          if count > 1 {
            let y1 = apus_spread32(x1)
            i01 = _mm256_add_epi32(i01, apus_dot8(u0, _mm256_sign_epi8(y1, w0)))
            i11 = _mm256_add_epi32(i11, apus_dot8(u1, _mm256_sign_epi8(y1, w1)))
            x1 += 4
          }
          if count > 2 {
            let y2 = apus_spread32(x2)
            i02 = _mm256_add_epi32(i02, apus_dot8(u0, _mm256_sign_epi8(y2, w0)))
            i12 = _mm256_add_epi32(i12, apus_dot8(u1, _mm256_sign_epi8(y2, w1)))
            x2 += 4
          }
          if count > 3 {
            let y3 = apus_spread32(x3)
            i03 = _mm256_add_epi32(i03, apus_dot8(u0, _mm256_sign_epi8(y3, w0)))
            i13 = _mm256_add_epi32(i13, apus_dot8(u1, _mm256_sign_epi8(y3, w1)))
            x3 += 4
          }
          w += 64
          x0 += 4
          wide &-= 1
        }
        while outer > 0 {
          var (a00, a01, a02, a03) = (none, none, none, none)
          var (a10, a11, a12, a13) = (none, none, none, none)
          var inner = run
          repeat {
            let w0 = apus_load256(w)
            let w1 = apus_load256(w + 32)
            let y0 = apus_spread32(x0)
            a00 = _mm256_add_epi16(a00, _mm256_maddubs_epi16(w0, y0))
            a10 = _mm256_add_epi16(a10, _mm256_maddubs_epi16(w1, y0))
            if count > 1 {
              let y1 = apus_spread32(x1)
              a01 = _mm256_add_epi16(a01, _mm256_maddubs_epi16(w0, y1))
              a11 = _mm256_add_epi16(a11, _mm256_maddubs_epi16(w1, y1))
              x1 += 4
            }
            if count > 2 {
              let y2 = apus_spread32(x2)
              a02 = _mm256_add_epi16(a02, _mm256_maddubs_epi16(w0, y2))
              a12 = _mm256_add_epi16(a12, _mm256_maddubs_epi16(w1, y2))
              x2 += 4
            }
            if count > 3 {
              let y3 = apus_spread32(x3)
              a03 = _mm256_add_epi16(a03, _mm256_maddubs_epi16(w0, y3))
              a13 = _mm256_add_epi16(a13, _mm256_maddubs_epi16(w1, y3))
              x3 += 4
            }
            w += 64
            x0 += 4
            inner &-= 1
          } while inner != 0
          i00 = _mm256_add_epi32(i00, _mm256_madd_epi16(a00, ones))
          i10 = _mm256_add_epi32(i10, _mm256_madd_epi16(a10, ones))
          if count > 1 {
            i01 = _mm256_add_epi32(i01, _mm256_madd_epi16(a01, ones))
            i11 = _mm256_add_epi32(i11, _mm256_madd_epi16(a11, ones))
          }
          if count > 2 {
            i02 = _mm256_add_epi32(i02, _mm256_madd_epi16(a02, ones))
            i12 = _mm256_add_epi32(i12, _mm256_madd_epi16(a12, ones))
          }
          if count > 3 {
            i03 = _mm256_add_epi32(i03, _mm256_madd_epi16(a03, ones))
            i13 = _mm256_add_epi32(i13, _mm256_madd_epi16(a13, ones))
          }
          outer &-= 1
        }
        let s0 = apus_loadf8(scales)
        let s1 = apus_loadf8(scales + 32)
        let d0 = apus_spreadf8(d)
        f00 = apus_fma8(apus_float8(i00), s0 * d0, f00)
        f10 = apus_fma8(apus_float8(i10), s1 * d0, f10)
        if count > 1 {
          let d1 = apus_spreadf8(d + stride)
          f01 = apus_fma8(apus_float8(i01), s0 * d1, f01)
          f11 = apus_fma8(apus_float8(i11), s1 * d1, f11)
        }
        if count > 2 {
          let d2 = apus_spreadf8(d + 2 &* stride)
          f02 = apus_fma8(apus_float8(i02), s0 * d2, f02)
          f12 = apus_fma8(apus_float8(i12), s1 * d2, f12)
        }
        if count > 3 {
          let d3 = apus_spreadf8(d + 3 &* stride)
          f03 = apus_fma8(apus_float8(i03), s0 * d3, f03)
          f13 = apus_fma8(apus_float8(i13), s1 * d3, f13)
        }
        if zero == 0, !signed {
          let m0 = apus_loadf8(scales + 64)
          let m1 = apus_loadf8(scales + 96)
          let e0 = apus_spreadf8(e)
          f00 = apus_fma8(m0, e0, f00)
          f10 = apus_fma8(m1, e0, f10)
          if count > 1 {
            let e1 = apus_spreadf8(e + stride)
            f01 = apus_fma8(m0, e1, f01)
            f11 = apus_fma8(m1, e1, f11)
          }
          if count > 2 {
            let e2 = apus_spreadf8(e + 2 &* stride)
            f02 = apus_fma8(m0, e2, f02)
            f12 = apus_fma8(m1, e2, f12)
          }
          if count > 3 {
            let e3 = apus_spreadf8(e + 3 &* stride)
            f03 = apus_fma8(m0, e3, f03)
            f13 = apus_fma8(m1, e3, f13)
          }
        }
        scales += 128
        x0 += 256 &- subBlock
        x1 += 256 &- subBlock
        x2 += 256 &- subBlock
        x3 += 256 &- subBlock
        d += 32
        e += chains &* 4
        left &-= 1
      }
      apus_storef8(to, f00)
      apus_storef8(to + 32, f10)
      if count > 1 {
        apus_storef8(to + 64, f01)
        apus_storef8(to + 96, f11)
      }
      if count > 2 {
        apus_storef8(to + 128, f02)
        apus_storef8(to + 160, f12)
      }
      if count > 3 {
        apus_storef8(to + 192, f03)
        apus_storef8(to + 224, f13)
      }
      to += count &* 64
      chain &+= 1
    }
  }

  @inline(never)
  private static func unsigned(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer,
    _ shape: Unpacking.Shape, _ count: Int
  ) {
    let (subBlock, run, zero) = (shape.subBlock, shape.run, shape.zeroPointBit)
    switch count {
    case 1: sums(panel, columns, tokens, subBlock, run, zero, false, 1)
    case 2: sums(panel, columns, tokens, subBlock, run, zero, false, 2)
    case 3: sums(panel, columns, tokens, subBlock, run, zero, false, 3)
    default: sums(panel, columns, tokens, subBlock, run, zero, false, 4)
    }
  }

  @inline(never)
  private static func signed(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ count: Int
  ) {
    switch count {
    case 1: sums(panel, columns, tokens, 32, 1, 0, true, 1)
    case 2: sums(panel, columns, tokens, 32, 1, 0, true, 2)
    case 3: sums(panel, columns, tokens, 32, 1, 0, true, 3)
    default: sums(panel, columns, tokens, 32, 1, 0, true, 4)
    }
  }
}
