public import ApusBlocks
import CSIMD

extension AVX2 {
  /// Bytes of one token as `pack` lays it out; kernels read up to a register past the end.
  public static func activationByteCount(_ columns: Int) -> Int {
    (columns &+ columns >> 1 &+ 64 &+ 63) & ~63
  }

  /// Activations as the integer kernels want them: each 32 of a token share a scale,
  /// `x = scale * q`.
  ///
  ///     columns       q       Int8
  ///     columns / 8   scales  Float, one for 32 columns
  ///     columns / 8   sums    Float, scale * Σq of 32 columns
  ///     columns / 4   halves  Float, scale * Σq of 16 columns
  ///
  /// The sums multiply what a block adds to every weight (a minimum, an offset).
  public static func pack(_ job: ActivationJob) {
    let packed = job.output
    let columns = job.columnCount
    let scales = (packed + columns).assumingMemoryBound(to: Float.self)
    let sums = (packed + (columns &+ columns >> 3)).assumingMemoryBound(to: Float.self)
    let halves = (packed + (columns &+ columns >> 2)).assumingMemoryBound(to: Float.self)
    var block = 0
    let blocks = job.columnCount >> 5
    while block < blocks {
      let x = UnsafeRawPointer(job.input + block &* 32)
      let a = apus_loadf8(x)
      let b = apus_loadf8(x + 32)
      let c = apus_loadf8(x + 64)
      let d = apus_loadf8(x + 96)
      let largest = apus_magnitude32(a, b, c, d)
      // Not-a-number and infinity go into the scale, and from there into every result. Numbers
      // whose reciprocal overflows count as zeros.
      let factor: Float = largest < 1e-30 ? 0 : 127 / largest
      let scale: Float = largest < 1e-30 ? 0 : largest / 127
      let q = apus_round32(a, b, c, d, factor)
      apus_store256(job.output + block &* 32, q)
      let both = apus_bytesums(q)
      let first = Float(Int32(truncatingIfNeeded: both)) * scale
      let second = Float(Int32(truncatingIfNeeded: both >> 32)) * scale
      scales[block] = scale
      halves[block &* 2] = first
      halves[block &* 2 &+ 1] = second
      sums[block] = first + second
      block &+= 1
    }
  }
}
