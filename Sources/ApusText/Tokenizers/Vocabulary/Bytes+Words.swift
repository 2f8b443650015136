extension [UInt8] {
  /// Eight bytes as one number, the first lowest: a single load, once optimised. There must be as
  /// many.
  @inline(__always)
  func eight(_ place: Int) -> UInt64 {
    precondition(place >= 0 && count >= 8 && place <= count &- 8)
    let low =
      UInt64(self[place]) | UInt64(self[place &+ 1]) << 8 | UInt64(self[place &+ 2]) << 16
      | UInt64(self[place &+ 3]) << 24
    let high =
      UInt64(self[place &+ 4]) | UInt64(self[place &+ 5]) << 8 | UInt64(self[place &+ 6]) << 16
      | UInt64(self[place &+ 7]) << 24
    return low | high << 32
  }

  /// Up to eight bytes as one number, the first lowest.
  @inline(__always)
  func upToEight(_ place: Int, _ length: Int) -> UInt64 {
    guard length > 0 else { return 0 }
    if place <= count &- 8 {
      return eight(place) & (.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* length))
    }
    var result: UInt64 = 0
    for index in 0..<length {
      result |= UInt64(self[place &+ index]) &<< UInt64(truncatingIfNeeded: 8 &* index)
    }
    return result
  }
}

extension UInt64 {
  /// Both halves of a product, laid over each other: every bit depends on all of both numbers.
  @inline(__always)
  static func folded(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }
}

extension [UInt8] {
  /// Whether so many bytes are those at a place of another array: eight at a time, and the last
  /// eight overlap those before.
  @inline(__always)
  func equal(_ place: Int, _ other: [UInt8], _ otherPlace: Int, _ length: Int) -> Bool {
    if length <= 8 { return upToEight(place, length) == other.upToEight(otherPlace, length) }
    var index = 0
    while index < length &- 8 {
      if eight(place &+ index) != other.eight(otherPlace &+ index) { return false }
      index &+= 8
    }
    let last = length &- 8
    return eight(place &+ last) == other.eight(otherPlace &+ last)
  }

  /// The first eight bytes of two stretches put together, which have as many.
  @inline(__always)
  func head(_ first: Range<Int>, _ second: Range<Int>) -> UInt64 {
    if first.count >= 8 { return eight(first.lowerBound) }
    let rest = upToEight(second.lowerBound, Swift.min(second.count, 8))
    return upToEight(first.lowerBound, first.count)
      | rest &<< UInt64(truncatingIfNeeded: 8 &* first.count)
  }

  /// The last eight bytes of two stretches put together, which have as many.
  @inline(__always)
  func tail(_ first: Range<Int>, _ second: Range<Int>) -> UInt64 {
    if second.count >= 8 { return eight(second.upperBound &- 8) }
    guard !second.isEmpty else { return eight(first.upperBound &- 8) }
    let missing = 8 &- second.count
    return upToEight(first.upperBound &- missing, missing)
      | upToEight(second.lowerBound, second.count)
      &<< UInt64(truncatingIfNeeded: 8 &* missing)
  }

  /// The one space behind the first of `length` bytes, which are up to sixteen; `nil` where there is
  /// none, or another, or the buffer ends too soon to say. No branch depends on where it stands.
  @inline(__always)
  func onlySpace(_ start: Int, _ length: Int) -> Int? {
    guard length > 0, length <= 16, start <= count &- 16 else { return nil }
    let inside = UInt64.max >> UInt64(truncatingIfNeeded: 64 &- 8 &* Swift.min(length, 8))
    let behind = UInt64.max >> UInt64(truncatingIfNeeded: 64 &- 8 &* Swift.max(length &- 8, 0))
    let low = Self.spaces(eight(start)) & inside & ~0xFF
    let high = Self.spaces(eight(start &+ 8)) & behind
    let all = low | high
    guard (low == 0) != (high == 0), all & (all &- 1) == 0 else { return nil }
    return start &+ all.trailingZeroBitCount >> 3 &+ (low == 0 ? 8 : 0)
  }

  /// The highest bit of each byte that is a space.
  @inline(__always)
  private static func spaces(_ bytes: UInt64) -> UInt64 {
    let rest = bytes ^ 0x2020_2020_2020_2020
    let others = (rest & 0x7F7F_7F7F_7F7F_7F7F) &+ 0x7F7F_7F7F_7F7F_7F7F
    return ~(others | rest) & 0x8080_8080_8080_8080
  }

  /// Where the first space stands in `start..<end`; the end or behind it where there is none.
  @inline(__always)
  func firstSpace(_ start: Int, _ end: Int) -> Int {
    var place = start
    while place < end, place <= count &- 8 {
      // The highest bit of the lowest byte that is 0 is the lowest that is set.
      let rest = eight(place) ^ 0x2020_2020_2020_2020
      let zeros = (rest &- 0x0101_0101_0101_0101) & ~rest & 0x8080_8080_8080_8080
      if zeros != 0 { return place &+ zeros.trailingZeroBitCount >> 3 }
      place &+= 8
    }
    while place < end, self[place] != 0x20 { place &+= 1 }
    return place
  }

  /// A hash of the bytes `start..<end`, which are at least eight.
  func hash(_ start: Int, _ end: Int, seed: UInt64) -> UInt64 {
    // The last eight bytes overlap those before: the length must count, too.
    var hash = seed &+ UInt64(truncatingIfNeeded: end &- start) &* 0xE703_7ED1_A0B4_28DB
    var place = start
    while place < end &- 8 {
      hash = .folded(hash ^ eight(place), 0x9E37_79B9_7F4A_7C15)
      place += 8
    }
    return .folded(hash ^ eight(end &- 8), 0xA076_1D64_78BD_642F)
  }
}
