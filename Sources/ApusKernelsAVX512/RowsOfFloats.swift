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

  /// The ends of rows and tokens, with zeros behind them.
  public static var floatRowsScratchByteCount: Int { 8 &* 64 }

  /// - Parameter width: bytes of a weight.
  @inline(__always)
  private static func rows(
    _ job: MatrixJob, _ width: Int, _ load: (UnsafeRawPointer) -> F16x
  ) {
    if job.tokenCount == 1 {
      let half = (job.rowCount &+ 1) >> 1
      var row = 0
      while row < half {
        // A last row alone is its own neighbour.
        pair(job, row, row &+ half < job.rowCount ? half : 0, width, load)
        row &+= 1
      }
    } else {
      squares(job, width, load)
    }
  }

  /// Two rows, `apart` rows from one another, times one token.
  @inline(__always)
  private static func pair(
    _ job: MatrixJob, _ row: Int, _ apart: Int, _ width: Int, _ load: (UnsafeRawPointer) -> F16x
  ) {
    var column = 0
    while column < job.columnCount {
      square(
        job.weights + (row &* job.rowByteCount &+ column &* width), apart &* job.rowByteCount,
        job.activations + column &* 4, 0, min(apus_floatblock, job.columnCount &- column), width,
        load, job.scratch, job.output + row, apart, 0, 2, 1, column > 0, true)
      column &+= apus_floatblock
    }
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
                w, job.rowByteCount, x, stride, columns, width, load, job.scratch, out, 1,
                job.outputStride, rows, tokens, column > 0, token == 0)
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
      if rows > 1 { s1 = apus_fma16(w1, y, s1) }
      if rows > 2 {
        s2 = apus_fma16(w2, y, s2)
        s3 = apus_fma16(w3, y, s3)
      }
    }

    /// `more`: adds to what is there.
    @inline(__always)
    func store(_ out: UnsafeMutablePointer<Float>, _ next: Int, _ rows: Int, _ more: Bool) {
      @inline(__always)
      func put(_ row: Int, _ sum: F16x) {
        let to = out + row &* next
        to[0] = (more ? to[0] : 0) + apus_sum16(sum)
      }
      if rows > 2 {
        put(2, s2)
        put(3, s3)
      }
      // Both are read before either is written: a row may be its own neighbour.
      let first = (more ? out[0] : 0) + apus_sum16(s0)
      if rows > 1 { out[next] = (more ? out[next] : 0) + apus_sum16(s1) }
      out[0] = first
    }
  }

  /// A block of columns, 1, 2 or 4 rows times 1, 2 or 4 tokens (constants at every use). `fetch`: the
  /// weights come from memory. `outNext`: from one row's result to the next row's.
  @inline(__always)
  private static func square(
    _ weights: UnsafeRawPointer, _ next: Int, _ tokens: UnsafeRawPointer, _ nextToken: Int,
    _ columns: Int, _ width: Int, _ load: (UnsafeRawPointer) -> F16x,
    _ scratch: UnsafeMutableRawPointer, _ out: UnsafeMutablePointer<Float>, _ outNext: Int,
    _ outStride: Int, _ rows: Int, _ count: Int, _ more: Bool, _ fetch: Bool
  ) {
    var (t0, t1, t2, t3) = (Sums(), Sums(), Sums(), Sums())
    var w = weights
    var x = tokens
    var (rowByteCount, stride) = (next, nextToken)
    @inline(__always)
    func add() {
      let w0 = load(w)
      let w1 = rows > 1 ? load(w + rowByteCount) : w0
      let w2 = rows > 2 ? load(w + 2 &* rowByteCount) : w0
      let w3 = rows > 2 ? load(w + 3 &* rowByteCount) : w0
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
        if rows > 1 { apus_stream(w + rowByteCount, width >> 1) }
        if rows > 2 {
          apus_stream(w + 2 &* rowByteCount, width >> 1)
          apus_stream(w + 3 &* rowByteCount, width >> 1)
        }
      }
      add()
      add()
      left &-= 32
    }
    if left >= 16 {
      add()
      left &-= 16
    }
    if left > 0 {
      ends(w, rowByteCount, rows, left &* width, scratch)
      ends(x, stride, count, left &* 4, scratch + 64 &* rows)
      (w, rowByteCount, x, stride) = (
        UnsafeRawPointer(scratch), 64, UnsafeRawPointer(scratch + 64 &* rows), 64
      )
      add()
    }
    t0.store(out, outNext, rows, more)
    if count > 1 { t1.store(out + outStride, outNext, rows, more) }
    if count > 2 {
      t2.store(out + 2 &* outStride, outNext, rows, more)
      t3.store(out + 3 &* outStride, outNext, rows, more)
    }
  }

  /// Copies the ends of some rows, with zeros behind each.
  @inline(never)
  private static func ends(
    _ from: UnsafeRawPointer, _ next: Int, _ count: Int, _ byteCount: Int,
    _ scratch: UnsafeMutableRawPointer
  ) {
    var at = 0
    while at < 64 &* count {
      apus_store512(scratch + at, apus_zero512())
      at &+= 64
    }
    var row = 0
    while row < count {
      (scratch + 64 &* row).copyMemory(from: from + row &* next, byteCount: byteCount)
      row &+= 1
    }
  }
}
