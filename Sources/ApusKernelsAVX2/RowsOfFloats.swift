public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>

// Few tokens, weights that are floats. One token takes two rows at a time, far apart: memory is faster
// in two places at once. More take two rows and three tokens at a time. A product has a sum for each of
// 16 columns, block after block of columns, as in `floatTile`.
extension AVX2 {
  public static func float32Rows(_ job: MatrixJob) {
    rows(job, 4) { apus_loadf8($0) }
  }

  public static func float16Rows(_ job: MatrixJob) {
    rows(job, 2) { apus_halves8($0) }
  }

  public static func brain16Rows(_ job: MatrixJob) {
    rows(job, 2) { apus_brains8($0) }
  }

  /// The ends of rows and tokens, with zeros behind them.
  public static var floatRowsScratchByteCount: Int { 5 &* 64 }

  /// - Parameter width: bytes of a weight.
  @inline(__always)
  private static func rows(
    _ job: MatrixJob, _ width: Int, _ load: (UnsafeRawPointer) -> F8
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
    _ job: MatrixJob, _ row: Int, _ apart: Int, _ width: Int, _ load: (UnsafeRawPointer) -> F8
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
    _ job: MatrixJob, _ width: Int, _ load: (UnsafeRawPointer) -> F8
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
          let tokens = left == 4 ? 2 : min(left, 3)
          var row = 0
          while row < rows {
            let two = rows &- row >= 2
            let w = job.weights + ((first &+ row) &* job.rowByteCount &+ column &* width)
            let out = job.output + (token &* job.outputStride &+ first &+ row)
            @inline(__always)
            func add(_ rows: Int, _ tokens: Int) {
              square(
                w, job.rowByteCount, x, stride, columns, width, load, job.scratch, out, 1,
                job.outputStride, rows, tokens, column > 0, token == 0)
            }
            switch (two, tokens) {
            case (true, 3): add(2, 3)
            case (true, 2): add(2, 2)
            case (true, _): add(2, 1)
            case (false, 3): add(1, 3)
            case (false, 2): add(1, 2)
            case (false, _): add(1, 1)
            }
            row &+= two ? 2 : 1
          }
          token &+= tokens
        }
        column &+= columns
      }
      first &+= rows
    }
  }

  /// The sums of one token and up to two rows.
  private struct Sums {
    var (low0, high0, low1, high1) = (F8.zero, F8.zero, F8.zero, F8.zero)

    @inline(__always)
    mutating func addLow(_ x: UnsafeRawPointer, _ w0: F8, _ w1: F8, _ rows: Int) {
      let y = apus_loadf8(x)
      low0 = apus_fma8(w0, y, low0)
      if rows > 1 { low1 = apus_fma8(w1, y, low1) }
    }

    @inline(__always)
    mutating func addHigh(_ x: UnsafeRawPointer, _ w0: F8, _ w1: F8, _ rows: Int) {
      let y = apus_loadf8(x)
      high0 = apus_fma8(w0, y, high0)
      if rows > 1 { high1 = apus_fma8(w1, y, high1) }
    }

    /// `more`: adds to what is there.
    @inline(__always)
    func store(_ out: UnsafeMutablePointer<Float>, _ next: Int, _ rows: Int, _ more: Bool) {
      // Both are read before either is written: a row may be its own neighbour.
      let first = (more ? out[0] : 0) + apus_sum8(low0 + high0)
      if rows > 1 { out[next] = (more ? out[next] : 0) + apus_sum8(low1 + high1) }
      out[0] = first
    }
  }

  /// A block of columns, 1 or 2 rows times 1 to 3 tokens (constants at every use). `fetch`: the
  /// weights come from memory. `outNext`: from one row's result to the next row's.
  @inline(__always)
  private static func square(
    _ weights: UnsafeRawPointer, _ next: Int, _ tokens: UnsafeRawPointer, _ nextToken: Int,
    _ columns: Int, _ width: Int, _ load: (UnsafeRawPointer) -> F8,
    _ scratch: UnsafeMutableRawPointer, _ out: UnsafeMutablePointer<Float>, _ outNext: Int,
    _ outStride: Int, _ rows: Int, _ count: Int, _ more: Bool, _ fetch: Bool
  ) {
    var (t0, t1, t2) = (Sums(), Sums(), Sums())
    var w = weights
    var x = tokens
    var (rowByteCount, stride) = (next, nextToken)
    @inline(__always)
    func add() {
      var w0 = load(w)
      var w1 = rows > 1 ? load(w + rowByteCount) : w0
      t0.addLow(x, w0, w1, rows)
      if count > 1 { t1.addLow(x + stride, w0, w1, rows) }
      if count > 2 { t2.addLow(x + 2 &* stride, w0, w1, rows) }
      w0 = load(w + 8 &* width)
      w1 = rows > 1 ? load(w + (rowByteCount &+ 8 &* width)) : w0
      t0.addHigh(x + 32, w0, w1, rows)
      if count > 1 { t1.addHigh(x + (stride &+ 32), w0, w1, rows) }
      if count > 2 { t2.addHigh(x + (2 &* stride &+ 32), w0, w1, rows) }
      w += 16 &* width
      x += 64
    }
    var left = columns
    while left >= 32 {
      if fetch {
        apus_stream(w, width >> 1)
        if rows > 1 { apus_stream(w + rowByteCount, width >> 1) }
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
    if count > 2 { t2.store(out + 2 &* outStride, outNext, rows, more) }
  }

  /// Copies the ends of some rows, with zeros behind each.
  @inline(never)
  private static func ends(
    _ from: UnsafeRawPointer, _ next: Int, _ count: Int, _ byteCount: Int,
    _ scratch: UnsafeMutableRawPointer
  ) {
    var at = 0
    while at < 64 &* count {
      apus_store256(scratch + at, apus_bytes8(0))
      at &+= 32
    }
    var row = 0
    while row < count {
      (scratch + 64 &* row).copyMemory(from: from + row &* next, byteCount: byteCount)
      row &+= 1
    }
  }
}
