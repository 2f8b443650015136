public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>

// Weights that are floats, and any weights decoded to floats: F32 arithmetic throughout.
extension AVX512 {
  public typealias Decode = (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void

  public static func decodedScratchByteCount(_ columns: Int) -> Int { 8 &* columns &* 4 &+ 64 }

  /// Eight rows at a time are decoded, and groups of four tokens stream over them four rows at a
  /// time. A product is one sum of 16 lanes, whatever the number of tokens.
  public static func decodedRows(_ job: MatrixJob, _ decode: Decode) {
    let columns = job.columnCount
    let panel = job.scratch.assumingMemoryBound(to: Float.self)
    let x = job.activations.assumingMemoryBound(to: Float.self)
    var row = 0
    while row < job.rowCount {
      let rows = min(8, job.rowCount &- row)
      var index = 0
      while index < rows {
        decode(
          job.weights + (row &+ index) &* job.rowByteCount, panel + index &* columns, columns)
        index &+= 1
      }
      var token = 0
      while token < job.tokenCount {
        let tokens = min(4, job.tokenCount &- token)
        let out = job.output + (token &* job.outputStride &+ row)
        let input = x + token &* columns
        index = 0
        while index < rows {
          if tokens == 4, index &+ 4 <= rows {
            dot44(panel + index &* columns, input, columns, out + index, job.outputStride)
            index &+= 4
          } else {
            var one = 0
            while one < tokens {
              out[one &* job.outputStride &+ index] = dot11(
                panel + index &* columns, input + one &* columns, columns)
              one &+= 1
            }
            index &+= 1
          }
        }
        token &+= tokens
      }
      row &+= rows
    }
  }

  @inline(__always)
  private static func dot11(
    _ panel: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ columns: Int
  ) -> Float {
    let bytes = columns &* 4
    let w = UnsafeRawPointer(panel)
    let y = UnsafeRawPointer(x)
    var sum = apus_zerof16()
    var at = 0
    while at &+ 64 <= bytes {
      sum = apus_fma16(apus_loadf16(w + at), apus_loadf16(y + at), sum)
      at &+= 64
    }
    return apus_sum16(sum) + rest(w, y, at, bytes)
  }

  /// Four rows times four tokens.
  @inline(never)
  private static func dot44(
    _ panel: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ columns: Int,
    _ out: UnsafeMutablePointer<Float>, _ outStride: Int
  ) {
    let bytes = columns &* 4
    let w = UnsafeRawPointer(panel)
    let y = UnsafeRawPointer(x)
    var (s00, s10, s20, s30) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s01, s11, s21, s31) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s02, s12, s22, s32) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s03, s13, s23, s33) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var at = 0
    while at &+ 64 <= bytes {
      let w0 = apus_loadf16(w + at)
      let w1 = apus_loadf16(w + (bytes &+ at))
      let w2 = apus_loadf16(w + (2 &* bytes &+ at))
      let w3 = apus_loadf16(w + (3 &* bytes &+ at))
      let y0 = apus_loadf16(y + at)
      s00 = apus_fma16(w0, y0, s00)
      s10 = apus_fma16(w1, y0, s10)
      s20 = apus_fma16(w2, y0, s20)
      s30 = apus_fma16(w3, y0, s30)
      let y1 = apus_loadf16(y + (bytes &+ at))
      s01 = apus_fma16(w0, y1, s01)
      s11 = apus_fma16(w1, y1, s11)
      s21 = apus_fma16(w2, y1, s21)
      s31 = apus_fma16(w3, y1, s31)
      let y2 = apus_loadf16(y + (2 &* bytes &+ at))
      s02 = apus_fma16(w0, y2, s02)
      s12 = apus_fma16(w1, y2, s12)
      s22 = apus_fma16(w2, y2, s22)
      s32 = apus_fma16(w3, y2, s32)
      let y3 = apus_loadf16(y + (3 &* bytes &+ at))
      s03 = apus_fma16(w0, y3, s03)
      s13 = apus_fma16(w1, y3, s13)
      s23 = apus_fma16(w2, y3, s23)
      s33 = apus_fma16(w3, y3, s33)
      at &+= 64
    }
    out[0] = apus_sum16(s00) + rest(w, y, at, bytes)
    out[1] = apus_sum16(s10) + rest(w + 1 &* bytes, y, at, bytes)
    out[2] = apus_sum16(s20) + rest(w + 2 &* bytes, y, at, bytes)
    out[3] = apus_sum16(s30) + rest(w + 3 &* bytes, y, at, bytes)
    out[1 &* outStride &+ 0] = apus_sum16(s01) + rest(w, y + 1 &* bytes, at, bytes)
    out[1 &* outStride &+ 1] = apus_sum16(s11) + rest(w + 1 &* bytes, y + 1 &* bytes, at, bytes)
    out[1 &* outStride &+ 2] = apus_sum16(s21) + rest(w + 2 &* bytes, y + 1 &* bytes, at, bytes)
    out[1 &* outStride &+ 3] = apus_sum16(s31) + rest(w + 3 &* bytes, y + 1 &* bytes, at, bytes)
    out[2 &* outStride &+ 0] = apus_sum16(s02) + rest(w, y + 2 &* bytes, at, bytes)
    out[2 &* outStride &+ 1] = apus_sum16(s12) + rest(w + 1 &* bytes, y + 2 &* bytes, at, bytes)
    out[2 &* outStride &+ 2] = apus_sum16(s22) + rest(w + 2 &* bytes, y + 2 &* bytes, at, bytes)
    out[2 &* outStride &+ 3] = apus_sum16(s32) + rest(w + 3 &* bytes, y + 2 &* bytes, at, bytes)
    out[3 &* outStride &+ 0] = apus_sum16(s03) + rest(w, y + 3 &* bytes, at, bytes)
    out[3 &* outStride &+ 1] = apus_sum16(s13) + rest(w + 1 &* bytes, y + 3 &* bytes, at, bytes)
    out[3 &* outStride &+ 2] = apus_sum16(s23) + rest(w + 2 &* bytes, y + 3 &* bytes, at, bytes)
    out[3 &* outStride &+ 3] = apus_sum16(s33) + rest(w + 3 &* bytes, y + 3 &* bytes, at, bytes)
  }

  /// The columns behind the last whole register; offsets in bytes.
  @inline(__always)
  private static func rest(
    _ w: UnsafeRawPointer, _ x: UnsafeRawPointer, _ begin: Int, _ end: Int
  ) -> Float {
    var sum: Float = 0
    var at = begin
    while at < end {
      sum +=
        w.loadUnaligned(fromByteOffset: at, as: Float.self)
        * x.loadUnaligned(fromByteOffset: at, as: Float.self)
      at &+= 4
    }
    return sum
  }
}
