public import ApusBlocks
import CSIMD

private typealias F8 = SIMD8<Float>

// Positions go by in blocks of 64: keys and values are widened once for all queries of the job,
// scores become weights against the largest score so far, and what was summed up before is scaled
// down when a larger one comes.
extension AVX2 {
  /// Scratch for a job: keys and values of a block, the scores of two queries, then (largest, sum)
  /// of each query.
  public static func attentionScratchByteCount(_ tokens: Int, _ heads: Int, _ size: Int) -> Int {
    (2 &* 64 &* (size &+ 8) &+ 2 &* 64 &+ 2 &* tokens &* heads &+ 64) &* 4
  }

  public static func attend(_ job: AttentionJob) {
    let size = job.headSize
    let keys = job.scratch.assumingMemoryBound(to: Float.self)
    let values = keys + 64 &* (size &+ 8)
    let scores = values + 64 &* (size &+ 8)
    let state = scores + 2 &* 64
    let queries = job.tokenCount &* job.headCount

    var query = 0
    while query < queries {
      state[2 &* query] = -.infinity
      state[2 &* query &+ 1] = 0
      let out = output(job, query)
      var index = 0
      while index < size {
        out[index] = 0
        index &+= 1
      }
      query &+= 1
    }
    var position = job.begin
    let end = min(job.end, job.firstPosition &+ job.tokenCount)
    while position < end {
      let count = min(64, end &- position)
      widen(job, job.keys, position, count, keys)
      widen(job, job.values, position, count, values)
      query = 0
      while query < queries {
        let seen = visible(job, query / job.headCount, position, count)
        if seen.lowerBound < seen.upperBound {
          weigh(job, query, seen, keys, scores, state + 2 &* query)
          gather(job, query, seen, values, scores)
        }
        query &+= 1
      }
      position &+= count
    }
    finish(job, state)
  }

  /// Of the block at `position`, what a token sees.
  @inline(__always)
  private static func visible(
    _ job: AttentionJob, _ token: Int, _ position: Int, _ count: Int
  ) -> Range<Int> {
    let own = job.firstPosition &+ token
    let end = min(count, own &+ 1 &- position)
    let begin = job.window > 0 ? max(0, own &- job.window &+ 1 &- position) : 0
    return begin < end ? Range(uncheckedBounds: (begin, end)) : Range(uncheckedBounds: (0, 0))
  }

  @inline(__always)
  private static func output(_ job: AttentionJob, _ query: Int) -> UnsafeMutablePointer<Float> {
    let token = query / job.headCount
    return job.output
      + (token &* job.outputTokenStride &+ (query &- token &* job.headCount) &* job.headSize)
  }

  /// `count` positions as F32, [positions, headSize].
  private static func widen(
    _ job: AttentionJob, _ source: UnsafeRawPointer, _ position: Int, _ count: Int,
    _ out: UnsafeMutablePointer<Float>
  ) {
    let bytes = job.positionStride &* job.format.byteCount
    var index = 0
    while index < count {
      let from = source + (position &+ index) &* bytes
      let to = out + index &* job.headSize
      switch job.format {
      case .f16: float16Decode(from, to, job.headSize)
      case .f32: float32Decode(from, to, job.headSize)
      }
      index &+= 1
    }
  }

  /// Scores of one query against the block, turned into weights; what the query has summed up is
  /// scaled down where the largest score grew.
  private static func weigh(
    _ job: AttentionJob, _ query: Int, _ seen: Range<Int>, _ keys: UnsafeMutablePointer<Float>,
    _ scores: UnsafeMutablePointer<Float>, _ state: UnsafeMutablePointer<Float>
  ) {
    let size = job.headSize
    let token = query / job.headCount
    let q =
      job.queries
      + (token &* job.queryTokenStride &+ (query &- token &* job.headCount) &* size)
    var index = seen.lowerBound
    while index < seen.upperBound {
      if index &+ 4 <= seen.upperBound {
        dot4(q, keys + index &* size, size, scores + index)
        index &+= 4
      } else {
        scores[index] = dot(q, keys + index &* size, size)
        index &+= 1
      }
    }
    let first = scores + seen.lowerBound
    let count = seen.upperBound &- seen.lowerBound
    // The register behind the last score is filled up, so that whole registers do.
    index = count
    while index & 7 != 0 {
      first[index] = -.infinity
      index &+= 1
    }
    let padded = index
    var most = F8(repeating: -.infinity)
    let cap = job.softcap
    index = 0
    while index < padded {
      var v = apus_loadf8(first + index) * job.scale
      if cap > 0 { v = apus_tanh8(v * (1 / cap)) * cap }
      apus_storef8(first + index, v)
      index &+= 8
    }
    index = count
    while index < padded {
      first[index] = -.infinity
      index &+= 1
    }
    index = 0
    while index < padded {
      most = _mm256_max_ps(most, apus_loadf8(first + index))
      index &+= 8
    }
    let before = state[0]
    let largest = max(before, apus_max8(most))
    var sum = F8.zero
    index = 0
    while index < padded {
      let weight = apus_exp8(apus_loadf8(first + index) - largest)
      apus_storef8(first + index, weight)
      sum += weight
      index &+= 8
    }
    if largest > before, before > -.infinity {
      let factor = apus_exp8(F8(repeating: before - largest))[0]
      state[1] *= factor
      let out = output(job, query)
      index = 0
      while index < size {
        out[index] *= factor
        index &+= 1
      }
    }
    state[0] = largest
    state[1] += apus_sum8(sum)
  }

