public import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>

// 64 positions at a time, and of those four queries at a time: their scores with the positions in
// lanes, which is how keys are stored; then weights; then weighted values. Many queries share keys
// and values that are widened once, few widen them in registers.
extension AVX512 {
  /// Up to here widening in registers is cheaper.
  private static let fewQueries = 8

  /// Scratch of a job, in floats, where `padded` is the head's size in whole registers:
  ///
  ///     [4, padded, 16]    keys of 64 positions, as the cache has them
  ///     [64, padded]       values
  ///     [4, 64]            scores of four queries
  ///     [queries + 4, padded]  what is summed up
  ///     [queries + 4, 2]   the largest score and the sum of its weights
  public static func attentionScratchByteCount(_ tokens: Int, _ heads: Int, _ size: Int) -> Int {
    let padded = (size &+ 15) & ~15
    let queries = tokens &* heads &+ 4
    return (2 &* 64 &* padded &+ 256 &+ (padded &+ 2) &* queries) &* 4 &+ 64
  }

  @inline(__always)
  private static func padded(_ job: AttentionJob) -> Int { (job.headSize &+ 15) & ~15 }

  @inline(__always)
  private static func floats(_ job: AttentionJob, _ offset: Int) -> UnsafeMutablePointer<Float> {
    job.scratch.assumingMemoryBound(to: Float.self) + offset
  }

  @inline(__always)
  private static func scoresOf(_ job: AttentionJob) -> UnsafeMutablePointer<Float> {
    floats(job, 128 &* padded(job))
  }

  @inline(__always)
  private static func sumsOf(_ job: AttentionJob) -> UnsafeMutablePointer<Float> {
    floats(job, 128 &* padded(job) &+ 256)
  }

  @inline(__always)
  private static func stateOf(_ job: AttentionJob) -> UnsafeMutablePointer<Float> {
    sumsOf(job) + padded(job) &* (job.tokenCount &* job.headCount &+ 4)
  }

  public static func attend(_ job: AttentionJob) {
    let isDirect =
      job.tokenCount &* job.headCount <= fewQueries && job.headSize == padded(job)
    switch job.format {
    case .f16 where isDirect: attend(job, .f16, isDirect: true)
    case .q8 where isDirect: attend(job, .q8, isDirect: true)
    case .f32 where isDirect: attend(job, .f32, isDirect: true)
    default: attend(job, .f32, isDirect: false)
    }
  }

  /// - Parameter format: of the keys and values that products are made with: the cache's, or F32
  ///   where they are widened beforehand.
  @inline(__always)
  private static func attend(_ job: AttentionJob, _ format: CacheFormat, isDirect: Bool) {
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
    var keys = UnsafeRawPointer(job.scratch)
    var values = UnsafeRawPointer(floats(job, 64 &* width))
    let stride = isDirect ? job.positionByteCount : width &* 4
    var position = job.begin
    let end = min(job.end, job.firstPosition &+ job.tokenCount)
    while position < end {
      let count = min(64, end &- position)
      var ahead: UnsafeRawPointer?
      if isDirect {
        keys = job.keys + position &* stride
        values = job.values + position &* stride
        if position &+ 64 < end { ahead = keys + 64 &* stride }
      } else {
        load(job, position, count)
      }
      query = 0
      while query < queries {
        let group = min(4, queries &- query)
        // The last token of the group sees the most; if it sees nothing here, nobody does.
        let last = job.firstPosition &+ (query &+ group &- 1) / job.headCount
        if position <= last {
          score(
            job, query, group, keys, stride, count, format,
            fetching: isDirect && query == 0 ? values : nil)
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
          gather(
            job, query, values, stride, count, format, fetching: query == 0 ? ahead : nil)
        }
        query &+= group
      }
      position &+= count
    }
    finish(job)
  }

  /// Widens keys and values; positions behind `count` keep what the scratch memory held (no score
  /// of theirs counts), elements behind the head's size are zeros.
  private static func load(_ job: AttentionJob, _ position: Int, _ count: Int) {
    let width = padded(job)
    let keys = floats(job, 0)
    let values = floats(job, 64 &* width)
    let stride = job.positionByteCount
    var block = 0
    while block &* 16 < count {
      let from = job.keys + (position &+ block &* 16) &* stride
      let to = keys + block &* 16 &* width
      switch job.format {
      case .f16: widenKeys(from, to, job.headSize, .f16)
      case .f32: widenKeys(from, to, job.headSize, .f32)
      case .q8: widenKeys(from, to, job.headSize, .q8)
      }
      block &+= 1
    }
    var index = 0
    while index < count {
      let from = job.values + (position &+ index) &* stride
      let to = values + index &* width
      switch job.format {
      case .f16: widenValues(from, to, job.headSize, width, .f16)
      case .f32: widenValues(from, to, job.headSize, width, .f32)
      case .q8: widenValues(from, to, job.headSize, width, .q8)
      }
      index &+= 1
    }
  }

  /// 16 positions of one element of keys.
  @inline(__always)
  private static func keys16(
    _ p: UnsafeRawPointer, _ scales: F16x, _ format: CacheFormat
  ) -> F16x {
    switch format {
    case .f16: apus_halves16(p)
    case .f32: apus_loadf16(p)
    case .q8: apus_signed16(p) * scales
    }
  }

