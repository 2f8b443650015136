public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>

// Many tokens, weights that are floats or are decoded to floats: 1024 columns of 64 rows are laid into
// a panel, and every token streams over it, 32 rows at a time. The sums are those of the kernels for
// few tokens, in the same order: a chain for each of 16 columns, and one block of columns after the
// other.
extension AVX512 {
  /// Decodes some elements of a row.
  public typealias Decode = (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void

  public static var floatTileScratchByteCount: Int { apus_floatpanellayout(32, 12).byteCount }

  /// - Parameter byteCount: of 256 columns.
  public static func floatTile(_ job: MatrixJob, _ byteCount: Int, _ decode: Decode) {
    let layout = apus_floatpanellayout(32, 12)
    // Groups of six tokens.
    let group = ((job.columnCount &+ 15) >> 4) &* 384
    var row = 0
    while row < job.rowCount {
      let rows = min(64, job.rowCount &- row)
      var column = 0
      while column < job.columnCount {
        let columns = min(apus_floatblock, job.columnCount &- column)
        let length = (columns &+ 15) >> 4
        let weights = job.weights + row &* job.rowByteCount + (column >> 8) &* byteCount
        fill(job.scratch, layout, weights, job.rowByteCount, rows, columns, byteCount, decode)
        var x = job.activations + column &* 24
        var out = job.output + row
        var left = job.tokenCount
        while left > 0 {
          let tokens = min(12, left)
          multiply(
            job.scratch, layout, length, x, group, tokens, rows, out, job.outputStride, column > 0)
          x += 2 &* group
          out += 12 &* job.outputStride
          left &-= tokens
        }
        column &+= columns
      }
      row &+= rows
    }
  }

  /// Rows that do not exist keep what the panel held: their results are not copied.
  private static func fill(
    _ panel: UnsafeMutableRawPointer, _ layout: apus_floatpanel, _ weights: UnsafeRawPointer,
    _ rowByteCount: Int, _ rows: Int, _ columns: Int, _ byteCount: Int, _ decode: Decode
  ) {
    let decoded = panel + layout.decoded
    var base = 0
    while base < rows {
      let end = min(base &+ 16, rows)
      var from = weights + base &* rowByteCount
      var to = panel + (base / 32 &* layout.part &+ base % 32 &* 4)
      var left = columns
      while left > 0 {
        let count = min(256, left)
        var index = 0
        while index < end &- base {
          let out = decoded + index &* layout.row
          if count & 15 > 0 { apus_storef16(out + (count & ~15) &* 4, apus_zerof16()) }
          decode(from + index &* rowByteCount, out.assumingMemoryBound(to: Float.self), count)
          index &+= 1
        }
        var column = 0
        while column < count {
          apus_transpose16(
            decoded + column &* 4, layout.row, to, layout.chain, 4 &* layout.chain,
            8 &* layout.chain)
          to += 128
          column &+= 16
        }
        from += byteCount
        left &-= count
      }
      base &+= 16
    }
  }

  /// Up to 64 rows times at most 12 tokens. `more`: adds to what is there.
  private static func multiply(
    _ scratch: UnsafeMutableRawPointer, _ layout: apus_floatpanel, _ length: Int,
    _ x: UnsafeRawPointer, _ group: Int, _ tokens: Int, _ rows: Int,
    _ out: UnsafeMutablePointer<Float>, _ outStride: Int, _ more: Bool
  ) {
    let sums = scratch + layout.chains
    let stride = (tokens <= 6 ? tokens : 12) &* 128
    var row = 0
    while row < rows {
      let panel = UnsafeRawPointer(scratch + row / 32 &* layout.part)
      switch tokens {
      case 1: apart { Self.sums(panel, layout.chain, length, x, group, sums, 1) }
      case 2: apart { Self.sums(panel, layout.chain, length, x, group, sums, 2) }
      case 3: apart { Self.sums(panel, layout.chain, length, x, group, sums, 3) }
      case 4: apart { Self.sums(panel, layout.chain, length, x, group, sums, 4) }
      case 5: apart { Self.sums(panel, layout.chain, length, x, group, sums, 5) }
      case 6: apart { Self.sums(panel, layout.chain, length, x, group, sums, 6) }
      default: apart { Self.sums(panel, layout.chain, length, x, group, sums, 12) }
      }
      let count = min(32, rows &- row)
      var chains = UnsafeRawPointer(sums)
      var token = 0
      while token < tokens {
        let to = UnsafeMutableRawPointer(out + (token &* outStride &+ row))
        let corner = scratch + layout.corner
        if count < 32 { corner.copyMemory(from: to, byteCount: count &* 4) }
        let target = count < 32 ? corner : to
        var low = total(chains, stride, 16)
        var high = total(chains + 64, stride, 16)
        if more {
          low = apus_loadf16(target) + low
          high = apus_loadf16(target + 64) + high
        }
        apus_storef16(target, low)
        apus_storef16(target + 64, high)
        if count < 32 { to.copyMemory(from: corner, byteCount: count &* 4) }
        chains += 128
        token &+= 1
      }
      row &+= 32
    }
  }

  /// The sums of one token and 32 rows.
  private struct Sums {
    var low = apus_zerof16()
    var high = apus_zerof16()

    @inline(__always)
    mutating func add(_ w0: F16x, _ w1: F16x, _ x: UnsafeRawPointer) {
      let y = apus_spreadf16(x)
      low = apus_fma16(w0, y, low)
      high = apus_fma16(w1, y, high)
    }

    @inline(__always)
    func store(_ out: UnsafeMutableRawPointer) {
      apus_storef16(out, low)
      apus_storef16(out + 64, high)
    }
  }

  /// The chains of a block of columns, 32 rows times 1 to 6 or 12 tokens (a constant at
  /// every use).
  @inline(__always)
  private static func sums(
    _ panel: UnsafeRawPointer, _ next: Int, _ length: Int, _ tokens: UnsafeRawPointer, _ group: Int,
    _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    var to = out
    var x = tokens
    var y = tokens + group
    var chain = 0
    while chain < 16 {
      var w = panel + chain &* next
      var (s0, s1, s2, s3, s4, s5) = (Sums(), Sums(), Sums(), Sums(), Sums(), Sums())
      var (s6, s7, s8, s9, s10, s11) = (Sums(), Sums(), Sums(), Sums(), Sums(), Sums())
      @inline(__always)
      func add(_ step: Int) {
        let w0 = apus_loadf16(w + step &* 128)
        let w1 = apus_loadf16(w + (step &* 128 &+ 64))
        let z = x + step &* 24
        s0.add(w0, w1, z)
        if count > 1 { s1.add(w0, w1, z + 4) }
        if count > 2 { s2.add(w0, w1, z + 8) }
        if count > 3 { s3.add(w0, w1, z + 12) }
        if count > 4 { s4.add(w0, w1, z + 16) }
        if count > 5 { s5.add(w0, w1, z + 20) }
        if count > 6 {
          let z = y + step &* 24
          s6.add(w0, w1, z)
          s7.add(w0, w1, z + 4)
          s8.add(w0, w1, z + 8)
          s9.add(w0, w1, z + 12)
          s10.add(w0, w1, z + 16)
          s11.add(w0, w1, z + 20)
        }
      }
      var left = length
      while left >= 4 {
        add(0)
        add(1)
        add(2)
        add(3)
        w += 512
        x += 96
        if count > 6 { y += 96 }
        left &-= 4
      }
      while left > 0 {
        add(0)
        w += 128
        x += 24
        if count > 6 { y += 24 }
        left &-= 1
      }
      s0.store(to)
      if count > 1 { s1.store(to + 128) }
      if count > 2 { s2.store(to + 256) }
      if count > 3 { s3.store(to + 384) }
      if count > 4 { s4.store(to + 512) }
      if count > 5 { s5.store(to + 640) }
      if count > 6 {
        s6.store(to + 768)
        s7.store(to + 896)
        s8.store(to + 1024)
        s9.store(to + 1152)
        s10.store(to + 1280)
        s11.store(to + 1408)
      }
      to += count &* 128
      chain &+= 1
    }
  }
}
