/// Addresses of mail: `name@host.domain`.
struct EmailDetector: Detector {
  let category = Guard.Category.personal
  let kinds: [Guard.Kind] = [.email]
  let firstBytes: Set<UInt8> = UInt8.letters.union(UInt8.digits)

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    guard let at = text.run(from: start, limit: 65, Self.isLocal) else { return .undecided }
    guard let sign = text.byte(at) else { return text.isComplete ? .none : .undecided }
    guard sign == UInt8(ascii: "@"), at - start <= 64 else { return .none }
    guard
      var end = text.run(
        from: at + 1, limit: 256, { $0.isAlphanumeric || $0 == 0x2D || $0 == 0x2E })
    else { return .undecided }
    while end > at + 1, !text.bytes[end - 1].isAlphanumeric { end -= 1 }
    let labels = text.bytes[at + 1..<end].split(
      separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty }), let top = labels.last,
      top.count >= 2, top.allSatisfy(\.isLetter),
      // What programs for versions write before a host.
      !text.bytes[start..<at].elementsEqual("git".utf8)
    else { return .none }
    return .match(end: end, .email)
  }

  private static func isLocal(_ byte: UInt8) -> Bool {
    byte.isToken || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "+")
      || byte == UInt8(ascii: "%")
  }
}

/// Numbers that are written with blanks, dashes or nothing between their digits.
struct DigitRun {
  /// The digits themselves.
  var digits: [UInt8] = []
  var end: Int

  /// - Returns: `nil` where more may come.
  init?(_ text: ScanText, from start: Int, limit: Int, separators: Set<UInt8>) {
    var index = start
    end = start
    while digits.count <= limit {
      guard let byte = text.byte(index) else {
        guard text.isComplete else { return nil }
        return
      }
      if byte.isDigit {
        digits.append(byte - 0x30)
        index += 1
        end = index
      } else if separators.contains(byte), index == end {
        // One between two digits.
        index += 1
      } else {
        return
      }
    }
  }
}

/// Payment cards: 13 to 19 digits whose check digit is right (ISO/IEC 7812).
struct CardDetector: Detector {
  let category = Guard.Category.personal
  let kinds: [Guard.Kind] = [.card]
  let firstBytes: Set<UInt8> = Set("3456".utf8)

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    guard NumberPlace.beginsNumber(text, start) else { return .none }
    guard let run = DigitRun(text, from: start, limit: 19, separators: [0x20, 0x2D]) else {
      return .undecided
    }
    guard (13...19).contains(run.digits.count), Self.hasCheckDigit(run.digits) else { return .none }
    return NumberPlace.ends(text, run.end, .card)
  }

  static func hasCheckDigit(_ digits: [UInt8]) -> Bool {
    var sum = 0
    for (index, digit) in digits.reversed().enumerated() {
      let value = Int(digit) * (index % 2 == 0 ? 1 : 2)
      sum += value > 9 ? value - 9 : value
    }
    return sum % 10 == 0
  }
}

/// Social security numbers of the United States: `123-45-6789`.
struct SocialSecurityDetector: Detector {
  let category = Guard.Category.personal
  let kinds: [Guard.Kind] = [.socialSecurity]
  let firstBytes = UInt8.digits

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    guard NumberPlace.beginsNumber(text, start) else { return .none }
    var groups = [0, 0, 0]
    for (index, form) in "ddd-dd-dddd".utf8.enumerated() {
      guard let byte = text.byte(start + index) else {
        return text.isComplete ? .none : .undecided
      }
      if form == UInt8(ascii: "-") {
        guard byte == form else { return .none }
      } else {
        guard byte.isDigit else { return .none }
        let group = index < 3 ? 0 : index < 6 ? 1 : 2
        groups[group] = groups[group] * 10 + Int(byte - 0x30)
      }
    }
    // Numbers that are never given out.
    guard groups[0] != 0, groups[0] != 666, groups[0] < 900, groups[1] != 0, groups[2] != 0 else {
      return .none
    }
    return NumberPlace.ends(text, start + 11, .socialSecurity)
  }
}

