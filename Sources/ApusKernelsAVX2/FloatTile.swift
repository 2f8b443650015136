public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>

// Many tokens, weights that are floats or are decoded to floats: 1024 columns of 64 rows are laid into
// a panel, and every token streams over it, 16 rows at a time. The sums are those of the kernels for
// few tokens, in the same order: a chain for each of 16 columns, and one block of columns after the
// other.
extension AVX2 {
  /// Decodes some elements of a row.
  public typealias Decode = (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void

  public static var floatTileScratchByteCount: Int { apus_floatpanellayout(16, 6).byteCount }

  /// - Parameter byteCount: of 256 columns.
  public static func floatTile(_ job: MatrixJob, _ byteCount: Int, _ decode: Decode) {
    let layout = apus_floatpanellayout(16, 6)
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
          let tokens = min(6, left)
          multiply(
            job.scratch, layout, length, x, group, tokens, rows, out, job.outputStride, column > 0)
          x += group
          out += 6 &* job.outputStride
          left &-= tokens
        }
        column &+= columns
      }
      row &+= rows
    }
  }

  /// Bytes of a group as `packFloats` lays it out.
  public static func floatActivationByteCount(_ columns: Int) -> Int {
    ((columns &+ 15) >> 4) &* 384
  }

  /// Activations of up to 6 tokens for the float tiles, of AVX-512 too: block after block of 1024
  /// columns, and of each the 16 chains of columns that are equal modulo 16, six floats for each.
  /// Tokens and columns that are not there are zeros.
  public static func packFloats(_ job: ActivationJob) {
    var column = 0
    while column < job.columnCount {
      let columns = min(apus_floatblock, job.columnCount &- column)
      let out = job.output + column &* 24
      let chain = ((columns &+ 15) >> 4) &* 24
      var token = 0
      while token < 6 {
        let x = job.input + (token &* job.columnCount &+ column)
        let present = token < job.tokenCount ? columns : 0
        var step = 0
        while step < columns {
          let to = out + ((step >> 4) &* 24 &+ token &* 4)
          var index = 0
          while index < 16 {
            let value = step &+ index < present ? x[step &+ index] : 0
            (to + index &* chain).storeBytes(of: value, as: Float.self)
            index &+= 1
          }
          step &+= 16
        }
        token &+= 1
      }
      column &+= columns
    }
  }

  /// Rows that do not exist keep what the panel held: their results are not copied.
  private static func fill(
    _ panel: UnsafeMutableRawPointer, _ layout: apus_floatpanel, _ weights: UnsafeRawPointer,
    _ rowByteCount: Int, _ rows: Int, _ columns: Int, _ byteCount: Int, _ decode: Decode
  ) {
    let decoded = panel + layout.decoded
    let lower = decoded + 8 &* layout.row
    let next = layout.chain
    var base = 0
    while base < rows {
      let end = min(base &+ 16, rows)
      var from = weights + base &* rowByteCount
      var to = panel + (base / 16 &* layout.part &+ base % 16 &* 4)
      var left = columns
      while left > 0 {
        let count = min(256, left)
        var index = 0
        while index < end &- base {
          let out = decoded + index &* layout.row
          if count & 15 > 0 {
            apus_storef8(out + (count & ~15) &* 4, F8.zero)
            apus_storef8(out + ((count & ~15) &* 4 &+ 32), F8.zero)
          }
          decode(from + index &* rowByteCount, out.assumingMemoryBound(to: Float.self), count)
          index &+= 1
        }
        var column = 0
        while column < count {
          let at = column &* 4
          apus_interleave8(decoded + at, layout.row, to, next, 4 &* next)
          apus_interleave8(lower + at, layout.row, to + 32, next, 4 &* next)
          apus_interleave8(decoded + (at &+ 32), layout.row, to + 8 &* next, next, 4 &* next)
          apus_interleave8(lower + (at &+ 32), layout.row, to + (8 &* next &+ 32), next, 4 &* next)
          to += 64
          column &+= 16
        }
        from += byteCount
        left &-= count
      }
      base &+= 16
    }
  }

  /// Up to 64 rows times at most 6 tokens. `more`: adds to what is there.
  private static func multiply(
    _ scratch: UnsafeMutableRawPointer, _ layout: apus_floatpanel, _ length: Int,
    _ x: UnsafeRawPointer, _ group: Int, _ tokens: Int, _ rows: Int,
    _ out: UnsafeMutablePointer<Float>, _ outStride: Int, _ more: Bool
  ) {
    let sums = scratch + layout.chains
    let stride = tokens &* 64
    var row = 0
    while row < rows {
      let panel = UnsafeRawPointer(scratch + row / 16 &* layout.part)
      switch tokens {
      case 1: apart { Self.sums(panel, layout.chain, length, x, group, sums, 1) }
      case 2: apart { Self.sums(panel, layout.chain, length, x, group, sums, 2) }
      case 3: apart { Self.sums(panel, layout.chain, length, x, group, sums, 3) }
      case 4: apart { Self.sums(panel, layout.chain, length, x, group, sums, 4) }
      case 5: apart { Self.sums(panel, layout.chain, length, x, group, sums, 5) }
      default: apart { Self.sums(panel, layout.chain, length, x, group, sums, 6) }
      }
      let count = min(16, rows &- row)
      var chains = UnsafeRawPointer(sums)
      var token = 0
      while token < tokens {
        let to = UnsafeMutableRawPointer(out + (token &* outStride &+ row))
        let corner = scratch + layout.corner
        if count < 16 { corner.copyMemory(from: to, byteCount: count &* 4) }
        let target = count < 16 ? corner : to
        var low = total(chains, stride, 16)
        var high = total(chains + 32, stride, 16)
        if more {
          low = apus_loadf8(target) + low
          high = apus_loadf8(target + 32) + high
        }
        apus_storef8(target, low)
        apus_storef8(target + 32, high)
        if count < 16 { to.copyMemory(from: corner, byteCount: count &* 4) }
        chains += 64
        token &+= 1
      }
      row &+= 16
    }
  }

  /// The sums of one token and 16 rows.
  private struct Sums {
    var low = F8.zero
    var high = F8.zero

    @inline(__always)
    mutating func add(_ w0: F8, _ w1: F8, _ x: UnsafeRawPointer) {
      let y = apus_spreadf8(x)
      low = apus_fma8(w0, y, low)
      high = apus_fma8(w1, y, high)
    }

    @inline(__always)
    func store(_ out: UnsafeMutableRawPointer) {
      apus_storef8(out, low)
      apus_storef8(out + 32, high)
    }
  }

  /// The chains of a block of columns, 16 rows times 1 to 6 tokens (a constant at
  /// every use).
  @inline(__always)
  private static func sums(
    _ panel: UnsafeRawPointer, _ next: Int, _ length: Int, _ tokens: UnsafeRawPointer, _ group: Int,
    _ out: UnsafeMutableRawPointer, _ count: Int
  ) {
    var to = out
    var x = tokens
    var chain = 0
    while chain < 16 {
      var w = panel + chain &* next
      var (s0, s1, s2, s3, s4, s5) = (Sums(), Sums(), Sums(), Sums(), Sums(), Sums())
      @inline(__always)
      func add(_ step: Int) {
        let w0 = apus_loadf8(w + step &* 64)
        let w1 = apus_loadf8(w + (step &* 64 &+ 32))
        let z = x + step &* 24
        s0.add(w0, w1, z)
        if count > 1 { s1.add(w0, w1, z + 4) }
        if count > 2 { s2.add(w0, w1, z + 8) }
        if count > 3 { s3.add(w0, w1, z + 12) }
        if count > 4 { s4.add(w0, w1, z + 16) }
        if count > 5 { s5.add(w0, w1, z + 20) }
      }
      var left = length
      while left >= 4 {
        add(0)
        add(1)
        add(2)
        add(3)
        w += 256
        x += 96
        left &-= 4
      }
      while left > 0 {
        add(0)
        w += 64
        x += 24
        left &-= 1
      }
      s0.store(to)
      if count > 1 { s1.store(to + 64) }
      if count > 2 { s2.store(to + 128) }
      if count > 3 { s3.store(to + 192) }
      if count > 4 { s4.store(to + 256) }
      if count > 5 { s5.store(to + 320) }
      to += count &* 64
      chain &+= 1
    }
  }
}