  /// 16 elements of one position's values.
  @inline(__always)
  private static func values16(
    _ row: UnsafeRawPointer, _ column: Int, _ format: CacheFormat
  ) -> F16x {
    switch format {
    case .f16:
      return apus_halves16(row + column &* 2)
    case .f32:
      return apus_loadf16(row + column &* 4)
    case .q8:
      let block = row + (column >> 5) &* 34
      return apus_signed16(block + (2 &+ (column & 31))) * apus_spreadhalf16(block)
    }
  }

  /// Bytes of 16 positions of one element of keys.
  @inline(__always)
  private static func keyStep(_ format: CacheFormat) -> Int {
    switch format {
    case .f16: 32
    case .f32: 64
    case .q8: 16
    }
  }

  @inline(__always)
  private static func widenKeys(
    _ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ size: Int,
    _ format: CacheFormat
  ) {
    var from = source
    var scales = apus_zerof16()
    var element = 0
    while element < size {
      if format == .q8 && element & 31 == 0 {
        scales = apus_halves16(from)
        from += 32
      }
      apus_storef16(out + element &* 16, keys16(from, scales, format))
      from += keyStep(format)
      element &+= 1
    }
  }

  @inline(__always)
  private static func widenValues(
    _ source: UnsafeRawPointer, _ out: UnsafeMutablePointer<Float>, _ size: Int, _ padded: Int,
    _ format: CacheFormat
  ) {
    var at = 0
    while at &+ 16 <= size {
      apus_storef16(out + at, values16(source, at, format))
      at &+= 16
    }
    while at < size {
      out[at] =
        format == .f16
        ? apus_half(source + at &* 2)
        : source.loadUnaligned(fromByteOffset: at &* 4, as: Float.self)
      at &+= 1
    }
    while at < padded {
      out[at] = 0
      at &+= 1
    }
  }

  /// What the next pass reads, on its way into the cache.
  @inline(__always)
  private static func fetch(_ bytes: UnsafeRawPointer, _ count: Int) {
    var at = 0
    while at < count {
      apus_prefetch(bytes + at)
      at &+= 64
    }
  }

  @inline(__always)
  private static func queryRow(_ job: AttentionJob, _ query: Int) -> UnsafePointer<Float> {
    let token = query / job.headCount
    let head = query &- token &* job.headCount
    return job.queries + (token &* job.queryTokenStride &+ head &* job.headSize)
  }

  /// Scores of four queries (the last one repeated where there are fewer) with 64 positions; those
  /// behind `count` are of no use.
  /// - Parameter stride: bytes of a position.
  @inline(__always)
  private static func score(
    _ job: AttentionJob, _ query: Int, _ group: Int, _ keys: UnsafeRawPointer, _ stride: Int,
    _ count: Int, _ format: CacheFormat, fetching next: UnsafeRawPointer?
  ) {
    let q0 = queryRow(job, query)
    let q1 = queryRow(job, query &+ min(1, group &- 1))
    let q2 = queryRow(job, query &+ min(2, group &- 1))
    let q3 = queryRow(job, query &+ min(3, group &- 1))
    var (s00, s01, s02, s03) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s10, s11, s12, s13) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s20, s21, s22, s23) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s30, s31, s32, s33) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    // Blocks behind the last one may lie outside of the cache: the last one stands for them.
    let last = (count &- 1) >> 4
    let block = 16 &* stride
    var from0 = keys
    var from1 = keys + min(1, last) &* block
    var from2 = keys + min(2, last) &* block
    var from3 = keys + min(3, last) &* block
    let size = job.headSize
    let part = format == .q8 ? 32 : size
    let ahead = next == nil ? 0 : count &* stride / size
    var element = 0
    while element < size {
      var (d0, d1, d2, d3) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
      if format == .q8 {
        d0 = apus_halves16(from0)
        d1 = apus_halves16(from1)
        d2 = apus_halves16(from2)
        d3 = apus_halves16(from3)
        from0 += 32
        from1 += 32
        from2 += 32
        from3 += 32
      }
      let end = element &+ part
      while element < end {
        if let next { fetch(next + element &* ahead, ahead) }
        let k0 = keys16(from0, d0, format)
        let k1 = keys16(from1, d1, format)
        let k2 = keys16(from2, d2, format)
        let k3 = keys16(from3, d3, format)
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
        from0 += keyStep(format)
        from1 += keyStep(format)
        from2 += keyStep(format)
        from3 += keyStep(format)
        element &+= 1
      }
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
  /// - Parameter stride: bytes of a position.
  @inline(__always)
  private static func gather(
    _ job: AttentionJob, _ query: Int, _ values: UnsafeRawPointer, _ stride: Int, _ count: Int,
    _ format: CacheFormat, fetching next: UnsafeRawPointer?
  ) {
    let size = padded(job)
    let weights = scoresOf(job)
    let all = sumsOf(job)
    var column = 0
    while column < size {
      let isWide = column &+ 32 <= size
      let other = isWide ? 16 : 0
      let sums = all + (query &* size &+ column)
      var s00 = apus_loadf16(sums)
      var s01 = apus_loadf16(sums + other)
      var s10 = apus_loadf16(sums + 1 &* size)
      var s11 = apus_loadf16(sums + 1 &* size + other)
      var s20 = apus_loadf16(sums + 2 &* size)
      var s21 = apus_loadf16(sums + 2 &* size + other)
      var s30 = apus_loadf16(sums + 3 &* size)
      var s31 = apus_loadf16(sums + 3 &* size + other)
      var row = values
      var position = 0
      while position < count {
        if column == 0, let next { fetch(next + position &* stride, stride) }
        let v0 = values16(row, column, format)
        let v1 = values16(row, column &+ other, format)
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
        row += stride
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