/// Telephone numbers: international ones (`+49 171 1234567`), and those of North America with their
/// dashes (`(555) 123-4567`, `555-123-4567`).
struct PhoneDetector: Detector {
  let category = Guard.Category.personal
  let kinds: [Guard.Kind] = [.phone]
  let firstBytes = UInt8.digits.union(Array("+(".utf8))

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    guard NumberPlace.beginsNumber(text, start) else { return .none }
    switch text.bytes[start] {
    case UInt8(ascii: "+"):
      guard let run = DigitRun(text, from: start + 1, limit: 15, separators: Set(" -./".utf8))
      else { return .undecided }
      guard (8...15).contains(run.digits.count), run.digits[0] != 0 else { return .none }
      return NumberPlace.ends(text, run.end, .phone)
    case UInt8(ascii: "("): return form("(ddd) ddd-dddd", text, start)
    default: return form("ddd-ddd-dddd", text, start)
    }
  }

  private func form(_ form: String, _ text: ScanText, _ start: Int) -> Verdict {
    var index = start
    for expected in form.utf8 {
      guard let byte = text.byte(index) else { return text.isComplete ? .none : .undecided }
      guard expected == UInt8(ascii: "d") ? byte.isDigit : byte == expected else { return .none }
      index += 1
    }
    return NumberPlace.ends(text, index, .phone)
  }
}

/// Bank accounts (ISO 13616), the check digits included.
struct AccountDetector: Detector {
  let category = Guard.Category.personal
  let kinds: [Guard.Kind] = [.iban]
  let firstBytes: Set<UInt8> = Set(lengths.keys.compactMap { $0.utf8.first })
  /// By country (the registry of ISO 13616).
  private static let lengths: [String: Int] = [
    "AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24,
    "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21,
    "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21,
    "MC": 27, "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24,
    "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29,
  ]

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    guard let second = text.byte(start + 1) else { return text.isComplete ? .none : .undecided }
    let country = String(decoding: [text.bytes[start], second], as: UTF8.self)
    guard let length = Self.lengths[country] else { return .none }
    var characters: [UInt8] = []
    var index = start
    while characters.count < length {
      guard let byte = text.byte(index) else { return text.isComplete ? .none : .undecided }
      if byte.isDigit || byte.isUppercase {
        guard characters.count < 2 || characters.count > 3 || byte.isDigit else { return .none }
        characters.append(byte)
      } else if byte != 0x20 || characters.count < 4 || text.byte(index - 1) == 0x20 {
        return .none
      }
      index += 1
    }
    guard Self.remainder(characters) == 1 else { return .none }
    return NumberPlace.ends(text, index, .iban)
  }

  private static func remainder(_ characters: [UInt8]) -> Int {
    (characters[4...] + characters[..<4]).reduce(0) { rest, byte in
      byte.isDigit
        ? (rest * 10 + Int(byte - 0x30)) % 97 : (rest * 100 + Int(byte - 0x41) + 10) % 97
    }
  }
}

/// Addresses of machines, of version 4.
struct MachineAddressDetector: Detector {
  let category = Guard.Category.personal
  let kinds: [Guard.Kind] = [.ipAddress]
  let firstBytes = UInt8.digits

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    guard NumberPlace.beginsNumber(text, start) else { return .none }
    var index = start
    for part in 0..<4 {
      guard let end = text.run(from: index, limit: 4, \.isDigit) else { return .undecided }
      guard (1...3).contains(end - index),
        text.bytes[index..<end].reduce(0, { $0 * 10 + Int($1 - 0x30) }) <= 255
      else { return .none }
      index = end
      guard part < 3 else { break }
      guard let dot = text.byte(index) else { return text.isComplete ? .none : .undecided }
      guard dot == UInt8(ascii: ".") else { return .none }
      index += 1
    }
    return NumberPlace.ends(text, index, .ipAddress)
  }
}

/// Where numbers begin and end: not in the middle of longer ones.
enum NumberPlace {
  static func beginsNumber(_ text: ScanText, _ start: Int) -> Bool {
    guard let before = text.byte(start - 1) else { return true }
    if "+-.".utf8.contains(before) { return false }
    return !(before.isBlank && text.byte(start - 2)?.isDigit == true)
  }

  static func ends(_ text: ScanText, _ end: Int, _ kind: Guard.Kind) -> Verdict {
    guard let next = text.byte(end) else {
      return text.isComplete ? .match(end: end, kind) : .undecided
    }
    if next.isToken { return .none }
    guard next == UInt8(ascii: ".") else { return .match(end: end, kind) }
    // The end of a sentence, or of the first half of something longer.
    guard let after = text.byte(end + 1) else {
      return text.isComplete ? .match(end: end, kind) : .undecided
    }
    return after.isDigit ? .none : .match(end: end, kind)
  }
}
