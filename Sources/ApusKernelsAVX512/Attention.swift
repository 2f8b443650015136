public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>

// Many queries: keys of 64 positions are transposed once for all of them, and four queries at a
// time meet 64 positions in registers; then four weights rows meet the values. Few queries are left
// to the AVX2 kernel, whose rounding differs in the last bits.
extension AVX512 {
  /// Fewer queries than this are not worth transposing keys for.
  public static let leastQueryCount = 12

  /// Scratch of a job, in floats, where `padded` is the head's size in whole registers:
  ///
  ///     [padded, 64]       keys transposed
  ///     [64, padded]       values
  ///     [64, padded]       keys before they are transposed
  ///     [4, 64]            scores of four queries
  ///     [queries + 4, padded]  what is summed up
  ///     [queries + 4, 2]   the largest score and the sum of its weights
  public static func attentionScratchByteCount(_ tokens: Int, _ heads: Int, _ size: Int) -> Int {
    let padded = (size &+ 15) & ~15
    let queries = tokens &* heads &+ 4
    return (3 &* 64 &* padded &+ 256 &+ (padded &+ 2) &* queries) &* 4 &+ 64
  }

  @inline(__always)
  private static func padded(_ job: AttentionJob) -> Int { (job.headSize &+ 15) & ~15 }

  @inline(__always)
  private static func floats(_ job: AttentionJob, _ offset: Int) -> UnsafeMutablePointer<Float> {
    job.scratch.assumingMemoryBound(to: Float.self) + offset
  }

  @inline(__always)
  private static func scoresOf(_ job: AttentionJob) -> UnsafeMutablePointer<Float> {
    floats(job, 192 &* padded(job))
  }

  @inline(__always)
  private static func sumsOf(_ job: AttentionJob) -> UnsafeMutablePointer<Float> {
    floats(job, 192 &* padded(job) &+ 256)
  }

  @inline(__always)
  private static func stateOf(_ job: AttentionJob) -> UnsafeMutablePointer<Float> {
    sumsOf(job) + padded(job) &* (job.tokenCount &* job.headCount &+ 4)
  }

  public static func attend(_ job: AttentionJob) {
    let sums = sumsOf(job)
    let state = stateOf(job)
    let width = padded(job)
    let queries = job.tokenCount &* job.headCount
    var query = 0
    while query < queries &+ 4 {
      state[2 &* query] = -.infinity
      state[2 &* query &+ 1] = 0
      query &+= 1
    }
    var at = 0
    while at < width &* (queries &+ 4) {
      apus_storef16(sums + at, apus_zerof16())
      at &+= 16
    }
    var position = job.begin
    let end = min(job.end, job.firstPosition &+ job.tokenCount)
    while position < end {
      let count = min(64, end &- position)
      load(job, position, count)
      query = 0
      while query < queries {
        let group = min(4, queries &- query)
        // The last token of the group sees the most; if it sees nothing here, nobody does.
        let last = job.firstPosition &+ (query &+ group &- 1) / job.headCount
        if position <= last {
          score(job, query, group)
          var one = 0
          while one < group {
            weigh(job, query &+ one, one, position, count)
            one &+= 1
          }
          while one < 4 {
            var lane = 0
            while lane < 64 {
              apus_storef16(scoresOf(job) + (one &* 64 &+ lane), apus_zerof16())
              lane &+= 16
            }
            one &+= 1
          }
          gather(job, query, count)
        }
        query &+= group
      }
      position &+= count
    }
    finish(job)
  }

  /// Widens and transposes keys, widens values; positions behind `count` and elements behind the
  /// head's size are zeros.
  private static func load(_ job: AttentionJob, _ position: Int, _ count: Int) {
    let width = padded(job)
    let keys = floats(job, 0)
    let values = floats(job, 64 &* width)
    let rows = floats(job, 128 &* width)
    let bytes = job.positionStride &* job.format.byteCount
    var index = 0
    while index < 64 {
      let row = rows + index &* width
      let value = values + index &* width
      if index < count {
        widen(job.keys + (position &+ index) &* bytes, job, row, width)
        widen(job.values + (position &+ index) &* bytes, job, value, width)
      } else {
        var at = 0
        while at < width {
          apus_storef16(row + at, apus_zerof16())
          apus_storef16(value + at, apus_zerof16())
          at &+= 16
        }
      }
      index &+= 1
    }
    var column = 0
    while column < width {
      index = 0
      while index < 64 {
        apus_transpose16(
          rows + (index &* width &+ column), width &* 4,
          keys + (column &* 64 &+ index), 64 &* 4)
        index &+= 16
      }
      column &+= 16
    }
  }

