import CIntrinsics

// Fourteen independent chains hide the latency of two units; each chain feeds itself, so that
// nothing can be moved out of the loop.

/// What AVX2 can do at most, with everything in registers.
public enum PeakAVX2 {
  /// Multiplies and adds F32; returns floating-point operations done.
  @inline(never)
  public static func multiplyAdd(rounds: Int, seed: Float, sink: inout Float) -> Int {
    typealias Vector = SIMD8<Float>
    let a = Vector(repeating: seed)
    let b = Vector(repeating: seed * 0.5)
    var s0 = Vector(repeating: 0)
    var s1 = Vector(repeating: 1)
    var s2 = Vector(repeating: 2)
    var s3 = Vector(repeating: 3)
    var s4 = Vector(repeating: 4)
    var s5 = Vector(repeating: 5)
    var s6 = Vector(repeating: 6)
    var s7 = Vector(repeating: 7)
    var s8 = Vector(repeating: 8)
    var s9 = Vector(repeating: 9)
    var s10 = Vector(repeating: 10)
    var s11 = Vector(repeating: 11)
    var s12 = Vector(repeating: 12)
    var s13 = Vector(repeating: 13)
    for _ in 0..<rounds {
      s0 = b.addingProduct(s0, a)
      s1 = b.addingProduct(s1, a)
      s2 = b.addingProduct(s2, a)
      s3 = b.addingProduct(s3, a)
      s4 = b.addingProduct(s4, a)
      s5 = b.addingProduct(s5, a)
      s6 = b.addingProduct(s6, a)
      s7 = b.addingProduct(s7, a)
      s8 = b.addingProduct(s8, a)
      s9 = b.addingProduct(s9, a)
      s10 = b.addingProduct(s10, a)
      s11 = b.addingProduct(s11, a)
      s12 = b.addingProduct(s12, a)
      s13 = b.addingProduct(s13, a)
    }
    var total = s0
    total += s1
    total += s2
    total += s3
    total += s4
    total += s5
    total += s6
    total += s7
    total += s8
    total += s9
    total += s10
    total += s11
    total += s12
    total += s13
    sink += total.sum()
    return rounds * 14 * 8 * 2
  }

  /// Products of bytes summed into Int32 (vpmaddubsw, vpmaddwd and vpaddd); returns operations done.
  @inline(never)
  public static func byteDot(rounds: Int, seed: Int64, sink: inout Int64) -> Int {
    typealias Vector = SIMD4<Int64>
    let a = Vector(repeating: seed)
    let ones = Vector(repeating: 0x0001_0001_0001_0001)
    var s0 = Vector(repeating: 0)
    var s1 = Vector(repeating: 1)
    var s2 = Vector(repeating: 2)
    var s3 = Vector(repeating: 3)
    var s4 = Vector(repeating: 4)
    var s5 = Vector(repeating: 5)
    var s6 = Vector(repeating: 6)
    var s7 = Vector(repeating: 7)
    var s8 = Vector(repeating: 8)
    var s9 = Vector(repeating: 9)
    var s10 = Vector(repeating: 10)
    var s11 = Vector(repeating: 11)
    var s12 = Vector(repeating: 12)
    for _ in 0..<rounds {
      s0 = _mm256_add_epi32(s0, _mm256_madd_epi16(_mm256_maddubs_epi16(s0, a), ones))
      s1 = _mm256_add_epi32(s1, _mm256_madd_epi16(_mm256_maddubs_epi16(s1, a), ones))
      s2 = _mm256_add_epi32(s2, _mm256_madd_epi16(_mm256_maddubs_epi16(s2, a), ones))
      s3 = _mm256_add_epi32(s3, _mm256_madd_epi16(_mm256_maddubs_epi16(s3, a), ones))
      s4 = _mm256_add_epi32(s4, _mm256_madd_epi16(_mm256_maddubs_epi16(s4, a), ones))
      s5 = _mm256_add_epi32(s5, _mm256_madd_epi16(_mm256_maddubs_epi16(s5, a), ones))
      s6 = _mm256_add_epi32(s6, _mm256_madd_epi16(_mm256_maddubs_epi16(s6, a), ones))
      s7 = _mm256_add_epi32(s7, _mm256_madd_epi16(_mm256_maddubs_epi16(s7, a), ones))
      s8 = _mm256_add_epi32(s8, _mm256_madd_epi16(_mm256_maddubs_epi16(s8, a), ones))
      s9 = _mm256_add_epi32(s9, _mm256_madd_epi16(_mm256_maddubs_epi16(s9, a), ones))
      s10 = _mm256_add_epi32(s10, _mm256_madd_epi16(_mm256_maddubs_epi16(s10, a), ones))
      s11 = _mm256_add_epi32(s11, _mm256_madd_epi16(_mm256_maddubs_epi16(s11, a), ones))
      s12 = _mm256_add_epi32(s12, _mm256_madd_epi16(_mm256_maddubs_epi16(s12, a), ones))
    }
    var total = s0
    total &+= s1
    total &+= s2
    total &+= s3
    total &+= s4
    total &+= s5
    total &+= s6
    total &+= s7
    total &+= s8
    total &+= s9
    total &+= s10
    total &+= s11
    total &+= s12
    sink &+= total.wrappedSum()
    return rounds * 13 * 32 * 2
  }
}
