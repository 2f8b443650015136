/// What the encoders share: rounding that cannot trap, and the search for the scales of a
/// super-block of 256 elements.
///
/// A scale that takes the extreme element exactly to the end of the range is rarely the best one.
/// So each sub-block tries a range of scales; each try is quantised and then fitted by least
/// squares. The scales of the sub-blocks are then themselves quantised, moved by one step where
/// that lowers the error, and the factor common to the super-block is fitted again. An element
/// weighs its magnitude plus a 32nd of the sub-block's sum of magnitudes: the large ones matter
/// more to a dot product, the small ones are many.
enum ScaleSearch {
  /// `1 / scale`, or 0 where that is not finite.
  @inline(__always)
  static func inverse(_ scale: Float) -> Float {
    let inverse = 1 / scale
    return inverse.isFinite ? inverse : 0
  }

  /// The integer part of `value`, held within `0...limit`; NaN is `0`.
  @inline(__always)
  static func truncated(_ value: Float, to limit: UInt8) -> UInt8 {
    guard value > 0 else { return 0 }
    return value >= Float(limit) ? limit : UInt8(truncatingIfNeeded: Int32(value))
  }

  /// The smallest and the largest of `count` elements, one at least.
  @inline(__always)
  static func range(_ x: UnsafePointer<Float>, count: Int) -> (Float, Float) {
    var low = x[0]
    var high = x[0]
    for i in 1..<count {
      if x[i] < low { low = x[i] }
      if x[i] > high { high = x[i] }
    }
    return (low, high)
  }

  // A number up to 2^22 that is added to 12582912 (1.5 · 2^23) lands, rounded to the nearest integer,
  // ties to even, in the low bits of the sum.

  /// `value` rounded and held within `0...limit`, whatever it is. Integer arithmetic, since a
  /// comparison of vectors would be taken lane by lane.
  @inline(__always)
  private static func level(_ value: SIMD16<Float>, _ limit: Int32) -> SIMD16<Float> {
    let bits = unsafeBitCast(value + 12_582_912, to: SIMD16<Int32>.self)
    let whole = (bits & ~(bits &>> 31)) &- 0x4B40_0000
    let left = limit &- (whole & ~(whole &>> 31))
    return SIMD16<Float>(limit &- (left & ~(left &>> 31)))
  }

  /// `value` rounded and held within `-limit ..< limit`.
  @inline(__always)
  private static func level(_ value: SIMD16<Float>, around limit: Int32) -> SIMD16<Float> {
    let middle = Float(limit)
    return level(value + middle, 2 &* limit &- 1) - middle
  }

  @inline(__always)
  private static func rounded(_ value: Float, _ low: Float, _ high: Float) -> Float {
    let whole = (value + 12_582_912) - 12_582_912
    return whole > low ? (whole < high ? whole : high) : low  // NaN is low
  }

  @inline(__always)
  private static func load(_ x: UnsafePointer<Float>) -> SIMD16<Float> {
    UnsafeRawPointer(x).loadUnaligned(as: SIMD16<Float>.self)
  }

  @inline(__always)
  private static func sum(_ v: SIMD16<Float>) -> Float {
    let a = v.lowHalf + v.highHalf
    let b = a.lowHalf + a.highHalf
    let c = b.lowHalf + b.highHalf
    return c.x + c.y
  }

  @inline(__always)
  private static func magnitude(_ v: SIMD16<Float>) -> SIMD16<Float> {
    unsafeBitCast(
      unsafeBitCast(v, to: SIMD16<UInt32>.self) & 0x7FFF_FFFF, to: SIMD16<Float>.self)
  }

  /// `w = |x| + (sum of |x|) / 32` for one sub-block of `count` (16 or 32) elements.
  @inline(__always)
  private static func weigh(
    _ x: UnsafePointer<Float>, count: Int, into w: UnsafeMutablePointer<Float>
  ) {
    var total: Float = 0
    for i in stride(from: 0, to: count, by: 16) { total += sum(magnitude(load(x + i))) }
    let common = total / 32
    for i in stride(from: 0, to: count, by: 16) {
      UnsafeMutableRawPointer(w + i).storeBytes(
        of: magnitude(load(x + i)) + common, as: SIMD16<Float>.self)
    }
  }

