import CSIMD

private typealias F8 = SIMD8<Float>
private typealias I256 = SIMD4<Int64>

/// |w| · (sign(w) x): signed bytes through the instruction that wants one factor unsigned.
@inline(__always)
private func product(_ magnitude: I256, _ w: I256, _ y: I256, _ ones: I256) -> I256 {
  _mm256_madd_epi16(_mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(y, w)), ones)
}

// Q8_0: a product fills 16 bits, so every one is widened at once.
extension AVX2 {
  /// 16 rows, 4 tokens.
  @inline(never)
  static func signed4(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ stride: Int,
    _ subBlocks: Int,
    _ out: UnsafeMutableRawPointer, _ outStride: Int
  ) {
    let ones = _mm256_set1_epi16(1)
    var w = UnsafeRawPointer(panel)
    var scales = UnsafeRawPointer(panel + columns &* 16)
    var x = tokens
    var d = tokens + columns
    var (f00, f01, f02, f03) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var (f10, f11, f12, f13) = (F8.zero, F8.zero, F8.zero, F8.zero)
    var sub = 0
    while sub < subBlocks {
      var (i00, i01, i02, i03) = (I256.zero, I256.zero, I256.zero, I256.zero)
      var (i10, i11, i12, i13) = (I256.zero, I256.zero, I256.zero, I256.zero)
      var inner = 8
      repeat {
        let w0 = apus_load256(w)
        let w1 = apus_load256(w + 32)
        let u0 = _mm256_abs_epi8(w0)
        let u1 = _mm256_abs_epi8(w1)
        let y0 = apus_spread32(x)
        i00 = _mm256_add_epi32(i00, product(u0, w0, y0, ones))
        i10 = _mm256_add_epi32(i10, product(u1, w1, y0, ones))
        let y1 = apus_spread32(x + stride)
        i01 = _mm256_add_epi32(i01, product(u0, w0, y1, ones))
        i11 = _mm256_add_epi32(i11, product(u1, w1, y1, ones))
        let y2 = apus_spread32(x + 2 &* stride)
        i02 = _mm256_add_epi32(i02, product(u0, w0, y2, ones))
        i12 = _mm256_add_epi32(i12, product(u1, w1, y2, ones))
        let y3 = apus_spread32(x + 3 &* stride)
        i03 = _mm256_add_epi32(i03, product(u0, w0, y3, ones))
        i13 = _mm256_add_epi32(i13, product(u1, w1, y3, ones))
        w += 64
        x += 4
        inner &-= 1
      } while inner != 0
      let s0 = apus_loadf8(scales)
      let s1 = apus_loadf8(scales + 32)
      let d0 = apus_spreadf8(d)
      f00 = apus_fma8(apus_float8(i00), s0 * d0, f00)
      f10 = apus_fma8(apus_float8(i10), s1 * d0, f10)
      let d1 = apus_spreadf8(d + stride)
      f01 = apus_fma8(apus_float8(i01), s0 * d1, f01)
      f11 = apus_fma8(apus_float8(i11), s1 * d1, f11)
      let d2 = apus_spreadf8(d + 2 &* stride)
      f02 = apus_fma8(apus_float8(i02), s0 * d2, f02)
      f12 = apus_fma8(apus_float8(i12), s1 * d2, f12)
      let d3 = apus_spreadf8(d + 3 &* stride)
      f03 = apus_fma8(apus_float8(i03), s0 * d3, f03)
      f13 = apus_fma8(apus_float8(i13), s1 * d3, f13)
      scales += 128
      d += 4
      sub &+= 1
    }
    apus_storef8(out, f00)
    apus_storef8(out + 32, f10)
    apus_storef8(out + outStride, f01)
    apus_storef8(out + (outStride &+ 32), f11)
    apus_storef8(out + 2 &* outStride, f02)
    apus_storef8(out + (2 &* outStride &+ 32), f12)
    apus_storef8(out + 3 &* outStride, f03)
    apus_storef8(out + (3 &* outStride &+ 32), f13)
  }

  /// The same sums in the same order for one token.
  @inline(never)
  static func signed1(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ token: UnsafeRawPointer, _ subBlocks: Int,
    _ out: UnsafeMutableRawPointer
  ) {
    let ones = _mm256_set1_epi16(1)
    var w = UnsafeRawPointer(panel)
    var scales = UnsafeRawPointer(panel + columns &* 16)
    var x = token
    var d = token + columns
    var (f0, f1) = (F8.zero, F8.zero)
    var sub = 0
    while sub < subBlocks {
      var (i0, i1) = (I256.zero, I256.zero)
      var inner = 8
      repeat {
        let w0 = apus_load256(w)
        let w1 = apus_load256(w + 32)
        let y = apus_spread32(x)
        i0 = _mm256_add_epi32(i0, product(_mm256_abs_epi8(w0), w0, y, ones))
        i1 = _mm256_add_epi32(i1, product(_mm256_abs_epi8(w1), w1, y, ones))
        w += 64
        x += 4
        inner &-= 1
      } while inner != 0
      let factor = apus_spreadf8(d)
      f0 = apus_fma8(apus_float8(i0), apus_loadf8(scales) * factor, f0)
      f1 = apus_fma8(apus_float8(i1), apus_loadf8(scales + 32) * factor, f1)
      scales += 128
      d += 4
      sub &+= 1
    }
    apus_storef8(out, f0)
    apus_storef8(out + 32, f1)
  }

}