  @inline(__always)
  private static func dot(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ size: Int
  ) -> Float {
    var sum = F8.zero
    var index = 0
    while index &+ 8 <= size {
      sum = apus_fma8(apus_loadf8(q + index), apus_loadf8(k + index), sum)
      index &+= 8
    }
    var total = apus_sum8(sum)
    while index < size {
      total += q[index] * k[index]
      index &+= 1
    }
    return total
  }

  @inline(__always)
  private static func dot4(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ size: Int,
    _ out: UnsafeMutablePointer<Float>
  ) {
    var (s0, s1, s2, s3) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var index = 0
    while index &+ 8 <= size {
      let x = apus_loadf8(q + index)
      s0 = apus_fma8(x, apus_loadf8(k + index), s0)
      s1 = apus_fma8(x, apus_loadf8(k + (size &+ index)), s1)
      s2 = apus_fma8(x, apus_loadf8(k + (2 &* size &+ index)), s2)
      s3 = apus_fma8(x, apus_loadf8(k + (3 &* size &+ index)), s3)
      index &+= 8
    }
    var total = apus_sums4(s0, s1, s2, s3)
    while index < size {
      let x = q[index]
      total.x += x * k[index]
      total.y += x * k[size &+ index]
      total.z += x * k[2 &* size &+ index]
      total.w += x * k[3 &* size &+ index]
      index &+= 1
    }
    UnsafeMutableRawPointer(out).storeBytes(of: total, as: SIMD4<Float>.self)
  }

  /// Adds the weighted values of the block to the output.
  private static func gather(
    _ job: AttentionJob, _ query: Int, _ seen: Range<Int>, _ values: UnsafeMutablePointer<Float>,
    _ scores: UnsafeMutablePointer<Float>
  ) {
    let size = job.headSize
    let out = output(job, query)
    var column = 0
    while column &+ 32 <= size {
      var s0 = apus_loadf8(out + column)
      var s1 = apus_loadf8(out + (column &+ 8))
      var s2 = apus_loadf8(out + (column &+ 16))
      var s3 = apus_loadf8(out + (column &+ 24))
      var v = UnsafeRawPointer(values + (seen.lowerBound &* size &+ column))
      var index = seen.lowerBound
      while index < seen.upperBound {
        let weight = apus_spreadf8(scores + index)
        s0 = apus_fma8(weight, apus_loadf8(v), s0)
        s1 = apus_fma8(weight, apus_loadf8(v + 32), s1)
        s2 = apus_fma8(weight, apus_loadf8(v + 64), s2)
        s3 = apus_fma8(weight, apus_loadf8(v + 96), s3)
        v += size &* 4
        index &+= 1
      }
      apus_storef8(out + column, s0)
      apus_storef8(out + (column &+ 8), s1)
      apus_storef8(out + (column &+ 16), s2)
      apus_storef8(out + (column &+ 24), s3)
      column &+= 32
    }
    while column &+ 8 <= size {
      var sum = apus_loadf8(out + column)
      var index = seen.lowerBound
      while index < seen.upperBound {
        sum = apus_fma8(
          apus_spreadf8(scores + index), apus_loadf8(values + (index &* size &+ column)), sum)
        index &+= 1
      }
      apus_storef8(out + column, sum)
      column &+= 8
    }
    while column < size {
      var sum = out[column]
      var index = seen.lowerBound
      while index < seen.upperBound {
        sum += scores[index] * values[index &* size &+ column]
        index &+= 1
      }
      out[column] = sum
      column &+= 1
    }
  }

  private static func finish(_ job: AttentionJob, _ state: UnsafeMutablePointer<Float>) {
    let queries = job.tokenCount &* job.headCount
    var query = 0
    while query < queries {
      if let partial = job.partial {
        partial[2 &* query] = state[2 &* query]
        partial[2 &* query &+ 1] = state[2 &* query &+ 1]
      } else {
        let sum = state[2 &* query &+ 1]
        // A sum that is not a number must stay one.
        let factor = sum == 0 ? 0 : 1 / sum
        let out = output(job, query)
        var index = 0
        while index < job.headSize {
          out[index] *= factor
          index &+= 1
        }
      }
      query &+= 1
    }
  }
}
