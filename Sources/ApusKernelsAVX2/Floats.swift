public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>

// Weights that are floats, and any weights decoded to floats: F32 arithmetic throughout. A product
// is two sums of eight lanes, whatever the number of tokens.
extension AVX2 {
  public typealias Decode = (UnsafeRawPointer, UnsafeMutablePointer<Float>, Int) -> Void

  public static func decodedScratchByteCount(_ columns: Int) -> Int { 4 &* columns &* 4 &+ 64 }

  /// Four rows at a time are decoded, and every pair of tokens streams over them.
  public static func decodedRows(_ job: MatrixJob, _ decode: Decode) {
    let columns = job.columnCount
    let panel = job.scratch.assumingMemoryBound(to: Float.self)
    let x = job.activations.assumingMemoryBound(to: Float.self)
    var row = 0
    while row < job.rowCount {
      let rows = min(4, job.rowCount &- row)
      var index = 0
      while index < rows {
        decode(
          job.weights + (row &+ index) &* job.rowByteCount, panel + index &* columns, columns)
        index &+= 1
      }
      var token = 0
      while token < job.tokenCount {
        let out = job.output + (token &* job.outputStride &+ row)
        let input = x + token &* columns
        if rows == 4, token &+ 2 <= job.tokenCount {
          let next = out + job.outputStride
          dot22(panel, input, columns, out, next)
          dot22(panel + 2 &* columns, input, columns, out + 2, next + 2)
          token &+= 2
        } else {
          index = 0
          while index < rows {
            out[index] = float32Dot(panel + index &* columns, input, columns)
            index &+= 1
          }
          token &+= 1
        }
      }
      row &+= rows
    }
  }

