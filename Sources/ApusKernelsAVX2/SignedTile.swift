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
  /// The chains of 16 rows times 1 to 4 tokens (a constant at every use).
  @inline(__always)
  private static func sums(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer, _ count: Int
  ) {
    let layout = apus_panellayout(columns, 16, 4)
    let at = apus_layout(columns)
    let stride = at.byteCount
    let subBlocks = columns >> 5
    let ones = _mm256_set1_epi16(1)
    let none = I256.zero
    var to = panel + layout.chains
    var chain = 0
    while chain < 8 {
      var w = UnsafeRawPointer(panel + chain &* layout.length &* 32 &* 16)
      var scales = UnsafeRawPointer(panel + (layout.scales &+ chain &* layout.length &* 128))
      var x = tokens + chain &* 32
      var d = tokens + (at.scales &+ chain &* 4)
      var (f00, f01, f02, f03) = (F8.zero, F8.zero, F8.zero, F8.zero)
      var (f10, f11, f12, f13) = (F8.zero, F8.zero, F8.zero, F8.zero)
      var left = (subBlocks &- chain &+ 7) / 8
      while left > 0 {
        var (i00, i01, i02, i03) = (none, none, none, none)
        var (i10, i11, i12, i13) = (none, none, none, none)
        var inner = 8
        repeat {
          let w0 = apus_load256(w)
          let w1 = apus_load256(w + 32)
          let u0 = _mm256_abs_epi8(w0)
          let u1 = _mm256_abs_epi8(w1)
          let y0 = apus_spread32(x)
          i00 = _mm256_add_epi32(i00, product(u0, w0, y0, ones))
          i10 = _mm256_add_epi32(i10, product(u1, w1, y0, ones))
          if count > 1 {
            let y1 = apus_spread32(x + stride)
            i01 = _mm256_add_epi32(i01, product(u0, w0, y1, ones))
            i11 = _mm256_add_epi32(i11, product(u1, w1, y1, ones))
          }
          if count > 2 {
            let y2 = apus_spread32(x + 2 &* stride)
            i02 = _mm256_add_epi32(i02, product(u0, w0, y2, ones))
            i12 = _mm256_add_epi32(i12, product(u1, w1, y2, ones))
          }
          if count > 3 {
            let y3 = apus_spread32(x + 3 &* stride)
            i03 = _mm256_add_epi32(i03, product(u0, w0, y3, ones))
            i13 = _mm256_add_epi32(i13, product(u1, w1, y3, ones))
          }
          w += 64
          x += 4
          inner &-= 1
        } while inner != 0
        let s0 = apus_loadf8(scales)
        let s1 = apus_loadf8(scales + 32)
        let d0 = apus_spreadf8(d)
        f00 = apus_fma8(apus_float8(i00), s0 * d0, f00)
        f10 = apus_fma8(apus_float8(i10), s1 * d0, f10)
        if count > 1 {
          let d1 = apus_spreadf8(d + stride)
          f01 = apus_fma8(apus_float8(i01), s0 * d1, f01)
          f11 = apus_fma8(apus_float8(i11), s1 * d1, f11)
        }
        if count > 2 {
          let d2 = apus_spreadf8(d + 2 &* stride)
          f02 = apus_fma8(apus_float8(i02), s0 * d2, f02)
          f12 = apus_fma8(apus_float8(i12), s1 * d2, f12)
        }
        if count > 3 {
          let d3 = apus_spreadf8(d + 3 &* stride)
          f03 = apus_fma8(apus_float8(i03), s0 * d3, f03)
          f13 = apus_fma8(apus_float8(i13), s1 * d3, f13)
        }
        scales += 128
        x += 256 &- 32
        d += 32
        left &-= 1
      }
      apus_storef8(to, f00)
      apus_storef8(to + 32, f10)
      if count > 1 {
        apus_storef8(to + 64, f01)
        apus_storef8(to + 96, f11)
      }
      if count > 2 {
        apus_storef8(to + 128, f02)
        apus_storef8(to + 160, f12)
      }
      if count > 3 {
        apus_storef8(to + 192, f03)
        apus_storef8(to + 224, f13)
      }
      to += count &* 64
      chain &+= 1
    }
  }

  @inline(never)
  static func signed1(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer
  ) {
    sums(panel, columns, tokens, 1)
  }

  @inline(never)
  static func signed2(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer
  ) {
    sums(panel, columns, tokens, 2)
  }

  @inline(never)
  static func signed3(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer
  ) {
    sums(panel, columns, tokens, 3)
  }

  @inline(never)
  static func signed4(
    _ panel: UnsafeMutableRawPointer, _ columns: Int, _ tokens: UnsafeRawPointer
  ) {
    sums(panel, columns, tokens, 4)
  }
}
