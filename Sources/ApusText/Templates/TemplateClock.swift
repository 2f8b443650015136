#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A civil time and its formatting by `strftime`'s codes, in the C locale.
struct TemplateClock {
  var year = 1970
  var month = 1
  var day = 1
  var hour = 0
  var minute = 0
  var second = 0
  /// `+0200` and the like; empty where it is not known, as Python prints it.
  var offset = ""
  var zone = ""

  /// The clock's local time.
  static func current() -> TemplateClock {
    var seconds = time(nil)
    var fields = tm()
    localtime_r(&seconds, &fields)
    return TemplateClock(
      year: Int(fields.tm_year) + 1900, month: Int(fields.tm_mon) + 1, day: Int(fields.tm_mday),
      hour: Int(fields.tm_hour), minute: Int(fields.tm_min), second: Int(fields.tm_sec))
  }

  private init(year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int) {
    self.year = year
    self.month = month
    self.day = day
    self.hour = hour
    self.minute = minute
    self.second = second
  }

  /// ISO 8601: a date, and where given a time and an offset.
  init(_ text: String) throws(TemplateError) {
    let bytes = Array(text.utf8)
    func number(_ range: Range<Int>) -> Int? {
      guard range.upperBound <= bytes.count,
        bytes[range].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      else { return nil }
      return Int(String(decoding: bytes[range], as: UTF8.self))
    }
    let failure = TemplateError(.badValue, "'now' is no ISO 8601 time: '\(text.prefix(40))'")
    guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
      (1...12).contains(month), (1...31).contains(day), year > 0
    else { throw failure }
    self.init(year: year, month: month, day: day, hour: 0, minute: 0, second: 0)
    guard bytes.count > 10 else { return }
    guard let hour = number(11..<13), let minute = number(14..<16), hour < 24, minute < 60 else {
      throw failure
    }
    self.hour = hour
    self.minute = minute
    if let second = number(17..<19), second < 61 { self.second = second }
    let rest = bytes.dropFirst(16)
    if rest.last == UInt8(ascii: "Z") {
      (offset, zone) = ("+0000", "UTC")
    } else if let sign = rest.lastIndex(where: {
      $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
    }) {
      offset = String(decoding: bytes[sign...].filter { $0 != UInt8(ascii: ":") }, as: UTF8.self)
      zone = "UTC" + String(decoding: bytes[sign...], as: UTF8.self)
    }
  }

  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
  private static let days = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]

  private var isLeapYear: Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  /// 1 for the first of January.
  private var dayOfYear: Int {
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
    return before[month - 1] + day + (month > 2 && isLeapYear ? 1 : 0)
  }

  /// Days since the first of January of the year 1, a Monday.
  private var dayNumber: Int {
    let past = year - 1
    return past * 365 + past / 4 - past / 100 + past / 400 + dayOfYear - 1
  }

  /// 0 for Sunday.
  private var weekday: Int { (dayNumber + 1) % 7 }

  func formatted(_ format: String, _ budget: TemplateBudget) throws(TemplateError) -> String {
    try budget.charge(scanning: 100 * format.utf8.count)
    try budget.reserve(bytes: format.utf8.count, times: 12)
    var result = ""
    var scalars = format.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "%", var code = scalars.next() else {
        result.unicodeScalars.append(scalar)
        continue
      }
      // GNU's flags: no padding, or padding with spaces.
      var pad: Character? = "0"
      if code == "-" || code == "_" {
        pad = code == "-" ? nil : " "
        guard let next = scalars.next() else {
          result += "%" + String(code)
          break
        }
        code = next
      }
      result += field(code, pad) ?? "%" + String(code)
    }
    return result
  }

  private func field(_ code: Unicode.Scalar, _ pad: Character?) -> String? {
    func padded(_ number: Int, _ width: Int = 2, _ fill: Character? = nil) -> String {
      let digits = number.description
      guard let pad else { return digits }
      return Text.repeated(String(fill ?? pad), max(0, width - digits.utf8.count)) + digits
    }
    let hour12 = hour % 12 == 0 ? 12 : hour % 12
    let mondayBased = (weekday + 6) % 7
    return switch code {
    case "Y": year.description
    case "C": padded(year / 100)
    case "y": padded(year % 100)
    case "m": padded(month)
    case "d": padded(day)
    case "e": padded(day, 2, " ")
    case "B": Self.months[month - 1]
    case "b", "h": String(Self.months[month - 1].prefix(3))
    case "A": Self.days[weekday]
    case "a": String(Self.days[weekday].prefix(3))
    case "w": weekday.description
    case "u": (mondayBased + 1).description
    case "j": padded(dayOfYear, 3)
    case "U": padded((dayOfYear + 6 - weekday) / 7)
    case "W": padded((dayOfYear + 6 - mondayBased) / 7)
    case "H": padded(hour)
    case "k": padded(hour, 2, " ")
    case "I": padded(hour12)
    case "l": padded(hour12, 2, " ")
    case "M": padded(minute)
    case "S": padded(second)
    case "f": "000000"
    case "p": hour < 12 ? "AM" : "PM"
    case "P": hour < 12 ? "am" : "pm"
    case "z": offset
    case "Z": zone
    case "F": "\(year)-\(padded(month, 2, "0"))-\(padded(day, 2, "0"))"
    case "T", "X": "\(padded(hour, 2, "0")):\(padded(minute, 2, "0")):\(padded(second, 2, "0"))"
    case "R": "\(padded(hour, 2, "0")):\(padded(minute, 2, "0"))"
    case "D", "x":
      "\(padded(month, 2, "0"))/\(padded(day, 2, "0"))/\(padded(year % 100, 2, "0"))"
    case "c":
      "\(Self.days[weekday].prefix(3)) \(Self.months[month - 1].prefix(3))"
        + " \(padded(day, 2, " ")) \(padded(hour, 2, "0")):\(padded(minute, 2, "0"))"
        + ":\(padded(second, 2, "0")) \(year)"
    case "n": "\n"
    case "t": "\t"
    case "%": "%"
    default: nil
    }
  }
}
