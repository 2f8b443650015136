import ApusBlocks
import CSIMD

private typealias F16x = SIMD16<Float>

// Many queries: keys of 64 positions are transposed once for all of them, and four queries at a
// time meet 64 positions in registers; then four weights rows meet the values. Few queries are left
// to the AVX2 kernel, whose rounding differs in the last bits.
extension AVX512 {
  private static let block = 64

  static func attention(else few: AttentionKernels) -> AttentionKernels {
    AttentionKernels(
      tokensPerJob: 16,
      scratchByteCount: { tokens, heads, size in
        let padded = (size + 15) & ~15
        // transposed keys, values, rows on the way there, scores and (largest, sum) of 4 queries
        let own = (3 * block * padded + 4 * block + (2 + padded) * (tokens * heads + 4)) * 4 + 256
        return max(own, few.scratchByteCount(tokens, heads, size))
      },
      run: { job in
        if job.tokenCount &* job.headCount < 12 {
          few.run(job)
        } else {
          attend(job)
        }
      })
  }

  /// Memory of a job; sizes in floats.
  private struct Room {
    let padded: Int
    /// [padded, 64]: keys transposed.
    let keys: UnsafeMutablePointer<Float>
    /// [64, padded]
    let values: UnsafeMutablePointer<Float>
    /// [64, padded]: keys before they are transposed.
    let rows: UnsafeMutablePointer<Float>
    /// [4, 64]
    let scores: UnsafeMutablePointer<Float>
    /// [queries, 2]: the largest score and the sum.
    let state: UnsafeMutablePointer<Float>
    /// [queries, padded]: what is summed up.
    let sums: UnsafeMutablePointer<Float>

    init(_ job: AttentionJob) {
      padded = (job.headSize &+ 15) & ~15
      keys = job.scratch.assumingMemoryBound(to: Float.self)
      values = keys + 64 &* padded
      rows = values + 64 &* padded
      scores = rows + 64 &* padded
      sums = scores + 256
      state = sums + padded &* (job.tokenCount &* job.headCount &+ 4)
    }
  }

  private static func attend(_ job: AttentionJob) {
    let room = Room(job)
    let queries = job.tokenCount &* job.headCount
    var query = 0
    while query < queries &+ 4 {
      room.state[2 &* query] = -.infinity
      room.state[2 &* query &+ 1] = 0
      query &+= 1
    }
    var at = 0
    while at < room.padded &* (queries &+ 4) {
      apus_storef16(room.sums + at, apus_zerof16())
      at &+= 16
    }
    var position = job.begin
    let end = min(job.end, job.firstPosition &+ job.tokenCount)
    while position < end {
      let count = min(block, end &- position)
      load(job, room, position, count)
      query = 0
      while query < queries {
        let group = min(4, queries &- query)
        // The last token of the group sees the most; if it sees nothing here, nobody does.
        let last = job.firstPosition &+ (query &+ group &- 1) / job.headCount
        if position <= last {
          score(job, room, query, group)
          var one = 0
          while one < group {
            weigh(job, room, query &+ one, one, position, count)
            one &+= 1
          }
          while one < 4 {
            var lane = 0
            while lane < block {
              apus_storef16(room.scores + (one &* block &+ lane), apus_zerof16())
              lane &+= 16
            }
            one &+= 1
          }
          gather(room, query, count)
        }
        query &+= group
      }
      position &+= count
    }
    finish(job, room)
  }

