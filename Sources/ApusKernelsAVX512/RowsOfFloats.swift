public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>

// Few tokens, weights that are floats. One token takes two rows at a time, far apart: memory is faster
// in two places at once. More take four rows and four tokens at a time. A product has a sum for each of
// 16 columns, block after block of columns, as in `floatTile`.
extension AVX512 {
  public static func float32Rows(_ job: MatrixJob) {
    rows(job, 4) { apus_loadf16($0) }
  }

  public static func float16Rows(_ job: MatrixJob) {
    rows(job, 2) { apus_halves16($0) }
  }

  public static func brain16Rows(_ job: MatrixJob) {
    rows(job, 2) { apus_brains16($0) }
  }

  public static var floatRowsScratchByteCount: Int { 3 &* 64 }

  /// - Parameter width: bytes of a weight.
  @inline(__always)
  private static func rows(
    _ job: MatrixJob, _ width: Int, _ load: (UnsafeRawPointer) -> F16x
  ) {
    if job.tokenCount > 1, job.columnCount & 15 == 0 {
      squares(job, width, load)
      return
    }
    let half = (job.rowCount &+ 1) >> 1
    var row = 0
    while row < half {
      let a = job.weights + row &* job.rowByteCount
      // A last row alone is its own neighbour.
      let second = row &+ half < job.rowCount ? half : 0
      let b = a + second &* job.rowByteCount
      var x = job.activations
      var out = job.output + row
      var left = job.tokenCount
      while left > 0 {
        dots(a, b, x, job.columnCount, job.scratch, width, load, out, second)
        x += job.columnCount &* 4
        out += job.outputStride
        left &-= 1
      }
      row &+= 1
    }
  }

  /// Two rows times one token.
  @inline(__always)
  private static func dots(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ x: UnsafeRawPointer, _ columns: Int,
    _ scratch: UnsafeMutableRawPointer, _ width: Int, _ load: (UnsafeRawPointer) -> F16x,
    _ out: UnsafeMutablePointer<Float>, _ second: Int
  ) {
    var (v, w, y) = (a, b, x)
    var (first, others): (Float, Float) = (0, 0)
    var rest = columns
    while rest > 0 {
      var (s, t) = (apus_zerof16(), apus_zerof16())
      @inline(__always)
      func add(_ column: Int) {
        let z = apus_loadf16(y + column &* 4)
        s = apus_fma16(load(v + column &* width), z, s)
        t = apus_fma16(load(w + column &* width), z, t)
      }
      var left = min(apus_floatblock, rest)
      rest &-= left
      while left >= 32 {
        apus_stream(v, width >> 1)
        apus_stream(w, width >> 1)
        add(0)
        add(16)
        v += 32 &* width
        w += 32 &* width
        y += 128
        left &-= 32
      }
      while left > 0 {
        if left < 16 {
          // The ends, with zeros behind them.
          (v, w, y) = padded(v, w, y, left, width, scratch)
        }
        add(0)
        v += 16 &* width
        w += 16 &* width
        y += 64
        left &-= 16
      }
      (first, others) = (first + apus_sum16(s), others + apus_sum16(t))
    }
    out[second] = others
    out[0] = first
  }

  /// Some rows at a time, and of them a block of columns: every token meets them in the caches.
  @inline(__always)
  private static func squares(
    _ job: MatrixJob, _ width: Int, _ load: (UnsafeRawPointer) -> F16x
  ) {
    let stride = job.columnCount &* 4
    var first = 0
    while first < job.rowCount {
      let rows = min(16, job.rowCount &- first)
      var column = 0
      while column < job.columnCount {
        let columns = min(apus_floatblock, job.columnCount &- column)
        var token = 0
        while token < job.tokenCount {
          let x = job.activations + (token &* stride &+ column &* 4)
          let left = job.tokenCount &- token
          let tokens = left >= 4 ? 4 : left >= 2 ? 2 : 1
          var row = 0
          while row < rows {
            let four = rows &- row >= 4
            let w = job.weights + ((first &+ row) &* job.rowByteCount &+ column &* width)
            let out = job.output + (token &* job.outputStride &+ first &+ row)
            @inline(__always)
            func add(_ rows: Int, _ tokens: Int) {
              square(
                w, job.rowByteCount, x, stride, columns, width, load, out, job.outputStride, rows,
                tokens, column > 0, token == 0)
            }
            switch (four, tokens) {
            case (true, 4): add(4, 4)
            case (true, 2): add(4, 2)
            case (true, _): add(4, 1)
            case (false, 4): add(1, 4)
            case (false, 2): add(1, 2)
            case (false, _): add(1, 1)
            }
            row &+= four ? 4 : 1
          }
          token &+= tokens
        }
        column &+= columns
      }
      first &+= rows
    }
  }

