/// Doubles as decimal digits: the shortest that read back, and exactly rounded ones.
enum DecimalDigits {
  /// Digits d0 d1 … and the exponent of ten of d0: value = d0.d1… × 10^exponent. For finite, positive
  /// values.
  static func shortest(_ value: Double) -> (digits: [UInt8], exponent: Int) {
    var digits: [UInt8] = []
    var pointAt: Int?
    var exponent = 0
    let text = Array(value.description.utf8)
    for (offset, byte) in text.enumerated() {
      if byte == UInt8(ascii: ".") {
        pointAt = digits.count
      } else if byte == UInt8(ascii: "e") {
        exponent = Int(String(decoding: text[(offset + 1)...], as: UTF8.self)) ?? 0
        break
      } else {
        digits.append(byte - UInt8(ascii: "0"))
      }
    }
    exponent += (pointAt ?? digits.count) - 1
    while digits.count > 1, digits.first == 0 {
      digits.removeFirst()
      exponent -= 1
    }
    while digits.count > 1, digits.last == 0 { digits.removeLast() }
    return (digits, exponent)
  }

  /// All digits of a finite, positive value before and after the point: every double is a finite
  /// decimal fraction (at most 309 and 1074 digits).
  static func exact(_ value: Double) -> (whole: [UInt8], fraction: [UInt8]) {
    var mantissa = value.significandBitPattern
    var exponent = Int(value.exponentBitPattern) - 1075
    if value.exponentBitPattern == 0 { exponent += 1 } else { mantissa |= 1 << 52 }
    // Limbs of nine digits, least significant first.
    let base: UInt64 = 1_000_000_000
    var whole: [UInt64] = []
    var rest = exponent >= 0 ? mantissa : (exponent > -64 ? mantissa >> UInt64(-exponent) : 0)
    while rest > 0 {
      whole.append(rest % base)
      rest /= base
    }
    if exponent > 0 {
      for _ in 0..<exponent {
        var carry: UInt64 = 0
        for index in whole.indices {
          let doubled = whole[index] * 2 + carry
          whole[index] = doubled % base
          carry = doubled / base
        }
        if carry > 0 { whole.append(carry) }
      }
    }
    // The fraction is a number below 2^bits; times ten, its next digit stands above the bits.
    var fraction: [UInt8] = []
    if exponent < 0 {
      let bits = -exponent
      var limbs = [UInt32](repeating: 0, count: bits / 32 + 3)
      let part = bits >= 64 ? mantissa : mantissa & ((1 << UInt64(bits)) - 1)
      limbs[0] = UInt32(truncatingIfNeeded: part)
      limbs[1] = UInt32(truncatingIfNeeded: part >> 32)
      while limbs.contains(where: { $0 != 0 }) {
        var carry: UInt64 = 0
        for index in limbs.indices {
          let product = UInt64(limbs[index]) * 10 + carry
          limbs[index] = UInt32(truncatingIfNeeded: product)
          carry = product >> 32
        }
        let (limb, shift) = (bits / 32, UInt32(bits % 32))
        let above = UInt64(limbs[limb]) | UInt64(limbs[limb + 1]) << 32
        fraction.append(UInt8(truncatingIfNeeded: above >> UInt64(shift)))
        limbs[limb] &= (1 << shift) - 1
        limbs[limb + 1] = 0
      }
    }
    var digits: [UInt8] = []
    for limb in whole.reversed() {
      let text = Array(String(limb).utf8).map { $0 - UInt8(ascii: "0") }
      if !digits.isEmpty { digits += [UInt8](repeating: 0, count: 9 - text.count) }
      digits += text
    }
    return (digits, fraction)
  }

  /// Rounds digits to `count` of them, halves to even.
  /// - Returns: whether a digit was added in front (9.9 became 10).
  static func round(_ digits: inout [UInt8], to count: Int) -> Bool {
    guard count < digits.count else { return false }
    guard count >= 0 else {
      digits = []
      return false
    }
    let tail = digits[count...]
    let isHalf = tail.first == 5 && tail.dropFirst().allSatisfy { $0 == 0 }
    let last = count > 0 ? digits[count - 1] : 0
    let roundsUp = isHalf ? last % 2 == 1 : (tail.first ?? 0) >= 5
    digits.removeSubrange(count...)
    guard roundsUp else { return false }
    for index in digits.indices.reversed() {
      if digits[index] < 9 {
        digits[index] += 1
        return false
      }
      digits[index] = 0
    }
    digits.insert(1, at: 0)
    return true
  }

  /// `%.nf` of a finite, positive value.
  static func fixed(_ value: Double, places: Int) -> String {
    let (whole, fraction) = exact(value)
    var digits = whole + fraction
    if places < fraction.count {
      _ = round(&digits, to: whole.count + places)
    } else {
      digits += [UInt8](repeating: 0, count: places - fraction.count)
    }
    while digits.count < places + 1 { digits.insert(0, at: 0) }
    let text = string(digits)
    return places == 0 ? text : text.dropLast(places) + "." + text.suffix(places)
  }

  /// The first `count` digits of a finite, positive value, exactly rounded, and the exponent of the
  /// first.
  static func significant(_ value: Double, count: Int) -> (digits: [UInt8], exponent: Int) {
    let (whole, fraction) = exact(value)
    var digits = whole + fraction
    var exponent = whole.count - 1
    while digits.count > 1, digits.first == 0 {
      digits.removeFirst()
      exponent -= 1
    }
    if round(&digits, to: count) {
      digits.removeLast()
      exponent += 1
    }
    if digits.count < count { digits += [UInt8](repeating: 0, count: count - digits.count) }
    return (digits, exponent)
  }

  /// Digits with the point where the exponent puts it, or an exponent below 1e-4 and from
  /// 10^`below` on.
  static func general(
    _ digits: [UInt8], exponent: Int, below: Int, keepsPoint: Bool
  ) -> String {
    if exponent < -4 || exponent >= below {
      return string(digits.prefix(1)) + (digits.count > 1 ? "." + string(digits.dropFirst()) : "")
        + self.exponent(exponent)
    }
    if exponent < 0 {
      return "0." + Text.repeated("0", -exponent - 1) + string(digits)
    }
    let whole = string(digits.prefix(exponent + 1))
    let padded = whole + Text.repeated("0", max(0, exponent + 1 - digits.count))
    if digits.count > exponent + 1 { return padded + "." + string(digits.dropFirst(exponent + 1)) }
    return padded + (keepsPoint ? ".0" : "")
  }

  /// `e+05`
  static func exponent(_ exponent: Int) -> String {
    let digits = exponent.magnitude.description
    return (exponent < 0 ? "e-" : "e+") + (digits.utf8.count < 2 ? "0" : "") + digits
  }

  static func string(_ digits: some Sequence<UInt8>) -> String {
    String(decoding: digits.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
  }
}
