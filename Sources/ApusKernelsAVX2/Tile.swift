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
    // From 8 rows of a chain to the other 8, from 16 columns to the next 16.
    let lower = nextBytes / 2
    let half = shape.subBlock == 16 ? nextBytes : 128
    let chunks = panel + layout.chunks
    let perBlock = 256 / shape.columns
    var from = weights
    var block = 0
    let blocks = columns / shape.columns
    while block < blocks {
      // Blocks of 32 columns are a sub-block each: eight of them are what one of 256 is.
      let index = block / perBlock
      let first = (block % perBlock) &* subBlocks
      let to = panel + (first &* nextBytes &+ index &* shape.subBlock &* 8)
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
        apus_interleave8(chunks + part, chunkByteCount, at, 32, half)
        apus_interleave8(
          chunks + (8 &* chunkByteCount &+ part), chunkByteCount, at + lower, 32, half)
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
    chains(panel, columns, x, shape, tokens)
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

  /// A sub-block of 8 rows: 4 columns of each row in a register. 16 columns are the first four.
  private struct Columns {
    let (w0, w1, w2, w3): (I256, I256, I256, I256)
    let (w4, w5, w6, w7): (I256, I256, I256, I256)

    @inline(__always)
    init(_ w: UnsafeRawPointer, _ subBlock: Int) {
      (w0, w1, w2, w3) = (
        apus_load256(w), apus_load256(w + 32), apus_load256(w + 64), apus_load256(w + 96)
      )
      let rest = subBlock == 16 ? w : w + 128
      (w4, w5, w6, w7) = (
        apus_load256(rest), apus_load256(rest + 32), apus_load256(rest + 64),
        apus_load256(rest + 96)
      )
    }

    /// The products with a token's bytes, one sum for each row. 16 bits hold `run` products.
    @inline(__always)
    func dot(_ x: UnsafeRawPointer, _ subBlock: Int, _ run: Int) -> I256 {
      @inline(__always)
      func two(_ w: I256, _ v: I256, _ index: Int) -> I256 {
        _mm256_add_epi16(
          _mm256_maddubs_epi16(w, apus_spread32(x + index &* 4)),
          _mm256_maddubs_epi16(v, apus_spread32(x + (index &* 4 &+ 4))))
      }
      @inline(__always)
      func wide(_ v: I256) -> I256 { _mm256_madd_epi16(v, _mm256_set1_epi16(1)) }
      let (a, b) = (two(w0, w1, 0), two(w2, w3, 2))
      if run == 2 { return _mm256_add_epi32(wide(a), wide(b)) }
      let four = _mm256_add_epi16(a, b)
      if subBlock == 16 { return wide(four) }
      let others = _mm256_add_epi16(two(w4, w5, 4), two(w6, w7, 6))
      if run == 4 { return _mm256_add_epi32(wide(four), wide(others)) }
      return wide(_mm256_add_epi16(four, others))
    }
  }

  /// The chains of 16 rows, 8 at a time, times 1 to 4 tokens. All but the places are constants at
  /// every use. `run` products of 4 columns are added up in 16 bits. `zero`: the zero point's bit; 0
  /// where minima are added.
  @inline(__always)
  private static func sums(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ subBlock: Int,
    _ run: Int, _ zero: Int, _ count: Int
  ) {
    let layout = apus_panellayout(columns, 16, 4)
    let at = apus_layout(columns)
    let stride = at.byteCount
    let chains = 256 / subBlock
    let extra =
      zero > 0
      ? (subBlock == 32 ? at.counts : at.halfCounts) : (subBlock == 32 ? at.sums : at.halves)
    var part = 0
    while part < chains &* 2 {
      let chain = part >> 1
      let lower = (part & 1) &* 32
      var w = UnsafeRawPointer(panel + part &* layout.length &* subBlock &* 8)
      var scales = UnsafeRawPointer(
        panel + (layout.scales &+ chain &* layout.length &* 128 &+ lower))
      var x = tokens + chain &* subBlock
      var d = tokens + (at.scales &+ ((chain &* subBlock) >> 5) &* 4)
      var e = tokens + (extra &+ chain &* 4)
      var (f0, f1, f2, f3) = (F8.zero, F8.zero, F8.zero, F8.zero)
      var left = (columns / subBlock &- chain &+ chains &- 1) / chains
      while left > 0 {
        let scale = apus_loadf8(scales)

        @inline(__always)
        func add(_ i: I256, _ token: Int, _ sum: F8) -> F8 {
          let factors = scale * apus_spreadf8(d + token &* stride)
          let more = e + token &* stride
          if zero > 0 {
            let shifted = apus_shift8(apus_opaque256(apus_spread32(more)), Int32(zero))
            return apus_fma8(apus_float8(_mm256_add_epi32(i, shifted)), factors, sum)
          }
          return apus_fma8(
            apus_loadf8(scales + 64), apus_spreadf8(more), apus_fma8(apus_float8(i), factors, sum))
        }

        let weights = Columns(w, subBlock)
        f0 = add(weights.dot(x, subBlock, run), 0, f0)
        if count > 1 { f1 = add(weights.dot(x + stride, subBlock, run), 1, f1) }
        if count > 2 { f2 = add(weights.dot(x + 2 &* stride, subBlock, run), 2, f2) }
        if count > 3 { f3 = add(weights.dot(x + 3 &* stride, subBlock, run), 3, f3) }
        w += subBlock &* 8
        scales += 128
        x += 256
        d += 32
        e += chains &* 4
        left &-= 1
      }
      let to = panel + (layout.chains &+ chain &* count &* 64 &+ lower)
      apus_storef8(to, f0)
      if count > 1 { apus_storef8(to + 64, f1) }
      if count > 2 { apus_storef8(to + 128, f2) }
      if count > 3 { apus_storef8(to + 192, f3) }
      part &+= 1
    }
  }

  /// The same of signed bytes, whose every product fills 16 bits and is widened at once; 16 rows at a
  /// time, for which a token's bytes are read once.
  @inline(__always)
  private static func signedSums(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ count: Int
  ) {
    let layout = apus_panellayout(columns, 16, 4)
    let at = apus_layout(columns)
    let stride = at.byteCount
    let lower = layout.length &* 256
    var chain = 0
    while chain < 8 {
      var w = UnsafeRawPointer(panel + chain &* lower &* 2)
      var scales = UnsafeRawPointer(panel + (layout.scales &+ chain &* layout.length &* 128))
      var x = tokens + chain &* 32
      var d = tokens + (at.scales &+ chain &* 4)
      var (f0, f1, f2, f3) = (Pair(), Pair(), Pair(), Pair())
      var left = ((columns >> 5) &- chain &+ 7) >> 3
      while left > 0 {
        var (i0, i1, i2, i3) = (Totals(), Totals(), Totals(), Totals())
        var group = 0
        while group < 8 {
          let v0 = apus_load256(w + group &* 32)
          let v1 = apus_load256(w + (lower &+ group &* 32))
          let z = x + group &* 4
          i0.add(v0, v1, z)
          if count > 1 { i1.add(v0, v1, z + stride) }
          if count > 2 { i2.add(v0, v1, z + 2 &* stride) }
          if count > 3 { i3.add(v0, v1, z + 3 &* stride) }
          group &+= 1
        }
        let s0 = apus_loadf8(scales)
        let s1 = apus_loadf8(scales + 32)
        f0.add(i0, s0, s1, d)
        if count > 1 { f1.add(i1, s0, s1, d + stride) }
        if count > 2 { f2.add(i2, s0, s1, d + 2 &* stride) }
        if count > 3 { f3.add(i3, s0, s1, d + 3 &* stride) }
        w += 256
        scales += 128
        x += 256
        d += 32
        left &-= 1
      }
      let to = panel + (layout.chains &+ chain &* count &* 64)
      f0.store(to)
      if count > 1 { f1.store(to + 64) }
      if count > 2 { f2.store(to + 128) }
      if count > 3 { f3.store(to + 192) }
      chain &+= 1
    }
  }

  /// Sums of 16 rows and a token: of a sub-block of signed bytes.
  private struct Totals {
    var (low, high) = (I256.zero, I256.zero)

    @inline(__always)
    mutating func add(_ v0: I256, _ v1: I256, _ x: UnsafeRawPointer) {
      let y = apus_spread32(x)
      low = _mm256_add_epi32(low, apus_dot8(_mm256_abs_epi8(v0), _mm256_sign_epi8(y, v0)))
      high = _mm256_add_epi32(high, apus_dot8(_mm256_abs_epi8(v1), _mm256_sign_epi8(y, v1)))
    }
  }

  /// Sums of 16 rows and a token: of a chain.
  private struct Pair {
    var (low, high) = (F8.zero, F8.zero)

    @inline(__always)
    mutating func add(_ totals: Totals, _ s0: F8, _ s1: F8, _ d: UnsafeRawPointer) {
      let factor = apus_spreadf8(d)
      low = apus_fma8(apus_float8(totals.low), s0 * factor, low)
      high = apus_fma8(apus_float8(totals.high), s1 * factor, high)
    }

    @inline(__always)
    func store(_ out: UnsafeMutableRawPointer) {
      apus_storef8(out, low)
      apus_storef8(out + 32, high)
    }
  }

  /// The chains of 16 rows times 1 to 4 tokens.
  private static func chains(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer,
    _ shape: Unpacking.Shape, _ tokens: Int
  ) {
    // What formats there are.
    switch (shape.subBlock, shape.run, shape.zeroPointBit) {
    case (32, 8, 3): eight40(panel, columns, x, tokens)
    case (32, 8, _): eight(panel, columns, x, tokens)
    case (32, 4, 4): four50(panel, columns, x, tokens)
    case (32, 4, _): four(panel, columns, x, tokens)
    case (32, _, _): signed(panel, columns, x, tokens)
    case (_, 2, _): two6(panel, columns, x, tokens)
    case (_, _, 2): four3(panel, columns, x, tokens)
    default: four2(panel, columns, x, tokens)
    }
  }

  @inline(__always)
  private static func counted(_ tokens: Int, _ body: (Int) -> Void) {
    switch tokens {
    case 1: body(1)
    case 2: body(2)
    case 3: body(3)
    default: body(4)
    }
  }

  @inline(never)
  private static func eight40(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    counted(tokens) { sums(panel, columns, x, 32, 8, 3, $0) }
  }

  @inline(never)
  private static func eight(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    counted(tokens) { sums(panel, columns, x, 32, 8, 0, $0) }
  }

  @inline(never)
  private static func four50(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    counted(tokens) { sums(panel, columns, x, 32, 4, 4, $0) }
  }

  @inline(never)
  private static func four(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    counted(tokens) { sums(panel, columns, x, 32, 4, 0, $0) }
  }

  @inline(never)
  private static func signed(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    counted(tokens) { signedSums(panel, columns, x, $0) }
  }

  @inline(never)
  private static func two6(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    counted(tokens) { sums(panel, columns, x, 16, 2, 5, $0) }
  }

  @inline(never)
  private static func four3(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    counted(tokens) { sums(panel, columns, x, 16, 4, 2, $0) }
  }

  @inline(never)
  private static func four2(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int
  ) {
    counted(tokens) { sums(panel, columns, x, 16, 4, 0, $0) }
  }
}