  /// The sums of one token and up to four rows.
  private struct Sums {
    var (s0, s1, s2, s3) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())

    @inline(__always)
    mutating func add(
      _ x: UnsafeRawPointer, _ w0: F16x, _ w1: F16x, _ w2: F16x, _ w3: F16x, _ rows: Int
    ) {
      let y = apus_loadf16(x)
      s0 = apus_fma16(w0, y, s0)
      if rows > 1 {
        s1 = apus_fma16(w1, y, s1)
        s2 = apus_fma16(w2, y, s2)
        s3 = apus_fma16(w3, y, s3)
      }
    }

    /// `more`: adds to what is there.
    @inline(__always)
    func store(_ out: UnsafeMutablePointer<Float>, _ rows: Int, _ more: Bool) {
      out[0] = (more ? out[0] : 0) + apus_sum16(s0)
      if rows > 1 {
        out[1] = (more ? out[1] : 0) + apus_sum16(s1)
        out[2] = (more ? out[2] : 0) + apus_sum16(s2)
        out[3] = (more ? out[3] : 0) + apus_sum16(s3)
      }
    }
  }

  /// A block of columns, 1 or 4 rows times 1, 2 or 4 tokens (constants at every use). `fetch`: the
  /// weights come from memory.
  @inline(__always)
  private static func square(
    _ weights: UnsafeRawPointer, _ rowByteCount: Int, _ tokens: UnsafeRawPointer, _ stride: Int,
    _ columns: Int, _ width: Int, _ load: (UnsafeRawPointer) -> F16x,
    _ out: UnsafeMutablePointer<Float>, _ outStride: Int, _ rows: Int, _ count: Int, _ more: Bool,
    _ fetch: Bool
  ) {
    var (t0, t1, t2, t3) = (Sums(), Sums(), Sums(), Sums())
    var w = weights
    var x = tokens
    @inline(__always)
    func add() {
      let w0 = load(w)
      let w1 = rows > 1 ? load(w + rowByteCount) : w0
      let w2 = rows > 1 ? load(w + 2 &* rowByteCount) : w0
      let w3 = rows > 1 ? load(w + 3 &* rowByteCount) : w0
      t0.add(x, w0, w1, w2, w3, rows)
      if count > 1 { t1.add(x + stride, w0, w1, w2, w3, rows) }
      if count > 2 {
        t2.add(x + 2 &* stride, w0, w1, w2, w3, rows)
        t3.add(x + 3 &* stride, w0, w1, w2, w3, rows)
      }
      w += 16 &* width
      x += 64
    }
    var left = columns
    while left >= 32 {
      if fetch {
        apus_stream(w, width >> 1)
        if rows > 1 {
          apus_stream(w + rowByteCount, width >> 1)
          apus_stream(w + 2 &* rowByteCount, width >> 1)
          apus_stream(w + 3 &* rowByteCount, width >> 1)
        }
      }
      add()
      add()
      left &-= 32
    }
    if left > 0 { add() }
    t0.store(out, rows, more)
    if count > 1 { t1.store(out + outStride, rows, more) }
    if count > 2 {
      t2.store(out + 2 &* outStride, rows, more)
      t3.store(out + 3 &* outStride, rows, more)
    }
  }

  @inline(never)
  private static func padded(
    _ v: UnsafeRawPointer, _ w: UnsafeRawPointer, _ y: UnsafeRawPointer, _ columns: Int,
    _ width: Int, _ scratch: UnsafeMutableRawPointer
  ) -> (UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer) {
    apus_store512(scratch, apus_zero512())
    apus_store512(scratch + 64, apus_zero512())
    apus_store512(scratch + 128, apus_zero512())
    scratch.copyMemory(from: v, byteCount: columns &* width)
    (scratch + 64).copyMemory(from: w, byteCount: columns &* width)
    (scratch + 128).copyMemory(from: y, byteCount: columns &* 4)
    return (
      UnsafeRawPointer(scratch), UnsafeRawPointer(scratch + 64), UnsafeRawPointer(scratch + 128)
    )
  }
}