  /// Two rows times two tokens: for each product the sums that `float32Dot` makes, so that a
  /// token's result does not depend on its neighbour.
  @inline(never)
  private static func dot22(
    _ panel: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ columns: Int,
    _ out0: UnsafeMutablePointer<Float>, _ out1: UnsafeMutablePointer<Float>
  ) {
    let bytes = columns &* 4
    let w = UnsafeRawPointer(panel)
    let y = UnsafeRawPointer(x)
    var (a0, a1, b0, b1) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var (c0, c1, d0, d1) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var at = 0
    while at &+ 64 <= bytes {
      var w0 = apus_loadf8(w + at)
      var w1 = apus_loadf8(w + (bytes &+ at))
      var y0 = apus_loadf8(y + at)
      var y1 = apus_loadf8(y + (bytes &+ at))
      a0 = apus_fma8(w0, y0, a0)
      b0 = apus_fma8(w1, y0, b0)
      c0 = apus_fma8(w0, y1, c0)
      d0 = apus_fma8(w1, y1, d0)
      w0 = apus_loadf8(w + (at &+ 32))
      w1 = apus_loadf8(w + (bytes &+ at &+ 32))
      y0 = apus_loadf8(y + (at &+ 32))
      y1 = apus_loadf8(y + (bytes &+ at &+ 32))
      a1 = apus_fma8(w0, y0, a1)
      b1 = apus_fma8(w1, y0, b1)
      c1 = apus_fma8(w0, y1, c1)
      d1 = apus_fma8(w1, y1, d1)
      at &+= 64
    }
    out0[0] = apus_sum8(a0 + a1) + rest(w, y, at, bytes)
    out0[1] = apus_sum8(b0 + b1) + rest(w + bytes, y, at, bytes)
    out1[0] = apus_sum8(c0 + c1) + rest(w, y + bytes, at, bytes)
    out1[1] = apus_sum8(d0 + d1) + rest(w + bytes, y + bytes, at, bytes)
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

  public static func float32Rows(_ job: MatrixJob) {
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* job.columnCount &* 4
        job.output[token &* job.outputStride &+ row] = float32Dot(
          weights, x.assumingMemoryBound(to: Float.self), job.columnCount)
        token &+= 1
      }
      row &+= 1
    }
  }

  @inline(__always)
  private static func float32Dot(
    _ w: UnsafeRawPointer, _ x: UnsafePointer<Float>, _ columns: Int
  ) -> Float {
    let y = UnsafeRawPointer(x)
    var (s0, s1) = (F8.zero, F8.zero)
    var column = 0
    while column &+ 16 <= columns {
      apus_stream(w + column &* 4, 1)
      s0 = apus_fma8(apus_loadf8(w + column &* 4), apus_loadf8(y + column &* 4), s0)
      s1 = apus_fma8(apus_loadf8(w + (column &* 4 &+ 32)), apus_loadf8(y + (column &* 4 &+ 32)), s1)
      column &+= 16
    }
    var last: Float = 0
    while column < columns {
      last += w.loadUnaligned(fromByteOffset: column &* 4, as: Float.self) * x[column]
      column &+= 1
    }
    return apus_sum8(s0 + s1) + last
  }

  public static func float16Rows(_ job: MatrixJob) {
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* job.columnCount &* 4
        job.output[token &* job.outputStride &+ row] = float16Dot(
          weights, x.assumingMemoryBound(to: Float.self), job.columnCount)
        token &+= 1
      }
      row &+= 1
    }
  }

  @inline(__always)
  private static func float16Dot(
    _ w: UnsafeRawPointer, _ x: UnsafePointer<Float>, _ columns: Int
  ) -> Float {
    let y = UnsafeRawPointer(x)
    var (s0, s1) = (F8.zero, F8.zero)
    var column = 0
    while column &+ 16 <= columns {
      apus_stream(w + column &* 2, 1)
      s0 = apus_fma8(apus_halves8(w + column &* 2), apus_loadf8(y + column &* 4), s0)
      s1 = apus_fma8(
        apus_halves8(w + (column &* 2 &+ 16)), apus_loadf8(y + (column &* 4 &+ 32)), s1)
      column &+= 16
    }
    var last: Float = 0
    while column < columns {
      last += apus_half(w + column &* 2) * x[column]
      column &+= 1
    }
    return apus_sum8(s0 + s1) + last
  }

  public static func brain16Rows(_ job: MatrixJob) {
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* job.columnCount &* 4
        job.output[token &* job.outputStride &+ row] = brain16Dot(
          weights, x.assumingMemoryBound(to: Float.self), job.columnCount)
        token &+= 1
      }
      row &+= 1
    }
  }

  @inline(__always)
  private static func brain16Dot(
    _ w: UnsafeRawPointer, _ x: UnsafePointer<Float>, _ columns: Int
  ) -> Float {
    let y = UnsafeRawPointer(x)
    var (s0, s1) = (F8.zero, F8.zero)
    var column = 0
    while column &+ 16 <= columns {
      apus_stream(w + column &* 2, 1)
      s0 = apus_fma8(apus_brains8(w + column &* 2), apus_loadf8(y + column &* 4), s0)
      s1 = apus_fma8(
        apus_brains8(w + (column &* 2 &+ 16)), apus_loadf8(y + (column &* 4 &+ 32)), s1)
      column &+= 16
    }
    var last: Float = 0
    while column < columns {
      last += brain(w + column &* 2) * x[column]
      column &+= 1
    }
    return apus_sum8(s0 + s1) + last
  }

  @inline(__always)
  private static func brain(_ source: UnsafeRawPointer) -> Float {
    Float(bitPattern: UInt32(source.loadUnaligned(as: UInt16.self)) << 16)
  }

  public static func float32Decode(
    _ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    UnsafeMutableRawPointer(out).copyMemory(from: source, byteCount: count &* 4)
  }

  public static func float16Decode(
    _ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var index = 0
    while index &+ 8 <= count {
      apus_storef8(out + index, apus_halves8(source + index &* 2))
      index &+= 8
    }
    while index < count {
      out[index] = apus_half(source + index &* 2)
      index &+= 1
    }
  }

  public static func brain16Decode(
    _ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    var index = 0
    while index &+ 8 <= count {
      apus_storef8(out + index, apus_brains8(source + index &* 2))
      index &+= 8
    }
    while index < count {
      out[index] = brain(source + index &* 2)
      index &+= 1
    }
  }
}
