public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

// Many tokens: 32 rows are unpacked into a panel, and every token streams over it. The sums are
// those of the kernels for few tokens, in the same order: a chain for each of the 8 or 16
// sub-blocks of 256 columns.
//
// Weights in the panel are signed, zero points included, and activations unsigned, by 128 more: so the
// weights are the operand that comes from memory, and a token's bytes are spread out once for 32 rows.
// A sub-block is added up modulo 2^16, from a correction on that takes the 128 out again: the true sum
// of the pairs of columns of a lane fits, whatever it is made of.
extension AVX2 {
  public static func tileScratchByteCount(_ columns: Int, _ shape: Unpacking.Shape) -> Int {
    if shape.isSigned { return apus_panellayout(columns, 16, 4).byteCount }
    return records(columns, shape).byteCount
  }

  public static func tile(_ job: MatrixJob, _ shape: Unpacking.Shape, _ unpack: Unpack) {
    if shape.isSigned { return signedTile(job, shape, unpack) }
    let layout = records(job.columnCount, shape)
    let stride = activationByteCount(job.columnCount)
    // As few passes over the panel as there can be, of even size.
    let passes = (job.tokenCount &+ 7) / 8
    var row = 0
    while row < job.rowCount {
      let rows = min(32, job.rowCount &- row)
      fill(job, row, rows, layout, shape, unpack)
      var pass = 0
      while pass < passes {
        let token = job.tokenCount &* pass / passes
        let tokens = job.tokenCount &* (pass &+ 1) / passes &- token
        let x = job.activations + token &* stride
        let out = UnsafeMutableRawPointer(job.output + (token &* job.outputStride &+ row))
        let target = rows == 32 ? out : job.scratch + layout.corner
        multiply(
          job.scratch, job.columnCount, x, shape, tokens, target,
          rows == 32 ? job.outputStride &* 4 : 128)
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

  @inline(__always)
  private static func records(_ columns: Int, _ shape: Unpacking.Shape) -> apus_records {
    apus_recordlayout(columns, shape.subBlock, shape.zeroPointBit == 0 ? 1 : 0)
  }

  /// Unpacks up to 32 rows. Rows that do not exist keep what the panel held: their results are
  /// not copied.
  private static func fill(
    _ job: MatrixJob, _ row: Int, _ count: Int, _ layout: apus_records, _ shape: Unpacking.Shape,
    _ unpack: Unpack
  ) {
    let panel = job.scratch
    let chunks = panel + layout.chunks
    let subBlocks = shape.columns / shape.subBlock
    let perBlock = 256 / shape.columns
    let zero = Int32(truncatingIfNeeded: centre(shape))
    let blocks = job.columnCount / shape.columns
    var block = 0
    while block < blocks {
      // Blocks of 32 columns are a sub-block each: eight of them are what one of 256 is.
      let first = (block % perBlock) &* subBlocks
      let record = panel + (first &* layout.chain &+ block / perBlock &* layout.record)
      var from = job.weights + (row &* job.rowByteCount &+ block &* shape.byteCount)
      var part = 0
      while part &* 8 < count {
        let rows = min(8, count &- part &* 8)
        var one = 0
        while one < rows {
          apus_prefetch(from + shape.byteCount)
          apus_prefetch(from + (shape.byteCount &+ 64))
          unpack(from, chunks + one &* chunkByteCount)
          from += job.rowByteCount
          one &+= 1
        }
        let scales = record + (layout.scales &+ part &* 32)
        if subBlocks == 1 {
          spread(chunks, rows, scales, layout.minima &- layout.scales, shape.zeroPointBit == 0)
        } else {
          spread(chunks, scales, layout, subBlocks, shape.zeroPointBit == 0)
        }
        let bytes = record + part &* layout.rows
        let corrections = record + (layout.corrections &+ part &* 32)
        var sub = 0
        while sub < subBlocks {
          let at = sub &* layout.chain
          if shape.subBlock == 32 {
            apus_layrows(
              chunks + sub &* 32, chunkByteCount, zero, bytes + at, bytes + (at &+ 128),
              corrections + at, nil)
            sub &+= 1
          } else {
            let next = at &+ layout.chain
            apus_layrows(
              chunks + sub &* 16, chunkByteCount, zero, bytes + at, bytes + next,
              corrections + at, corrections + next)
            sub &+= 2
          }
        }
        part &+= 1
      }
      block &+= 1
    }
  }

  /// What is taken off every byte. Five bits with a minimum would not fit 16 bits of sums: they are
  /// made signed, and the activations that this takes away are added again.
  @inline(__always)
  private static func centre(_ shape: Unpacking.Shape) -> Int {
    shape.zeroPointBit > 0 ? 1 << shape.zeroPointBit : shape.bits == 5 ? 16 : 0
  }

  /// The scales and minima of 8 chunks, which are a sub-block each.
  private static func spread(
    _ chunks: UnsafeMutableRawPointer, _ rows: Int, _ scales: UnsafeMutableRawPointer,
    _ toMinima: Int, _ minima: Bool
  ) {
    var row = 0
    while row < rows {
      let chunk = chunks + row &* chunkByteCount
      let to = scales + row &* 4
      to.storeBytes(of: chunk.load(fromByteOffset: 256, as: Float.self), as: Float.self)
      if minima {
        (to + toMinima).storeBytes(
          of: chunk.load(fromByteOffset: 320, as: Float.self), as: Float.self)
      }
      row &+= 1
    }
  }

  /// The same where chunks are 8 or 16 sub-blocks.
  private static func spread(
    _ chunks: UnsafeMutableRawPointer, _ scales: UnsafeMutableRawPointer, _ layout: apus_records,
    _ subBlocks: Int, _ minima: Bool
  ) {
    let next = layout.chain
    var sub = 0
    while sub < subBlocks {
      let from = chunks + (256 &+ sub &* 4)
      let to = scales + sub &* next
      apus_interleave8(from, chunkByteCount, to, next, 4 &* next)
      if minima {
        apus_interleave8(
          from + 64, chunkByteCount, to + (layout.minima &- layout.scales), next, 4 &* next)
      }
      sub &+= 8
    }
  }

  /// 32 rows times at most 8 tokens.
  private static func multiply(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer,
    _ shape: Unpacking.Shape, _ tokens: Int, _ out: UnsafeMutableRawPointer, _ outStride: Int
  ) {
    // What formats there are.
    switch (shape.subBlock, shape.zeroPointBit > 0, shape.bits) {
    case (16, true, _): halves(panel, columns, x, tokens)
    case (16, _, _): halvesAndMinima(panel, columns, x, tokens)
    case (_, true, _): wholes(panel, columns, x, tokens)
    case (_, _, 5): centredAndMinima(panel, columns, x, tokens)
    default: wholesAndMinima(panel, columns, x, tokens)
    }
    let stride = tokens &* 128
    var chains = UnsafeRawPointer(panel + records(columns, shape).chains)
    var token = 0
    while token < tokens {
      var part = 0
      while part < 128 {
        apus_storef8(
          out + (token &* outStride &+ part), total(chains + part, stride, shape.subBlock))
        part &+= 32
      }
      chains += 128
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

  @inline(never)
  private static func halves(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    sums(panel, columns, x, tokens, 16, false, false)
  }

  @inline(never)
  private static func halvesAndMinima(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    sums(panel, columns, x, tokens, 16, true, false)
  }

  @inline(never)
  private static func wholes(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    sums(panel, columns, x, tokens, 32, false, false)
  }

  @inline(never)
  private static func wholesAndMinima(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    sums(panel, columns, x, tokens, 32, true, false)
  }

  @inline(never)
  private static func centredAndMinima(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    sums(panel, columns, x, tokens, 32, true, true)
  }

  /// The chains of 32 rows times some tokens. `subBlock`, `minima` and `centred` (whether 16 was taken
  /// off the bytes) are constants at every use.
  @inline(__always)
  private static func sums(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ count: Int,
    _ subBlock: Int, _ minima: Bool, _ centred: Bool
  ) {
    let layout = apus_recordlayout(columns, subBlock, minima ? 1 : 0)
    let at = apus_layout(columns)
    let chains = 256 / subBlock
    // As many sub-blocks of a chain at once as stay in the first cache while the tokens pass.
    let pieces = (layout.chain &+ 16383) / 16384
    let piece = (layout.length &+ pieces &- 1) / pieces
    var to = panel + layout.chains
    var chain = 0
    while chain < chains {
      let length = (columns / subBlock &- chain &+ chains &- 1) / chains
      var done = 0
      repeat {
        let next = min(length, done &+ piece)
        let w = panel + (chain &* layout.chain &+ done &* layout.record)
        var token = 0
        while token < count {
          add(
            w, tokens + token &* at.byteCount, at, chain, done, next, to + token &* 128, subBlock,
            minima, centred)
          token &+= 1
        }
        done = next
      } while done < length
      to += count &* 128
      chain &+= 1
    }
  }

  /// Adds the sub-blocks `first` to `end` of a chain of 32 rows, times one token, to its sums.
  @inline(__always)
  private static func add(
    _ weights: UnsafeMutableRawPointer, _ token: UnsafeRawPointer, _ at: apus_activations,
    _ chain: Int, _ first: Int, _ end: Int, _ sums: UnsafeMutableRawPointer, _ subBlock: Int,
    _ minima: Bool, _ centred: Bool
  ) {
    let layout = apus_recordlayout(256, subBlock, minima ? 1 : 0)
    let chains = 256 / subBlock
    let sub = first &* chains &+ chain
    var w: UnsafeRawPointer = apus_opaquepointer(weights)
    var x = token + (at.biased &+ sub &* subBlock)
    var d = token + (at.scales &+ ((sub &* subBlock) >> 5) &* 4)
    var e = token + ((subBlock == 32 ? at.sums : at.halves) &+ sub &* 4)
    var (f0, f1, f2, f3) = (F8.zero, F8.zero, F8.zero, F8.zero)
    if first > 0 {
      (f0, f1) = (apus_loadf8(sums), apus_loadf8(sums + 32))
      (f2, f3) = (apus_loadf8(sums + 64), apus_loadf8(sums + 96))
    }
    var left = end &- first
    while left > 0 {
      let (y0, y1) = (apus_spread32(x), apus_spread32(x + 4))
      let (y2, y3) = (apus_spread32(x + 8), apus_spread32(x + 12))
      let rest = subBlock == 32 ? x + 16 : x
      let (y4, y5) = (apus_spread32(rest), apus_spread32(rest + 4))
      let (y6, y7) = (apus_spread32(rest + 8), apus_spread32(rest + 12))

      /// The integers of eight rows.
      @inline(__always)
      func dot(_ part: Int) -> F8 {
        let v = w + part &* layout.rows
        @inline(__always)
        func plus(_ sum: I256, _ y: I256, _ index: Int) -> I256 {
          _mm256_add_epi16(sum, _mm256_maddubs_epi16(y, apus_load256(v + index &* 32)))
        }
        var sum = apus_load256(w + (layout.corrections &+ part &* 32))
        sum = plus(plus(plus(plus(sum, y0, 0), y1, 1), y2, 2), y3, 3)
        if subBlock == 32 { sum = plus(plus(plus(plus(sum, y4, 4), y5, 5), y6, 6), y7, 7) }
        var wide = _mm256_madd_epi16(sum, _mm256_set1_epi16(1))
        if centred {
          let counts = d + (at.counts &- at.scales)
          wide = _mm256_sub_epi32(wide, _mm256_slli_epi32(apus_spread32(counts), 4))
        }
        return apus_float8(wide)
      }

      let factor = apus_spreadf8(d)
      let scales = w + layout.scales
      f0 = apus_fma8(dot(0), apus_loadf8(scales) * factor, f0)
      f1 = apus_fma8(dot(1), apus_loadf8(scales + 32) * factor, f1)
      f2 = apus_fma8(dot(2), apus_loadf8(scales + 64) * factor, f2)
      f3 = apus_fma8(dot(3), apus_loadf8(scales + 96) * factor, f3)
      if minima {
        let least = w + layout.minima
        let sum = apus_spreadf8(e)
        f0 = apus_fma8(apus_loadf8(least), sum, f0)
        f1 = apus_fma8(apus_loadf8(least + 32), sum, f1)
        f2 = apus_fma8(apus_loadf8(least + 64), sum, f2)
        f3 = apus_fma8(apus_loadf8(least + 96), sum, f3)
      }
      w += layout.record
      x += 256
      d += 32
      e += chains &* 4
      left &-= 1
    }
    apus_storef8(sums, f0)
    apus_storef8(sums + 32, f1)
    apus_storef8(sums + 64, f2)
    apus_storef8(sums + 96, f3)
  }
}
