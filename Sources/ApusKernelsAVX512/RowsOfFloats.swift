public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>

// Few tokens, weights that are floats. Two rows at a time, far apart: memory is faster in two places
// at once. A product has a sum for each of 16 columns, block after block of columns, as in `floatTile`.
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
