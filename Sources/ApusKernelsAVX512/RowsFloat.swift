public import ApusBlocks
import CSIMD

// Few tokens, float weights: two sums of 16 lanes a product.
extension AVX512 {
  public static func float32Rows(_ job: MatrixJob) {
    let columns = job.columnCount
    var row = 0
    while row < job.rowCount {
      let w = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let y = job.activations + token &* columns &* 4
        var (s0, s1) = (apus_zerof16(), apus_zerof16())
        var column = 0
        while column &+ 32 <= columns {
          apus_stream(w + column &* 4, 2)
          s0 = apus_fma16(apus_loadf16(w + column &* 4), apus_loadf16(y + column &* 4), s0)
          s1 = apus_fma16(
            apus_loadf16(w + (column &* 4 &+ 64)), apus_loadf16(y + (column &* 4 &+ 64)), s1)
          column &+= 32
        }
        var last: Float = 0
        while column < columns {
          last +=
            w.loadUnaligned(fromByteOffset: column &* 4, as: Float.self)
            * y.loadUnaligned(fromByteOffset: column &* 4, as: Float.self)
          column &+= 1
        }
        job.output[token &* job.outputStride &+ row] = apus_sum16(s0 + s1) + last
        token &+= 1
      }
      row &+= 1
    }
  }

  public static func float16Rows(_ job: MatrixJob) {
    let columns = job.columnCount
    var row = 0
    while row < job.rowCount {
      let w = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let y = job.activations + token &* columns &* 4
        var (s0, s1) = (apus_zerof16(), apus_zerof16())
        var column = 0
        while column &+ 32 <= columns {
          apus_stream(w + column &* 2, 1)
          s0 = apus_fma16(apus_halves16(w + column &* 2), apus_loadf16(y + column &* 4), s0)
          s1 = apus_fma16(
            apus_halves16(w + (column &* 2 &+ 32)), apus_loadf16(y + (column &* 4 &+ 64)), s1)
          column &+= 32
        }
        var last: Float = 0
        while column < columns {
          last +=
            apus_half(w + column &* 2)
            * y.loadUnaligned(fromByteOffset: column &* 4, as: Float.self)
          column &+= 1
        }
        job.output[token &* job.outputStride &+ row] = apus_sum16(s0 + s1) + last
        token &+= 1
      }
      row &+= 1
    }
  }

  public static func brain16Rows(_ job: MatrixJob) {
    let columns = job.columnCount
    var row = 0
    while row < job.rowCount {
      let w = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let y = job.activations + token &* columns &* 4
        var (s0, s1) = (apus_zerof16(), apus_zerof16())
        var column = 0
        while column &+ 32 <= columns {
          apus_stream(w + column &* 2, 1)
          s0 = apus_fma16(apus_brains16(w + column &* 2), apus_loadf16(y + column &* 4), s0)
          s1 = apus_fma16(
            apus_brains16(w + (column &* 2 &+ 32)), apus_loadf16(y + (column &* 4 &+ 64)), s1)
          column &+= 32
        }
        var last: Float = 0
        while column < columns {
          last +=
            brain(w + column &* 2) * y.loadUnaligned(fromByteOffset: column &* 4, as: Float.self)
          column &+= 1
        }
        job.output[token &* job.outputStride &+ row] = apus_sum16(s0 + s1) + last
        token &+= 1
      }
      row &+= 1
    }
  }

  @inline(__always)
  private static func brain(_ source: UnsafeRawPointer) -> Float {
    Float(bitPattern: UInt32(source.loadUnaligned(as: UInt16.self)) << 16)
  }
}
