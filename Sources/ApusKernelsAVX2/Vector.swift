import CSIMD

private typealias F8 = SIMD8<Float>

// Rows of floats. What is left behind the last whole register goes through a register padded with
// zeros, so that every element takes the same arithmetic.
extension AVX2 {
  public static func rmsNorm(
    _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>?, _ epsilon: Float, _ count: Int,
    _ out: UnsafeMutablePointer<Float>
  ) {
    let factor = 1 / (squares(x, 0, count) / Float(count) + epsilon).squareRoot()
    if let weight {
      map2(x, weight, count, out) { $0 * factor * $1 }
    } else {
      map(x, count, out) { $0 * factor }
    }
  }

  public static func layerNorm(
    _ x: UnsafePointer<Float>, _ weight: UnsafePointer<Float>?, _ bias: UnsafePointer<Float>?,
    _ epsilon: Float, _ count: Int, _ out: UnsafeMutablePointer<Float>
  ) {
    let mean = sum(x, count) / Float(count)
    let factor = 1 / (squares(x, mean, count) / Float(count) + epsilon).squareRoot()
    if let weight {
      map2(x, weight, count, out) { ($0 - mean) * factor * $1 }
    } else {
      map(x, count, out) { ($0 - mean) * factor }
    }
    if let bias { map2(out, bias, count, out) { $0 + $1 } }
  }

  public static func softmax(
    _ x: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    let largest = maximum(x, count)
    map(x, count, x) { apus_exp8($0 - largest) }
    let factor = 1 / sum(x, count)
    map(x, count, x) { $0 * factor }
  }

  public static func siluMultiply(
    _ gate: UnsafePointer<Float>, _ up: UnsafePointer<Float>, _ count: Int,
    _ out: UnsafeMutablePointer<Float>
  ) {
    map2(gate, up, count, out) { $0 * apus_sigmoid8($0) * $1 }
  }

  public static func geluTanhMultiply(
    _ gate: UnsafePointer<Float>, _ up: UnsafePointer<Float>, _ count: Int,
    _ out: UnsafeMutablePointer<Float>
  ) {
    map2(gate, up, count, out) { apus_gelutanh8($0) * $1 }
  }

  public static func geluTanh(
    _ x: UnsafePointer<Float>, _ count: Int, _ out: UnsafeMutablePointer<Float>
  ) {
    map(x, count, out) { apus_gelutanh8($0) }
  }

  public static func geluExactMultiply(
    _ gate: UnsafePointer<Float>, _ up: UnsafePointer<Float>, _ count: Int,
    _ out: UnsafeMutablePointer<Float>
  ) {
    map2(gate, up, count, out) { apus_geluexact8($0) * $1 }
  }

  public static func geluExact(
    _ x: UnsafePointer<Float>, _ count: Int, _ out: UnsafeMutablePointer<Float>
  ) {
    map(x, count, out) { apus_geluexact8($0) }
  }

  public static func add(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int,
    _ out: UnsafeMutablePointer<Float>
  ) {
    map2(a, b, count, out) { $0 + $1 }
  }

  public static func addScaled(
    _ x: UnsafePointer<Float>, _ factor: Float, _ count: Int, _ out: UnsafeMutablePointer<Float>
  ) {
    map2(x, out, count, out) { apus_fma8($0, F8(repeating: factor), $1) }
  }

  public static func scale(
    _ x: UnsafeMutablePointer<Float>, _ factor: Float, _ count: Int
  ) {
    map(x, count, x) { $0 * factor }
  }

  public static func softcap(
    _ x: UnsafeMutablePointer<Float>, _ cap: Float, _ count: Int
  ) {
    let inverse = 1 / cap
    map(x, count, x) { apus_tanh8($0 * inverse) * cap }
  }

  public static func rotate(
    _ x: UnsafeMutablePointer<Float>, _ cosines: UnsafePointer<Float>,
    _ sines: UnsafePointer<Float>, _ pairs: Int, _ distance: Int
  ) {
    if distance == 1 {
      rotateNeighbours(x, cosines, sines, pairs)
    } else {
      rotateHalves(x, cosines, sines, pairs, distance)
    }
  }

  public static func encodeHalf(
    _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<UInt16>, _ count: Int
  ) {
    var index = 0
    while index &+ 8 <= count {
      apus_store128(out + index, apus_tohalves8(apus_loadf8(x + index)))
      index &+= 8
    }
    while index < count {
      let bits = apus_tohalves8(F8(repeating: x[index]))
      out[index] = UInt16(truncatingIfNeeded: bits.x)
      index &+= 1
    }
  }

