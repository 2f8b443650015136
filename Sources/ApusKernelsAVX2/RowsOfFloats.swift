public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>

// Few tokens, weights that are floats. Two rows at a time, far apart: memory is faster in two places
// at once. A product has a sum for each of 16 columns, block after block of columns, as in `floatTile`.
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

  public static var floatRowsScratchByteCount: Int { 3 &* 64 }

  /// - Parameter width: bytes of a weight.
  @inline(__always)
  private static func rows(
    _ job: MatrixJob, _ width: Int, _ load: (UnsafeRawPointer) -> F8
  ) {
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
    _ scratch: UnsafeMutableRawPointer, _ width: Int, _ load: (UnsafeRawPointer) -> F8,
    _ out: UnsafeMutablePointer<Float>, _ second: Int
  ) {
    var (v, w, y) = (a, b, x)
    var (first, others): (Float, Float) = (0, 0)
    var rest = columns
    while rest > 0 {
      var (s0, s1, t0, t1) = (F8.zero, F8.zero, F8.zero, F8.zero)
      @inline(__always)
      func add(_ column: Int) {
        let z0 = apus_loadf8(y + column &* 4)
        let z1 = apus_loadf8(y + (column &* 4 &+ 32))
        s0 = apus_fma8(load(v + column &* width), z0, s0)
        t0 = apus_fma8(load(w + column &* width), z0, t0)
        s1 = apus_fma8(load(v + (column &+ 8) &* width), z1, s1)
        t1 = apus_fma8(load(w + (column &+ 8) &* width), z1, t1)
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
      (first, others) = (first + apus_sum8(s0 + s1), others + apus_sum8(t0 + t1))
    }
    out[second] = others
    out[0] = first
  }

  @inline(never)
  private static func padded(
    _ v: UnsafeRawPointer, _ w: UnsafeRawPointer, _ y: UnsafeRawPointer, _ columns: Int,
    _ width: Int, _ scratch: UnsafeMutableRawPointer
  ) -> (UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer) {
    var at = 0
    while at < 192 {
      apus_store256(scratch + at, apus_bytes8(0))
      at &+= 32
    }
    scratch.copyMemory(from: v, byteCount: columns &* width)
    (scratch + 64).copyMemory(from: w, byteCount: columns &* width)
    (scratch + 128).copyMemory(from: y, byteCount: columns &* 4)
    return (
      UnsafeRawPointer(scratch), UnsafeRawPointer(scratch + 64), UnsafeRawPointer(scratch + 128)
    )
  }
}