  /// Widens and transposes keys, widens values; positions behind `count` and elements behind the
  /// head's size are zeros.
  private static func load(_ job: AttentionJob, _ room: Room, _ position: Int, _ count: Int) {
    let bytes = job.positionStride &* job.format.byteCount
    var index = 0
    while index < block {
      let row = room.rows + index &* room.padded
      let value = room.values + index &* room.padded
      if index < count {
        widen(job.keys + (position &+ index) &* bytes, job, row, room.padded)
        widen(job.values + (position &+ index) &* bytes, job, value, room.padded)
      } else {
        var at = 0
        while at < room.padded {
          apus_storef16(row + at, apus_zerof16())
          apus_storef16(value + at, apus_zerof16())
          at &+= 16
        }
      }
      index &+= 1
    }
    var column = 0
    while column < room.padded {
      index = 0
      while index < block {
        apus_transpose16(
          room.rows + (index &* room.padded &+ column), room.padded &* 4,
          room.keys + (column &* block &+ index), block &* 4)
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
  private static func score(_ job: AttentionJob, _ room: Room, _ query: Int, _ group: Int) {
    let q0 = queryRow(job, query)
    let q1 = queryRow(job, query &+ min(1, group &- 1))
    let q2 = queryRow(job, query &+ min(2, group &- 1))
    let q3 = queryRow(job, query &+ min(3, group &- 1))
    var (s00, s01, s02, s03) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s10, s11, s12, s13) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s20, s21, s22, s23) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var (s30, s31, s32, s33) = (apus_zerof16(), apus_zerof16(), apus_zerof16(), apus_zerof16())
    var keys = UnsafeRawPointer(room.keys)
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
    let out = UnsafeMutableRawPointer(room.scores)
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
    _ job: AttentionJob, _ room: Room, _ query: Int, _ slot: Int, _ position: Int, _ count: Int
  ) {
    let scores = room.scores + slot &* block
    let state = room.state + 2 &* query
    let own = job.firstPosition &+ query / job.headCount
    let seen = min(count, own &+ 1 &- position)
    let begin = job.window > 0 ? max(0, own &- job.window &+ 1 &- position) : 0
    if job.softcap > 0 {
      let inverse = F16x(repeating: 1 / job.softcap)
      let cap = F16x(repeating: job.softcap)
      var at = 0
      while at < block {
        apus_storef16(scores + at, apus_tanh16(apus_loadf16(scores + at) * inverse) * cap)
        at &+= 16
      }
    }
    var at = 0
    while at < min(begin, block) {
      scores[at] = -.infinity
      at &+= 1
    }
    at = max(seen, 0)
    while at < block {
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
      while at < block {
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
      let sums = room.sums + query &* room.padded
      at = 0
      while at < room.padded {
        apus_storef16(sums + at, apus_loadf16(sums + at) * factor)
        at &+= 16
      }
    }
    state[0] = largest
    state[1] += apus_sum16((e0 + e1) + (e2 + e3))
  }

  /// Adds the weighted values to the sums of four queries, 32 elements at a time.
  @inline(never)
  private static func gather(_ room: Room, _ query: Int, _ count: Int) {
    let size = room.padded
    let weights = room.scores
    var column = 0
    while column < size {
      let isWide = column &+ 32 <= size
      let next = isWide ? 16 : 0
      let sums = room.sums + (query &* size &+ column)
      var s00 = apus_loadf16(sums)
      var s01 = apus_loadf16(sums + next)
      var s10 = apus_loadf16(sums + 1 &* size)
      var s11 = apus_loadf16(sums + 1 &* size + next)
      var s20 = apus_loadf16(sums + 2 &* size)
      var s21 = apus_loadf16(sums + 2 &* size + next)
      var s30 = apus_loadf16(sums + 3 &* size)
      var s31 = apus_loadf16(sums + 3 &* size + next)
      var values = room.values + column
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

  private static func finish(_ job: AttentionJob, _ room: Room) {
    let queries = job.tokenCount &* job.headCount
    var query = 0
    while query < queries {
      let token = query / job.headCount
      let head = query &- token &* job.headCount
      let out = job.output + (token &* job.outputTokenStride &+ head &* job.headSize)
      let sums = room.sums + query &* room.padded
      let sum = room.state[2 &* query &+ 1]
      var factor: Float = 1
      if let partial = job.partial {
        partial[2 &* query] = room.state[2 &* query]
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