  /// The binary16 form of `scale`, never 0 unless `scale` is: a small scale that vanished would
  /// take its whole block with it.
  private static func half(_ scale: Float) -> UInt16 {
    let bits = Half.scaleBits(scale)
    guard bits & 0x7FFF == 0, scale.magnitude > 0 else { return bits }
    return (bits & 0x8000) | 1
  }
}

// MARK: x = d * s * q

extension ScaleSearch {
  /// Sixteen sub-blocks of 16 elements with a signed scale each, as Q3_K and Q6_K have them.
  ///
  /// - Parameters:
  ///   - x: 256 elements.
  ///   - levels: `q` lies within `-levels ..< levels`.
  ///   - scaleLevels: the scales lie within `-scaleLevels ..< scaleLevels`.
  ///   - scales: receives the 16 scales.
  ///   - q: receives `q + levels` of the 256 elements.
  /// - Returns: `d` as binary16.
  static func symmetric(
    _ x: UnsafePointer<Float>, levels: Int32, scaleLevels: Int32,
    scales: UnsafeMutablePointer<Int32>, q: UnsafeMutablePointer<UInt8>
  ) -> UInt16 {
    let top = Float(scaleLevels)
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 256 + 16) { scratch in
      guard let w = scratch.baseAddress else { return 0 }
      let fitted = w + 256
      var extreme: Float = 0
      for j in 0..<16 {
        weigh(x + 16 * j, count: 16, into: w + 16 * j)
        fitted[j] = symmetricScale(load(x + 16 * j), load(w + 16 * j), levels)
        if fitted[j].magnitude > extreme.magnitude { extreme = fitted[j] }
      }

      var best = half(extreme / -top)
      var bestError = Float.infinity
      for j in 0..<16 { scales[j] = 0 }
      var candidate = best
      for round in 0..<3 {
        let d = Half.float(candidate)
        let inverseD = inverse(d)
        var error: Float = 0
        var xa: Float = 0
        var aa: Float = 0
        var chosen = SIMD16<Float>()
        for j in 0..<16 {
          let xs = load(x + 16 * j)
          let ws = load(w + 16 * j)
          let middle = rounded(fitted[j] * inverseD, -top, top - 1)
          var least = Float.infinity
          for step in -1...1 {
            let s = middle + Float(step)
            if s < -top || s > top - 1 { continue }
            let scale = d * s
            let qs = level(xs * inverse(scale), around: levels)
            let difference = qs * scale - xs
            let e = sum(ws * difference * difference)
            if e < least {
              least = e
              chosen[j] = s
            }
          }
          if least == .infinity { chosen[j] = middle }
          let qs = level(xs * inverse(d * chosen[j]), around: levels) * chosen[j]
          xa += sum(ws * xs * qs)
          aa += sum(ws * qs * qs)
          error += least
        }
        if error < bestError || round == 0 {
          best = candidate
          bestError = error
          for j in 0..<16 { scales[j] = Int32(chosen[j]) }
        }
        let next = half(xa * inverse(aa))
        if next == candidate || next & 0x7FFF == 0 { break }
        candidate = next
      }

      let d = Half.float(best)
      for j in 0..<16 {
        let qs = level(load(x + 16 * j) * inverse(d * Float(scales[j])), around: levels)
        for i in 0..<16 { q[16 * j + i] = UInt8(truncatingIfNeeded: Int32(qs[i]) &+ levels) }
      }
      return best
    }
  }

  /// The scale for one sub-block that leaves the least weighted error.
  @inline(__always)
  private static func symmetricScale(
    _ x: SIMD16<Float>, _ w: SIMD16<Float>, _ levels: Int32
  ) -> Float {
    let n = Float(levels)
    var extreme: Float = 0
    for i in 0..<16 where x[i].magnitude > extreme.magnitude { extreme = x[i] }
    let unit = inverse(extreme)
    if unit == 0 { return 0 }
    var scale: Float = 0
    var gain: Float = 0  // the error is the same sum for all, less this
    let wx = w * x
    for step in -10...10 {
      // The extreme element goes to about -n, or to about n - 1.
      for target in [-(n + Float(step) * 0.1), n - 1 + Float(step) * 0.1] {
        if target.magnitude < 0.5 { continue }
        let q = level(x * (target * unit), around: levels)
        let xq = sum(wx * q)
        let qq = sum(w * q * q)
        if qq > 0, xq * xq > gain * qq {
          gain = xq * xq / qq
          scale = xq / qq
        }
      }
    }
    return scale
  }
}

