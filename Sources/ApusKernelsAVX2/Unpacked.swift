public import ApusBlocks
import CSIMD

// What every format can do once its blocks are bytes.
extension AVX2 {
  public typealias Unpack = (UnsafeRawPointer, UnsafeMutableRawPointer) -> Void

  /// Decodes `count` elements.
  /// - Parameter scratch: `Unpacking.byteCount` bytes.
  public static func decode(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ count: Int,
    _ scratch: UnsafeMutableRawPointer, _ shape: Unpacking.Shape, _ unpack: Unpack
  ) {
    var from = source
    var out = UnsafeMutableRawPointer(destination)
    var done = 0
    while done < count {
      unpack(from, scratch)
      var sub = 0
      while sub &* shape.subBlock < shape.columns {
        let scale = apus_spreadf8(scratch + (256 &+ sub &* 4))
        let minimum = apus_spreadf8(scratch + (320 &+ sub &* 4))
        var at = sub &* shape.subBlock
        let end = at &+ shape.subBlock
        while at < end {
          let bytes = apus_load64(scratch + at)
          let wide = shape.isSigned ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes)
          apus_storef8(out + at &* 4, apus_fma8(apus_float8(wide), scale, minimum))
          at &+= 8
        }
        sub &+= 1
      }
      from += shape.byteCount
      out += shape.columns &* 4
      done &+= shape.columns
    }
  }

  /// Rows times tokens, a block at a time through scratch memory.
  public static func unpackedRows(
    _ job: MatrixJob, _ shape: Unpacking.Shape, _ unpack: Unpack
  ) {
    let chunk = job.scratch
    let stride = activationByteCount(job.columnCount)
    let blocks = job.columnCount / shape.columns
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = job.activations + token &* stride
        job.output[token &* job.outputStride &+ row] = unpackedDot(
          weights, x, job.columnCount, blocks, chunk, shape, unpack)
        token &+= 1
      }
      row &+= 1
    }
  }

  private static func unpackedDot(
    _ weights: UnsafeRawPointer, _ x: UnsafeRawPointer, _ columns: Int, _ blocks: Int,
    _ chunk: UnsafeMutableRawPointer, _ shape: Unpacking.Shape, _ unpack: Unpack
  ) -> Float {
    var even = SIMD8<Float>.zero
    var odd = SIMD8<Float>.zero
    var added: Float = 0
    var from = weights
    var q = x
    var scales = x + columns
    var sums = x + (columns &+ columns >> (shape.subBlock == 16 ? 2 : 3))
    let pairs = shape.columns >> 5
    var block = 0
    while block < blocks {
      apus_prefetch(from + 2048)
      unpack(from, chunk)
      if shape.subBlock == 16 {
        var pair = 0
        while pair < pairs {
          let dot = apus_dot8(apus_load256(chunk + pair &* 32), apus_load256(q))
          let factor =
            apus_spreadpair(apus_loadf8(chunk + 256 + pair &* 8), 0) * apus_spreadf8(scales)
          even = apus_fma8(apus_float8(dot), factor, even)
          q += 32
          scales += 4
          pair &+= 1
        }
        let first = apus_loadf8(chunk + 320)
        let second = apus_loadf8(chunk + 320 + 32)
        odd = apus_fma8(first, apus_loadf8(sums), odd)
        odd = apus_fma8(second, apus_loadf8(sums + 32), odd)
        sums += 64
      } else {
        var pair = 0
        while pair < pairs {
          let dot = apus_dot8(apus_load256(chunk + pair &* 32), apus_load256(q))
          let factor = apus_spreadf8(chunk + 256 + pair &* 4) * apus_spreadf8(scales)
          even = apus_fma8(apus_float8(dot), factor, even)
          added +=
            chunk.load(fromByteOffset: 320 &+ pair &* 4, as: Float.self)
            * sums.load(as: Float.self)
          q += 32
          scales += 4
          sums += 4
          pair &+= 1
        }
      }
      from += shape.byteCount
      block &+= 1
    }
    return apus_sum8(even + odd) + added
  }
}
