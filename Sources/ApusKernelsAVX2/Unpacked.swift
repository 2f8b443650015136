import ApusBlocks
import CSIMD

// What every format can do once its blocks are bytes.
extension AVX2 {
  /// Decodes `count` elements.
  static func decodeUnpacked(
    _ source: UnsafeRawPointer, _ destination: UnsafeMutablePointer<Float>, _ count: Int,
    _ unpacking: Unpacking
  ) {
    withUnsafeTemporaryAllocation(byteCount: Unpacking.byteCount, alignment: 64) { memory in
      guard let base = memory.baseAddress else { return }
      let chunk = base
      var from = source
      var out = UnsafeMutableRawPointer(destination)
      var done = 0
      while done < count {
        unpacking.unpack(from, chunk)
        var sub = 0
        while sub &* unpacking.subBlock < unpacking.columns {
          let scale = apus_spreadf8(chunk + 256 + sub &* 4)
          let minimum = apus_spreadf8(chunk + 320 + sub &* 4)
          var at = sub &* unpacking.subBlock
          let end = at &+ unpacking.subBlock
          while at < end {
            let bytes = apus_load64(chunk + at)
            let wide =
              unpacking.isSigned ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes)
            apus_storef8(out + at &* 4, apus_fma8(apus_float8(wide), scale, minimum))
            at &+= 8
          }
          sub &+= 1
        }
        from += unpacking.blockByteCount
        out += unpacking.columns &* 4
        done &+= unpacking.columns
      }
    }
  }

  /// Rows times tokens, a block at a time through scratch memory.
  static func unpackedRows(_ job: MatrixJob, _ unpacking: Unpacking) {
    let chunk = job.scratch
    let stride = Activations.byteCount(job.columnCount)
    let blocks = job.columnCount / unpacking.columns
    var row = 0
    while row < job.rowCount {
      let weights = job.weights + row &* job.rowByteCount
      var token = 0
      while token < job.tokenCount {
        let x = Activations(base: job.activations + token &* stride, columns: job.columnCount)
        job.output[token &* job.outputStride &+ row] = unpackedDot(
          weights, x, blocks, chunk, unpacking)
        token &+= 1
      }
      row &+= 1
    }
  }

  private static func unpackedDot(
    _ weights: UnsafeRawPointer, _ x: Activations, _ blocks: Int, _ chunk: UnsafeMutableRawPointer,
    _ unpacking: Unpacking
  ) -> Float {
    var even = SIMD8<Float>.zero
    var odd = SIMD8<Float>.zero
    var added: Float = 0
    var from = weights
    var q = x.base
    var scales = x.scales
    var sums = unpacking.subBlock == 16 ? x.halves : x.sums
    let pairs = unpacking.columns >> 5
    var block = 0
    while block < blocks {
      apus_prefetch(from + 2048)
      unpacking.unpack(from, chunk)
      if unpacking.subBlock == 16 {
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
      from += unpacking.blockByteCount
      block &+= 1
    }
    return apus_sum8(even + odd) + added
  }
}
