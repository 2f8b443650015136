public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

// The formats of 32 columns, one scale each (and a minimum): the block's bytes in order, its scale,
// and what it adds to every weight, all eight lanes alike.
extension AVX2 {
  private typealias Block = (q: I256, scale: F8, minimum: F8)

  @inline(__always)
  private static func q40(_ w: UnsafeRawPointer) -> Block {
    let d = apus_spreadhalf8(w)
    return (apus_nibbles32(w + 2), d, d * -8)
  }

  @inline(__always)
  private static func q41(_ w: UnsafeRawPointer) -> Block {
    (apus_nibbles32(w + 4), apus_spreadhalf8(w), apus_spreadhalf8(w + 2))
  }

  @inline(__always)
  private static func q50(_ w: UnsafeRawPointer) -> Block {
    let d = apus_spreadhalf8(w)
    return (apus_nibbles32(w + 6) | apus_bits32(apus_word(w + 2), 16), d, d * -16)
  }

  @inline(__always)
  private static func q51(_ w: UnsafeRawPointer) -> Block {
    let q = apus_nibbles32(w + 8) | apus_bits32(apus_word(w + 4), 16)
    return (q, apus_spreadhalf8(w), apus_spreadhalf8(w + 2))
  }

  @inline(__always)
  private static func dot(
    _ weights: UnsafeRawPointer, _ byteCount: Int, _ x: UnsafeRawPointer, _ columns: Int,
    _ block: (UnsafeRawPointer) -> Block
  ) -> Float {
    var w = weights
    var q = x
    var scales = x + columns
    let sums = columns >> 3
    var (f0, f1, m0, m1) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var left = columns >> 5
    while left >= 2 {
      apus_stream(w, 1)
      let a = block(w)
      let p0 = apus_dot8(a.q, apus_load256(q))
      f0 = apus_fma8(apus_float8(p0), a.scale * apus_spreadf8(scales), f0)
      m0 = apus_fma8(a.minimum, apus_spreadf8(scales + sums), m0)
      let b = block(w + byteCount)
      let p1 = apus_dot8(b.q, apus_load256(q + 32))
      f1 = apus_fma8(apus_float8(p1), b.scale * apus_spreadf8(scales + 4), f1)
      m1 = apus_fma8(b.minimum, apus_spreadf8(scales + (sums &+ 4)), m1)
      w += 2 &* byteCount
      q += 64
      scales += 8
      left &-= 2
    }
    if left > 0 {
      let a = block(w)
      let p0 = apus_dot8(a.q, apus_load256(q))
      f0 = apus_fma8(apus_float8(p0), a.scale * apus_spreadf8(scales), f0)
      m0 = apus_fma8(a.minimum, apus_spreadf8(scales + sums), m0)
    }
    return apus_sum8(f0 + f1) + (m0 + m1)[0]
  }

  public static func q40Rows(_ job: MatrixJob) {
    let stride = activationByteCount(job.columnCount)
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* stride
        job.output[token &* job.outputStride &+ row] = dot(
          weights, 18, x, job.columnCount, q40)
        token &+= 1
      }
      row &+= 1
    }
  }

  public static func q41Rows(_ job: MatrixJob) {
    let stride = activationByteCount(job.columnCount)
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* stride
        job.output[token &* job.outputStride &+ row] = dot(
          weights, 20, x, job.columnCount, q41)
        token &+= 1
      }
      row &+= 1
    }
  }

  public static func q50Rows(_ job: MatrixJob) {
    let stride = activationByteCount(job.columnCount)
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* stride
        job.output[token &* job.outputStride &+ row] = dot(
          weights, 22, x, job.columnCount, q50)
        token &+= 1
      }
      row &+= 1
    }
  }

  public static func q51Rows(_ job: MatrixJob) {
    let stride = activationByteCount(job.columnCount)
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* stride
        job.output[token &* job.outputStride &+ row] = dot(
          weights, 24, x, job.columnCount, q51)
        token &+= 1
      }
      row &+= 1
    }
  }
}
