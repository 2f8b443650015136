/// The values that describe a router, by the names of environment variables. What stands nearer
/// goes before: flags, the environment, `.env`, the file.
struct Settings: Sendable, Hashable {
  private let values: [String: String]
  /// What a file calls a value.
  private let places: [String: String]

  init(
    flags: [String: String], environment: [String: String], dotEnv: DotEnv,
    file: ConfigurationFile?
  ) {
    let nearer = dotEnv.values.merging(environment) { $1 }.merging(flags) { $1 }
    values = (file?.values ?? [:]).merging(nearer) { $1 }
    places = (file?.places ?? [:]).filter { nearer[$0.key] == nil }
      .mapValues { "\(file?.path ?? "") \($0)" }
  }

  /// As written.
  func written(_ name: String) -> String? { values[name] }

  /// Without blanks around it; `nil` where nothing else is there.
  func value(_ name: String) -> String? {
    guard let value = values[name]?.trimmingBlanks, !value.isEmpty else { return nil }
    return value
  }

  /// The first of several names that has a value.
  func value(_ names: [String]) -> String? {
    for name in names {
      if let value = value(name) { return value }
    }
    return nil
  }

  /// How a message names a value: by its variable, or by its place in the file.
  func place(_ name: String) -> String { places[name] ?? name }

  /// The parts between commas, without blanks around them.
  func list(_ name: String) -> [String] {
    (value(name) ?? "").split(separator: ",").map { String($0).trimmingBlanks }
      .filter { !$0.isEmpty }
  }
}

/// Reads settings of one kind each, and notes those that are of another.
struct SettingReader {
  let settings: Settings
  var problems: [ConfigurationProblem] = []

  init(_ settings: Settings) { self.settings = settings }

  mutating func note(_ name: String, _ message: String, omitsTier: Bool = false) {
    problems.append(
      ConfigurationProblem(
        name: settings.place(name), message: message, omitsTier: omitsTier))
  }

  /// - Parameter standard: What holds where nothing is said, or nothing that can be used.
  mutating func time(_ name: String, _ standard: Duration?) -> Duration? {
    guard let text = settings.value(name) else { return standard }
    if let milliseconds = Int(text), (1...86_400_000).contains(milliseconds) {
      return .milliseconds(milliseconds)
    }
    let used = standard.map { "\($0.wholeMilliseconds) is used" } ?? "none is used"
    note(name, "\(text) is no time in milliseconds; \(used)")
    return standard
  }

  mutating func number(_ name: String, _ range: ClosedRange<Double>) -> Double? {
    guard let text = settings.value(name) else { return nil }
    if let number = Double(text), range.contains(number) { return number }
    note(name, "\(text) is no number from \(range.lowerBound) to \(range.upperBound)")
    return nil
  }

  /// From 1.
  mutating func count(_ name: String) -> Int? {
    guard let text = settings.value(name) else { return nil }
    if let count = Int(text), count > 0 { return count }
    note(name, "\(text) is no whole number above 0")
    return nil
  }

  mutating func flag(_ name: String) -> Bool {
    switch Self.flag(settings.value(name)) {
    case .yes: return true
    case .no, .unsaid: return false
    case .other(let text):
      note(name, "\(text) is neither true nor false; false is used")
      return false
    }
  }

  enum Flag {
    case yes, no, unsaid
    case other(String)
  }

  static func flag(_ text: String?) -> Flag {
    switch text?.lowercased() {
    case nil: .unsaid
    case "true", "1", "yes", "on": .yes
    case "false", "0", "no", "off": .no
    case let other?: .other(other)
    }
  }

  /// `nil` where nothing is said.
  mutating func dollars(_ name: String) -> PicoDollars? {
    guard let text = settings.value(name) else { return nil }
    if let dollars = PicoDollars(dollars: text) { return dollars }
    note(name, "\(text) is no amount of dollars; 0 is used")
    // Better nothing spent than too much.
    return .zero
  }

  /// `a=b` with commas between them.
  mutating func pairs(_ name: String) -> [String: String] {
    var pairs: [String: String] = [:]
    for part in settings.list(name) {
      let sides = part.split(separator: "=", maxSplits: 1).map { String($0).trimmingBlanks }
      guard sides.count == 2, !sides[0].isEmpty, !sides[1].isEmpty else {
        note(name, "\(part) is no name=name")
        continue
      }
      pairs[sides[0]] = sides[1]
    }
    return pairs
  }
}
