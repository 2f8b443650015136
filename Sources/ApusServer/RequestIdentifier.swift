#if Tools
  import Foundation

  /// Identifiers and times of answers.
  enum RequestIdentifier {
    /// 24 random hexadecimal digits.
    static func next() -> String {
      let high = UInt64.random(in: .min ... .max)
      let low = UInt32.random(in: .min ... .max)
      return pad(String(high, radix: 16), 16) + pad(String(low, radix: 16), 8)
    }

    private static func pad(_ digits: String, _ width: Int) -> String {
      String(repeating: "0", count: width - digits.count) + digits
    }

    /// Seconds since 1970.
    static func now() -> Int { Int(Date().timeIntervalSince1970) }
  }
#endif
