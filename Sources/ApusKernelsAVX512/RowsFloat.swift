public import ApusBlocks
import CSIMD

// Few tokens, float weights: one sum of 16 lanes a product, as in `decodedRows`.
extension AVX512 {
  public static func float32Rows(_ job: MatrixJob) {
    let columns = job.columnCount
    var row = 0
    while row < job.rowCount {
      let w = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let y = job.activations + token &* columns &* 4
        var sum = apus_zerof16()
        var column = 0
        while column &+ 32 <= columns {
          apus_stream(w + column &* 4, 2)
          sum = apus_fma16(apus_loadf16(w + column &* 4), apus_loadf16(y + column &* 4), sum)
          sum = apus_fma16(
            apus_loadf16(w + (column &* 4 &+ 64)), apus_loadf16(y + (column &* 4 &+ 64)), sum)
          column &+= 32
        }
        if column &+ 16 <= columns {
          sum = apus_fma16(apus_loadf16(w + column &* 4), apus_loadf16(y + column &* 4), sum)
          column &+= 16
        }
        var last: Float = 0
        while column < columns {
          last +=
            w.loadUnaligned(fromByteOffset: column &* 4, as: Float.self)
            * y.loadUnaligned(fromByteOffset: column &* 4, as: Float.self)
          column &+= 1
        }
        job.output[token &* job.outputStride &+ row] = apus_sum16(sum) + last
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
        var sum = apus_zerof16()
        var column = 0
        while column &+ 32 <= columns {
          apus_stream(w + column &* 2, 1)
          sum = apus_fma16(apus_halves16(w + column &* 2), apus_loadf16(y + column &* 4), sum)
          sum = apus_fma16(
            apus_halves16(w + (column &* 2 &+ 32)), apus_loadf16(y + (column &* 4 &+ 64)), sum)
          column &+= 32
        }
        if column &+ 16 <= columns {
          sum = apus_fma16(apus_halves16(w + column &* 2), apus_loadf16(y + column &* 4), sum)
          column &+= 16
        }
        var last: Float = 0
        while column < columns {
          last +=
            apus_half(w + column &* 2)
            * y.loadUnaligned(fromByteOffset: column &* 4, as: Float.self)
          column &+= 1
        }
        job.output[token &* job.outputStride &+ row] = apus_sum16(sum) + last
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
        var sum = apus_zerof16()
        var column = 0
        while column &+ 32 <= columns {
          apus_stream(w + column &* 2, 1)
          sum = apus_fma16(apus_brains16(w + column &* 2), apus_loadf16(y + column &* 4), sum)
          sum = apus_fma16(
            apus_brains16(w + (column &* 2 &+ 32)), apus_loadf16(y + (column &* 4 &+ 64)), sum)
          column &+= 32
        }
        if column &+ 16 <= columns {
          sum = apus_fma16(apus_brains16(w + column &* 2), apus_loadf16(y + column &* 4), sum)
          column &+= 16
        }
        var last: Float = 0
        while column < columns {
          last +=
            brain(w + column &* 2) * y.loadUnaligned(fromByteOffset: column &* 4, as: Float.self)
          column &+= 1
        }
        job.output[token &* job.outputStride &+ row] = apus_sum16(sum) + last
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
