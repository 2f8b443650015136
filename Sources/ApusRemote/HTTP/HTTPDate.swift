#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The time of day, which `Retry-After` dates and signatures refer to.
public enum WallClock {
  /// Seconds since 1970, UTC.
  public static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// Dates as HTTP writes them, in the one form that is not obsolete (RFC 9110, 5.6.7):
/// `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func secondsSince1970(_ text: String) -> Double? {
    let words = text.split(whereSeparator: { $0 == " " || $0 == "," })
    guard words.count == 6, words[5] == "GMT" else { return nil }
    let time = words[4].split(separator: ":").map { Int($0) }
    guard let day = Int(words[1]), let month = months.firstIndex(of: String(words[2])),
      let year = Int(words[3]), time.count == 3, let hour = time[0], let minute = time[1],
      let second = time[2], (1...31).contains(day), (1970...9999).contains(year),
      (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
    else { return nil }
    let days = CalendarDay(year: year, month: month + 1, day: day).daysSince1970
    return Double(((days * 24 + hour) * 60 + minute) * 60 + second)
  }
}

/// Times as JSON and some headers write them (RFC 3339): `2026-01-27T12:00:30.5Z`.
public enum InternetTime {
  /// With milliseconds, UTC.
  /// - Parameter seconds: Since 1970.
  public static func text(_ seconds: Double) -> String {
    let all = Int((seconds * 1000).rounded(.down))
    let days = Int((Double(all) / 86_400_000).rounded(.down))
    let day = CalendarDay(daysSince1970: days)
    let rest = all - days * 86_400_000
    func padded(_ value: Int, _ width: Int = 2) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    return "\(padded(day.year, 4))-\(padded(day.month))-\(padded(day.day))T"
      + "\(padded(rest / 3_600_000)):\(padded(rest / 60_000 % 60)):\(padded(rest / 1000 % 60))"
      + ".\(padded(rest % 1000, 3))Z"
  }

  static func secondsSince1970(_ text: String) -> Double? {
    let parts = text.split(separator: "T")
    guard parts.count == 2 else { return nil }
    let date = parts[0].split(separator: "-").map { Int($0) }
    guard date.count == 3, let year = date[0], let month = date[1], let day = date[2],
      (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    var clock = parts[1]
    var offset = 0
    if clock.last == "Z" || clock.last == "z" {
      clock = clock.dropLast()
    } else if let sign = clock.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      let zone = clock[clock.index(after: sign)...].split(separator: ":").map { Int($0) }
      guard zone.count == 2, let hours = zone[0], let minutes = zone[1], (0..<24).contains(hours),
        (0..<60).contains(minutes)
      else { return nil }
      offset = (hours * 60 + minutes) * (clock[sign] == "-" ? -60 : 60)
      clock = clock[..<sign]
    } else {
      return nil
    }
    let time = clock.split(separator: ":")
    guard time.count == 3, let hour = Int(time[0]), let minute = Int(time[1]),
      let second = Double(time[2]), (0..<24).contains(hour), (0..<60).contains(minute),
      second >= 0, second < 61
    else { return nil }
    let days = CalendarDay(year: year, month: month, day: day).daysSince1970
    return Double(((days * 24 + hour) * 60 + minute) * 60 - offset) + second
  }
}

/// A day of the Gregorian calendar.
public struct CalendarDay: Sendable, Hashable {
  public var year: Int
  /// From 1.
  public var month: Int
  public var day: Int

  public init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  /// Counted in years that begin in March, whose leap day is the last: 400 of them have 146,097
  /// days.
  public var daysSince1970: Int {
    let marchYear = month > 2 ? year : year - 1
    let era = (marchYear >= 0 ? marchYear : marchYear - 399) / 400
    let yearOfEra = marchYear - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  public init(daysSince1970 days: Int) {
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let part = (5 * dayOfYear + 2) / 153
    let month = part < 10 ? part + 3 : part - 9
    self.init(
      year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month,
      day: dayOfYear - (153 * part + 2) / 5 + 1)
  }
}
