/// An amount of money in 10⁻¹² $: prices of single tokens are whole numbers in it, and sums of them
/// are exact. Holds up to nine million dollars; beyond that it stays there.
public struct PicoDollars: RawRepresentable, Sendable, Hashable, Comparable {
  public var rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }
  public init(_ value: Int) { rawValue = value }

  public static let zero = PicoDollars(0)
  public static let perDollar = 1_000_000_000_000

  /// - Parameter text: Dollars as people write them, `0.25`; at most twelve digits behind the point.
  public init?(dollars text: String) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count > 1 ? parts[1] : ""
    guard let whole = parts.first, !(whole.isEmpty && fraction.isEmpty), fraction.count <= 12,
      (whole + fraction).allSatisfy({ $0.isASCII && $0.isNumber }),
      let dollars = Int(whole.isEmpty ? "0" : whole), dollars <= Int.max / Self.perDollar - 1,
      let pico = Int(fraction + String(repeating: "0", count: 12 - fraction.count))
    else { return nil }
    rawValue = dollars * Self.perDollar + pico
  }

  public static func < (left: PicoDollars, right: PicoDollars) -> Bool {
    left.rawValue < right.rawValue
  }

  public static func + (left: PicoDollars, right: PicoDollars) -> PicoDollars {
    let (sum, overflows) = left.rawValue.addingReportingOverflow(right.rawValue)
    return PicoDollars(overflows ? (right.rawValue > 0 ? .max : .min) : sum)
  }

  public static func - (left: PicoDollars, right: PicoDollars) -> PicoDollars {
    let (difference, overflows) = left.rawValue.subtractingReportingOverflow(right.rawValue)
    return PicoDollars(overflows ? (right.rawValue > 0 ? .min : .max) : difference)
  }

  public static func * (price: PicoDollars, count: Int) -> PicoDollars {
    let (product, overflows) = price.rawValue.multipliedReportingOverflow(by: count)
    return PicoDollars(overflows ? .max : product)
  }

  public static func += (left: inout PicoDollars, right: PicoDollars) { left = left + right }
  public static func -= (left: inout PicoDollars, right: PicoDollars) { left = left - right }
}

extension PicoDollars: CustomStringConvertible {
  /// `$0.00042`: no more digits than there are.
  public var description: String {
    let magnitude = rawValue.magnitude
    let pico = String(magnitude % UInt(Self.perDollar))
    var fraction = String(repeating: "0", count: 12 - pico.count) + pico
    while fraction.count > 2, fraction.last == "0" { fraction.removeLast() }
    return "\(rawValue < 0 ? "-" : "")$\(magnitude / UInt(Self.perDollar)).\(fraction)"
  }
}