// MARK: x = d * s * q - m * t

extension ScaleSearch {
  /// Sub-blocks with an unsigned scale `s` and an unsigned offset `t` each, as Q2_K, Q4_K and Q5_K
  /// have them.
  ///
  /// - Parameters:
  ///   - x: 256 elements.
  ///   - width: elements in a sub-block, 16 or 32.
  ///   - levels: `q` lies within `0...levels`.
  ///   - scaleLevels: scales and offsets lie within `0...scaleLevels`.
  ///   - scales: receives the scales; `offsets` the offsets; `q` the 256 quantised elements.
  /// - Returns: `d` and `m` as binary16.
  static func affine(
    _ x: UnsafePointer<Float>, width: Int, levels: Int32, scaleLevels: Int32,
    scales: UnsafeMutablePointer<UInt8>, offsets: UnsafeMutablePointer<UInt8>,
    q: UnsafeMutablePointer<UInt8>
  ) -> (UInt16, UInt16) {
    let top = Float(scaleLevels)
    let parts = 256 / width
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 256 + 64) { scratch in
      guard let w = scratch.baseAddress else { return (0, 0) }
      let slopes = w + 256
      let depths = w + 272
      let s = w + 288
      let t = w + 304
      var steepest: Float = 0
      var deepest: Float = 0
      for j in 0..<parts {
        weigh(x + width * j, count: width, into: w + width * j)
        let (slope, depth) = affineScale(x + width * j, w + width * j, width, levels)
        slopes[j] = slope
        depths[j] = depth
        if slope > steepest { steepest = slope }
        if depth > deepest { deepest = depth }
      }

      var best = (half(steepest / top), half(deepest / top))
      var bestError = Float.infinity
      for j in 0..<parts {
        scales[j] = 0
        offsets[j] = 0
      }
      var candidate = best
      for round in 0..<3 {
        let d = Half.float(candidate.0)
        let m = Half.float(candidate.1)
        var error: Float = 0
        // Normal equations of x ≈ d * a - m * b, with a = s q and b = t.
        var (aa, ab, bb, xa, xb): (Float, Float, Float, Float, Float) = (0, 0, 0, 0, 0)
        for j in 0..<parts {
          let xs = x + width * j
          let ws = w + width * j
          let s0 = rounded(slopes[j] * inverse(d), 0, top)
          let t0 = rounded(depths[j] * inverse(m), 0, top)
          s[j] = s0
          t[j] = t0
          var least = Float.infinity
          for ds in -1...1 {
            for dt in -1...1 {
              let s1 = s0 + Float(ds)
              let t1 = t0 + Float(dt)
              if s1 < 0 || s1 > top || t1 < 0 || t1 > top { continue }
              let e = affineError(xs, ws, width, levels, d * s1, m * t1)
              if e < least {
                least = e
                s[j] = s1
                t[j] = t1
              }
            }
          }
          error += least
          let scale = d * s[j]
          let offset = m * t[j]
          for i in stride(from: 0, to: width, by: 16) {
            let xi = load(xs + i)
            let wi = load(ws + i)
            let a = level((xi + offset) * inverse(scale), levels) * s[j]
            let total = sum(wi)
            let wa = sum(wi * a)
            aa += sum(wi * a * a)
            ab += wa * t[j]
            bb += total * t[j] * t[j]
            xa += sum(wi * xi * a)
            xb += sum(wi * xi) * t[j]
          }
        }
        if error < bestError || round == 0 {
          best = candidate
          bestError = error
          for j in 0..<parts {
            scales[j] = UInt8(truncatingIfNeeded: Int32(s[j]))
            offsets[j] = UInt8(truncatingIfNeeded: Int32(t[j]))
          }
        }
        let determinant = aa * bb - ab * ab
        var nextD = xa * inverse(aa)
        var nextM: Float = 0
        if bb > 0 {
          guard determinant > 1e-6 * aa * bb else { break }
          nextD = (xa * bb - xb * ab) / determinant
          nextM = (xa * ab - xb * aa) / determinant
        }
        guard nextD > 0, nextM >= 0 else { break }
        let next = (half(nextD), half(nextM))
        if next == candidate { break }
        candidate = next
      }

      let d = Half.float(best.0)
      let m = Half.float(best.1)
      for j in 0..<parts {
        let unit = inverse(d * Float(scales[j]))
        let offset = m * Float(offsets[j])
        for i in stride(from: 0, to: width, by: 16) {
          let whole = level((load(x + width * j + i) + offset) * unit, levels)
          for k in 0..<16 { q[width * j + i + k] = UInt8(truncatingIfNeeded: Int32(whole[k])) }
        }
      }
      return best
    }
  }

  /// The weighted error of `x ≈ scale * q - offset` with the best `q` in `0...n`.
  @inline(__always)
  private static func affineError(
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ width: Int, _ levels: Int32,
    _ scale: Float, _ offset: Float
  ) -> Float {
    let unit = inverse(scale)
    var error: Float = 0
    for i in stride(from: 0, to: width, by: 16) {
      let xs = load(x + i)
      let q = level((xs + offset) * unit, levels)
      let difference = q * scale - offset - xs
      error += sum(load(w + i) * difference * difference)
    }
    return error
  }

  /// The slope and the depth (both at least 0) for one sub-block that leave the least error.
  @inline(__always)
  private static func affineScale(
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ width: Int, _ levels: Int32
  ) -> (Float, Float) {
    let n = Float(levels)
    var (low, high) = range(x, count: width)
    if low > 0 { low = 0 }
    if high < 0 { high = 0 }
    let unit = inverse(high - low)
    if unit == 0 { return (0, 0) }
    var slope = (high - low) / n
    var depth = 0 - low
    var least = affineError(x, w, width, levels, slope, depth)
    for step in -10...15 {
      let inverseSlope = (n + Float(step) * 0.1) * unit
      var (ww, wq, qq, wx, xq): (Float, Float, Float, Float, Float) = (0, 0, 0, 0, 0)
      for i in stride(from: 0, to: width, by: 16) {
        let xs = load(x + i)
        let ws = load(w + i)
        let q = level((xs - low) * inverseSlope, levels)
        ww += sum(ws)
        wq += sum(ws * q)
        qq += sum(ws * q * q)
        wx += sum(ws * xs)
        xq += sum(ws * xs * q)
      }
      let determinant = ww * qq - wq * wq
      guard determinant > 0 else { continue }
      var fittedSlope = (ww * xq - wx * wq) / determinant
      var fittedDepth = (wq * xq - qq * wx) / determinant
      if fittedDepth < 0 {  // an offset cannot be positive here
        fittedDepth = 0
        fittedSlope = xq / qq
      }
      guard fittedSlope > 0 else { continue }
      let error = affineError(x, w, width, levels, fittedSlope, fittedDepth)
      if error < least {
        least = error
        slope = fittedSlope
        depth = fittedDepth
      }
    }
    return (slope, depth)
  }
}
