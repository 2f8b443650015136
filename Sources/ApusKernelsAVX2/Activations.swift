public import ApusBlocks
import CSIMD

extension AVX2 {
  /// Bytes of one token as `pack` lays it out.
  public static func activationByteCount(_ columns: Int) -> Int { apus_layout(columns).byteCount }

  /// Activations as the integer kernels want them: each 32 of a token share a scale,
  /// `x = scale * q`. Columns are padded with zeros to a multiple of 256 (`width`); `apus_layout`
  /// knows where the parts lie.
  ///
  ///     width      q           Int8
  ///     width / 8  scales      Float, one for 32 columns
  ///     width / 8  sums        Float, scale * Σq of 32 columns
  ///     width / 4  halves      Float, scale * Σq of 16 columns
  ///     width / 8  counts      Int32, -Σq of 32 columns
  ///     width / 4  halfCounts  Int32, -Σq of 16 columns
  ///     width      biased      UInt8, q + 128
  ///
  /// The sums multiply what a block adds to every weight; the counts, shifted, take the zero point
  /// of a symmetric format out of a sum of products.
  public static func pack(_ job: ActivationJob) {
    let layout = apus_layout(job.columnCount)
    let packed = job.output
    let scales = (packed + layout.scales).assumingMemoryBound(to: Float.self)
    let sums = (packed + layout.sums).assumingMemoryBound(to: Float.self)
    let halves = (packed + layout.halves).assumingMemoryBound(to: Float.self)
    let counts = (packed + layout.counts).assumingMemoryBound(to: Int32.self)
    let biased = packed + layout.biased
    let bias = apus_bytes8(-128)
    let halfCounts = (packed + layout.halfCounts).assumingMemoryBound(to: Int32.self)
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
      apus_store256(packed + block &* 32, q)
      apus_store256(biased + block &* 32, q ^ bias)
      let both = apus_bytesums(q)
      let first = Int32(truncatingIfNeeded: both)
      let second = Int32(truncatingIfNeeded: both >> 32)
      scales[block] = scale
      sums[block] = Float(first &+ second) * scale
      halves[block &* 2] = Float(first) * scale
      halves[block &* 2 &+ 1] = Float(second) * scale
      counts[block] = 0 &- first &- second
      halfCounts[block &* 2] = 0 &- first
      halfCounts[block &* 2 &+ 1] = 0 &- second
      block &+= 1
    }
    let zero = apus_bytes8(0)
    while block &* 32 < layout.scales {
      apus_store256(packed + block &* 32, zero)
      apus_store256(biased + block &* 32, bias)
      scales[block] = 0
      sums[block] = 0
      halves[block &* 2] = 0
      halves[block &* 2 &+ 1] = 0
      counts[block] = 0
      halfCounts[block &* 2] = 0
      halfCounts[block &* 2 &+ 1] = 0
      block &+= 1
    }
  }
}
