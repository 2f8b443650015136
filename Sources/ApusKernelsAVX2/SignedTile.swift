import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

// Many tokens, signed bytes (Q8_0): every product fills 16 bits and is widened at once. 16 rows are
// unpacked into a panel, and every token streams over it.
extension AVX2 {
  static func signedTile(_ job: MatrixJob, _ shape: Unpacking.Shape, _ unpack: Unpack) {
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
        rows, shape.byteCount, unpack)
      var pass = 0
      while pass < passes {
        let token = job.tokenCount &* pass / passes
        let tokens = job.tokenCount &* (pass &+ 1) / passes &- token
        let x = job.activations + token &* stride
        let out = UnsafeMutableRawPointer(job.output + (token &* job.outputStride &+ row))
        let target = rows == 16 ? out : job.scratch + layout.corner
        multiply(job.scratch, columns, x, tokens, target, rows == 16 ? job.outputStride &* 4 : 64)
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
    _ weights: UnsafeRawPointer, _ rowByteCount: Int, _ rows: Int, _ byteCount: Int,
    _ unpack: Unpack
  ) {
    // From one sub-block to the next, which belongs to another chain.
    let nextBytes = layout.length &* 512
    let nextScale = layout.length &* 128
    let chunks = panel + layout.chunks
    var from = weights
    var block = 0
    let blocks = columns >> 5
    while block < blocks {
      let (index, chain) = (block >> 3, block & 7)
      let to = panel + (chain &* nextBytes &+ index &* 256)
      let scales = panel + (layout.scales &+ chain &* nextScale &+ index &* 128)
      var row = 0
      while row < rows {
        let chunk = chunks + row &* chunkByteCount
        let source = from + row &* rowByteCount
        apus_prefetch(source + byteCount)
        apus_prefetch(source + (byteCount &+ 64))
        unpack(source, chunk)
        (scales + row &* 4).storeBytes(
          of: chunk.load(fromByteOffset: 256, as: Float.self), as: Float.self)
        row &+= 1
      }
      apus_interleave8(chunks, chunkByteCount, to, 32, 128)
      apus_interleave8(chunks + 8 &* chunkByteCount, chunkByteCount, to + nextBytes / 2, 32, 128)
      from += byteCount
      block &+= 1
    }
  }

  /// 16 rows times at most 4 tokens.
  private static func multiply(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ x: UnsafeRawPointer, _ tokens: Int,
    _ out: UnsafeMutableRawPointer, _ outStride: Int
  ) {
    switch tokens {
    case 1: signedSums(panel, columns, x, 1)
    case 2: signedSums(panel, columns, x, 2)
    case 3: signedSums(panel, columns, x, 3)
    default: signedSums(panel, columns, x, 4)
    }
    let stride = tokens &* 64
    var chains = UnsafeRawPointer(panel + apus_panellayout(columns, 16, 4).chains)
    var token = 0
    while token < tokens {
      let to = out + token &* outStride
      apus_storef8(to, total(chains, stride, 32))
      apus_storef8(to + 32, total(chains + 32, stride, 32))
      chains += 64
      token &+= 1
    }
  }

  /// The chains of 16 rows, for which a token's bytes are read once, times 1 to 4 tokens (a constant at
  /// every use).
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
}