  @inline(__always)
  private static func widen(
    _ source: UnsafeRawPointer, _ job: AttentionJob, _ out: UnsafeMutablePointer<Float>,
    _ padded: Int
  ) {
    let size = job.headSize
    var at = 0
    switch job.format {
    case .f16:
      while at &+ 16 <= size {
        apus_storef16(out + at, apus_halves16(source + at &* 2))
        at &+= 16
      }
      while at < size {
        out[at] = apus_half(source + at &* 2)
        at &+= 1
      }
    case .f32:
      while at &+ 16 <= size {
        apus_storef16(out + at, apus_loadf16(source + at &* 4))
        at &+= 16
      }
      while at < size {
        out[at] = source.loadUnaligned(fromByteOffset: at &* 4, as: Float.self)
        at &+= 1
      }
    }
    while at < padded {
      out[at] = 0
      at &+= 1
    }
  }

  @inline(__always)
  private static func queryRow(_ job: AttentionJob, _ query: Int) -> UnsafePointer<Float> {
    let token = query / job.headCount
    let head = query &- token &* job.headCount
    return job.queries + (token &* job.queryTokenStride &+ head &* job.headSize)
  }

  /// Scores of four queries (the last one repeated where there are fewer) with 64 positions.
  @inline(never)
  private static func score(_ job: AttentionJob, _ query: Int, _ group: Int) {
    let q0 = queryRow(job, query)
    let q1 = queryRow(job, query &+ min(1, group &- 1))
    let q2 = queryRow(job, query &+ min(2, group &- 1))
    let q3 = queryRow(job, query &+ min(3, group &- 1))
    var (s00, s01, s02, s03) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s10, s11, s12, s13) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s20, s21, s22, s23) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s30, s31, s32, s33) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var keys = UnsafeRawPointer(job.scratch)
    var element = 0
    while element < job.headSize {
      let k0 = apus_loadf16(keys)
      let k1 = apus_loadf16(keys + 64)
      let k2 = apus_loadf16(keys + 128)
      let k3 = apus_loadf16(keys + 192)
      let x0 = apus_spreadf16(q0 + element)
      s00 = apus_fma16(x0, k0, s00)
      s01 = apus_fma16(x0, k1, s01)
      s02 = apus_fma16(x0, k2, s02)
      s03 = apus_fma16(x0, k3, s03)
      let x1 = apus_spreadf16(q1 + element)
      s10 = apus_fma16(x1, k0, s10)
      s11 = apus_fma16(x1, k1, s11)
      s12 = apus_fma16(x1, k2, s12)
      s13 = apus_fma16(x1, k3, s13)
      let x2 = apus_spreadf16(q2 + element)
      s20 = apus_fma16(x2, k0, s20)
      s21 = apus_fma16(x2, k1, s21)
      s22 = apus_fma16(x2, k2, s22)
      s23 = apus_fma16(x2, k3, s23)
      let x3 = apus_spreadf16(q3 + element)
      s30 = apus_fma16(x3, k0, s30)
      s31 = apus_fma16(x3, k1, s31)
      s32 = apus_fma16(x3, k2, s32)
      s33 = apus_fma16(x3, k3, s33)
      keys += 256
      element &+= 1
    }
    let out = UnsafeMutableRawPointer(scoresOf(job))
    let scale = F16x(repeating: job.scale)
    apus_storef16(out + 0, s00 * scale)
    apus_storef16(out + 64, s01 * scale)
    apus_storef16(out + 128, s02 * scale)
    apus_storef16(out + 192, s03 * scale)
    apus_storef16(out + 256, s10 * scale)
    apus_storef16(out + 320, s11 * scale)
    apus_storef16(out + 384, s12 * scale)
    apus_storef16(out + 448, s13 * scale)
    apus_storef16(out + 512, s20 * scale)
    apus_storef16(out + 576, s21 * scale)
    apus_storef16(out + 640, s22 * scale)
    apus_storef16(out + 704, s23 * scale)
    apus_storef16(out + 768, s30 * scale)
    apus_storef16(out + 832, s31 * scale)
    apus_storef16(out + 896, s32 * scale)
    apus_storef16(out + 960, s33 * scale)
  }

  /// Turns the scores of one query into weights; what the query has summed up is scaled down where
  /// the largest score grew. Positions that the token does not see weigh nothing.
  @inline(__always)
  private static func weigh(
    _ job: AttentionJob, _ query: Int, _ slot: Int, _ position: Int, _ count: Int
  ) {
    let width = padded(job)
    let scores = scoresOf(job) + slot &* 64
    let state = stateOf(job) + 2 &* query
    let own = job.firstPosition &+ query / job.headCount
    let seen = min(count, own &+ 1 &- position)
    let begin = job.window > 0 ? max(0, own &- job.window &+ 1 &- position) : 0
    if job.softcap > 0 {
      let inverse = F16x(repeating: 1 / job.softcap)
      let cap = F16x(repeating: job.softcap)
      var at = 0
      while at < 64 {
        apus_storef16(scores + at, apus_tanh16(apus_loadf16(scores + at) * inverse) * cap)
        at &+= 16
      }
    }
    var at = 0
    while at < min(begin, 64) {
      scores[at] = -.infinity
      at &+= 1
    }
    at = max(seen, 0)
    while at < 64 {
      scores[at] = -.infinity
      at &+= 1
    }
    let v0 = apus_loadf16(scores)
    let v1 = apus_loadf16(scores + 16)
    let v2 = apus_loadf16(scores + 32)
    let v3 = apus_loadf16(scores + 48)
    let before = state[0]
    let largest = max(before, apus_max16(v0, v1, v2, v3))
    guard largest > -.infinity || largest.isNaN else {
      at = 0
      while at < 64 {
        apus_storef16(scores + at, apus_zerof16())
        at &+= 16
      }
      return
    }
    let most = F16x(repeating: largest)
    let e0 = apus_exp16(v0 - most)
    let e1 = apus_exp16(v1 - most)
    let e2 = apus_exp16(v2 - most)
    let e3 = apus_exp16(v3 - most)
    apus_storef16(scores, e0)
    apus_storef16(scores + 16, e1)
    apus_storef16(scores + 32, e2)
    apus_storef16(scores + 48, e3)
    if largest > before, before > -.infinity {
      let factor = apus_exp16(F16x(repeating: before - largest))
      state[1] *= factor[0]
      let sums = sumsOf(job) + query &* width
      at = 0
      while at < width {
        apus_storef16(sums + at, apus_loadf16(sums + at) * factor)
        at &+= 16
      }
    }
    state[0] = largest
    state[1] += apus_sum16((e0 + e1) + (e2 + e3))
  }

  /// Adds the weighted values to the sums of four queries, 32 elements at a time.
  @inline(never)
  private static func gather(_ job: AttentionJob, _ query: Int, _ count: Int) {
    let size = padded(job)
    let weights = scoresOf(job)
    let all = sumsOf(job)
    let values64 = floats(job, 64 &* size)
    var column = 0
    while column < size {
      let isWide = column &+ 32 <= size
      let next = isWide ? 16 : 0
      let sums = all + (query &* size &+ column)
      var s00 = apus_loadf16(sums)
      var s01 = apus_loadf16(sums + next)
      var s10 = apus_loadf16(sums + 1 &* size)
      var s11 = apus_loadf16(sums + 1 &* size + next)
      var s20 = apus_loadf16(sums + 2 &* size)
      var s21 = apus_loadf16(sums + 2 &* size + next)
      var s30 = apus_loadf16(sums + 3 &* size)
      var s31 = apus_loadf16(sums + 3 &* size + next)
      var values = values64 + column
      var position = 0
      while position < count {
        let v0 = apus_loadf16(values)
        let v1 = apus_loadf16(values + next)
        let w0 = apus_spreadf16(weights + (0 &+ position))
        s00 = apus_fma16(w0, v0, s00)
        s01 = apus_fma16(w0, v1, s01)
        let w1 = apus_spreadf16(weights + (64 &+ position))
        s10 = apus_fma16(w1, v0, s10)
        s11 = apus_fma16(w1, v1, s11)
        let w2 = apus_spreadf16(weights + (128 &+ position))
        s20 = apus_fma16(w2, v0, s20)
        s21 = apus_fma16(w2, v1, s21)
        let w3 = apus_spreadf16(weights + (192 &+ position))
        s30 = apus_fma16(w3, v0, s30)
        s31 = apus_fma16(w3, v1, s31)
        values += size
        position &+= 1
      }
      apus_storef16(sums, s00)
      apus_storef16(sums + 1 &* size, s10)
      apus_storef16(sums + 2 &* size, s20)
      apus_storef16(sums + 3 &* size, s30)
      if isWide {
        apus_storef16(sums + 16, s01)
        apus_storef16(sums + 1 &* size + 16, s11)
        apus_storef16(sums + 2 &* size + 16, s21)
        apus_storef16(sums + 3 &* size + 16, s31)
      }
      column &+= 32
    }
  }

  private static func finish(_ job: AttentionJob) {
    let width = padded(job)
    let state = stateOf(job)
    let queries = job.tokenCount &* job.headCount
    var query = 0
    while query < queries {
      let token = query / job.headCount
      let head = query &- token &* job.headCount
      let out = job.output + (token &* job.outputTokenStride &+ head &* job.headSize)
      let sums = sumsOf(job) + query &* width
      let sum = state[2 &* query &+ 1]
      var factor: Float = 1
      if let partial = job.partial {
        partial[2 &* query] = state[2 &* query]
        partial[2 &* query &+ 1] = sum
      } else {
        // A sum that is not a number must stay one.
        factor = sum == 0 ? 0 : 1 / sum
      }
      var at = 0
      while at < job.headSize {
        out[at] = sums[at] * factor
        at &+= 1
      }
      query &+= 1
    }
  }
}
