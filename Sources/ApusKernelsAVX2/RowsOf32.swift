public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

// The formats of 32 columns, one scale each (and a minimum): the block's bytes in order, its scale,
// and what it adds to every weight, all eight lanes alike.
extension AVX2 {
  // `kind` (0 Q4_0, 1 Q4_1, 2 Q5_0, 3 Q5_1) is a constant at every use: nothing of it is left.
  @inline(__always)
  private static func bytes(_ w: UnsafeRawPointer, _ kind: Int) -> I256 {
    switch kind {
    case 0: apus_nibbles32(w + 2)
    case 1: apus_nibbles32(w + 4)
    case 2: apus_nibbles32(w + 6) | apus_bits32(apus_word(w + 2), 16)
    default: apus_nibbles32(w + 8) | apus_bits32(apus_word(w + 4), 16)
    }
  }

  /// What a block adds to every weight.
  @inline(__always)
  private static func minimum(_ w: UnsafeRawPointer, _ scale: F8, _ kind: Int) -> F8 {
    switch kind {
    case 0: scale * -8
    case 2: scale * -16
    default: apus_spreadhalf8(w + 2)
    }
  }

  @inline(__always)
  private static func dot(
    _ weights: UnsafeRawPointer, _ byteCount: Int, _ x: UnsafeRawPointer, _ columns: Int,
    _ kind: Int
  ) -> Float {
    var w = weights
    var q = x
    var scales = x + columns
    let sums = columns >> 3
    var (f0, f1, m0, m1) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var left = columns >> 5
    while left >= 2 {
      apus_stream(w, 1)
      let s0 = apus_spreadhalf8(w)
      let p0 = apus_dot8(bytes(w, kind), apus_load256(q))
      f0 = apus_fma8(apus_float8(p0), s0 * apus_spreadf8(scales), f0)
      m0 = apus_fma8(minimum(w, s0, kind), apus_spreadf8(scales + sums), m0)
      let s1 = apus_spreadhalf8(w + byteCount)
      let p1 = apus_dot8(bytes(w + byteCount, kind), apus_load256(q + 32))
      f1 = apus_fma8(apus_float8(p1), s1 * apus_spreadf8(scales + 4), f1)
      m1 = apus_fma8(minimum(w + byteCount, s1, kind), apus_spreadf8(scales + (sums &+ 4)), m1)
      w += 2 &* byteCount
      q += 64
      scales += 8
      left &-= 2
    }
    if left > 0 {
      let s0 = apus_spreadhalf8(w)
      let p0 = apus_dot8(bytes(w, kind), apus_load256(q))
      f0 = apus_fma8(apus_float8(p0), s0 * apus_spreadf8(scales), f0)
      m0 = apus_fma8(minimum(w, s0, kind), apus_spreadf8(scales + sums), m0)
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
          weights, 18, x, job.columnCount, 0)
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
          weights, 20, x, job.columnCount, 1)
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
          weights, 22, x, job.columnCount, 2)
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
          weights, 24, x, job.columnCount, 3)
        token &+= 1
      }
      row &+= 1
    }
  }
}