  @inline(__always)
  private static func map(
    _ x: UnsafePointer<Float>, _ count: Int, _ out: UnsafeMutablePointer<Float>,
    _ body: (F8) -> F8
  ) {
    var index = 0
    while index &+ 8 <= count {
      apus_storef8(out + index, body(apus_loadf8(x + index)))
      index &+= 8
    }
    if index < count {
      let last = body(part(x + index, count &- index))
      store(last, out + index, count &- index)
    }
  }

  @inline(__always)
  private static func map2(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int,
    _ out: UnsafeMutablePointer<Float>, _ body: (F8, F8) -> F8
  ) {
    var index = 0
    while index &+ 8 <= count {
      apus_storef8(out + index, body(apus_loadf8(a + index), apus_loadf8(b + index)))
      index &+= 8
    }
    if index < count {
      let last = body(part(a + index, count &- index), part(b + index, count &- index))
      store(last, out + index, count &- index)
    }
  }

  /// Fewer than eight numbers, padded with zeros.
  @inline(__always)
  private static func part(_ x: UnsafePointer<Float>, _ count: Int) -> F8 {
    var v = F8.zero
    var lane = 0
    while lane < count {
      v[lane] = x[lane]
      lane &+= 1
    }
    return v
  }

  @inline(__always)
  private static func store(_ v: F8, _ out: UnsafeMutablePointer<Float>, _ count: Int) {
    var lane = 0
    while lane < count {
      out[lane] = v[lane]
      lane &+= 1
    }
  }

  private static func sum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var (s0, s1) = (F8.zero, F8.zero)
    var index = 0
    while index &+ 16 <= count {
      s0 += apus_loadf8(x + index)
      s1 += apus_loadf8(x + index + 8)
      index &+= 16
    }
    while index < count {
      s0 += part(x + index, min(8, count &- index))
      index &+= 8
    }
    return apus_sum8(s0 + s1)
  }

  /// Σ(x - mean)².
  private static func squares(_ x: UnsafePointer<Float>, _ mean: Float, _ count: Int) -> Float {
    var (s0, s1) = (F8.zero, F8.zero)
    var index = 0
    while index &+ 16 <= count {
      let a = apus_loadf8(x + index) - mean
      let b = apus_loadf8(x + index + 8) - mean
      s0 = apus_fma8(a, a, s0)
      s1 = apus_fma8(b, b, s1)
      index &+= 16
    }
    var last: Float = 0
    while index < count {
      last += (x[index] - mean) * (x[index] - mean)
      index &+= 1
    }
    return apus_sum8(s0 + s1) + last
  }

  private static func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var most = F8(repeating: -.infinity)
    var index = 0
    while index &+ 8 <= count {
      most = _mm256_max_ps(most, apus_loadf8(x + index))
      index &+= 8
    }
    var largest = apus_max8(most)
    while index < count {
      if x[index] > largest { largest = x[index] }
      index &+= 1
    }
    return largest
  }

  private static func rotateNeighbours(
    _ x: UnsafeMutablePointer<Float>, _ cosines: UnsafePointer<Float>,
    _ sines: UnsafePointer<Float>, _ pairs: Int
  ) {
    var pair = 0
    while pair &+ 4 <= pairs {
      let at = x + pair &* 2
      apus_storef8(at, apus_rotatepairs(apus_loadf8(at), cosines + pair, sines + pair))
      pair &+= 4
    }
    while pair < pairs {
      let a = x[2 &* pair]
      let b = x[2 &* pair &+ 1]
      x[2 &* pair] = a * cosines[pair] - b * sines[pair]
      x[2 &* pair &+ 1] = a * sines[pair] + b * cosines[pair]
      pair &+= 1
    }
  }

  private static func rotateHalves(
    _ x: UnsafeMutablePointer<Float>, _ cosines: UnsafePointer<Float>,
    _ sines: UnsafePointer<Float>, _ pairs: Int, _ distance: Int
  ) {
    var pair = 0
    while pair &+ 8 <= pairs {
      let a = apus_loadf8(x + pair)
      let b = apus_loadf8(x + pair + distance)
      let c = apus_loadf8(cosines + pair)
      let s = apus_loadf8(sines + pair)
      apus_storef8(x + pair, apus_fma8(a, c, F8.zero - b * s))
      apus_storef8(x + pair + distance, apus_fma8(a, s, b * c))
      pair &+= 8
    }
    while pair < pairs {
      let a = x[pair]
      let b = x[pair &+ distance]
      x[pair] = a * cosines[pair] - b * sines[pair]
      x[pair &+ distance] = a * sines[pair] + b * cosines[pair]
      pair &+= 1
    }
  }
}
