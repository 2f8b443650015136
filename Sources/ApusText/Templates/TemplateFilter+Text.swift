internal import ApusJSON

extension TemplateRenderer {
  /// The filters that write a value as text, and those that change a text.
  mutating func text(
    _ filter: TemplateFilter, _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    switch filter {
    case .tojson: return .string(try json(value, arguments))
    case .fromJSON:
      try arguments.none()
      let text = try value.text(for: "from_json")
      // A value of two bytes becomes one of dozens.
      try budget.charge(scanning: 8 * text.utf8.count)
      try budget.reserve(elements: text.utf8.count)
      let json: JSON
      do throws(JSONError) {
        json = try JSON(parsing: text, limits: JSONLimits(valueCount: 1_000_000))
      } catch {
        throw TemplateError(.badValue, "from_json: \(error.message) at byte \(error.offset)")
      }
      return try TemplateValue(json)
    case .safe, .string:
      try arguments.none()
      if case .markup = value { return value }
      let text = try PythonText.text(of: value, budget)
      return filter == .safe ? .markup(text) : .string(text)
    case .escape, .e, .forceescape:
      try arguments.none()
      if case .markup = value, filter != .forceescape { return value }
      return .markup(try escaped(try PythonText.text(of: value, budget)))
    case .urlencode: return .string(try urlEncoded(value))
    default: break
    }
    let text = try PythonText.text(of: value, budget)
    let result = try changed(text, filter, arguments)
    if case .markup = value, filter != .replace, case .string(let text) = result {
      return .markup(text)
    }
    return result
  }

  private mutating func changed(
    _ text: String, _ filter: TemplateFilter, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    switch filter {
    case .trim:
      let characters = try arguments.bound(["chars"])[0].text(for: "trim")
      return .string(try stripped(text, of: characters, left: true, right: true))
    case .lower:
      try arguments.none()
      try charge(changingCaseOf: text)
      return .string(text.lowercased())
    case .upper:
      try arguments.none()
      try charge(changingCaseOf: text)
      return .string(text.uppercased())
    case .capitalize:
      try arguments.none()
      try charge(changingCaseOf: text)
      return .string(TextCase.capitalized(text))
    case .title:
      try arguments.none()
      try budget.reserve(bytes: text.utf8.count)
      try budget.charge(classifying: text.utf8.count)
      return .string(TextCase.titledWords(text))
    case .replace:
      let bound = try arguments.bound(["old", "new", "count"], required: 2)
      return .string(
        try replaced(
          text, try PythonText.text(of: bound[0] ?? .none, budget),
          by: try PythonText.text(of: bound[1] ?? .none, budget),
          limit: try bound[2].integer(for: "replace")))
    case .center:
      let width = try arguments.bound(["width"])[0].integer(for: "center") ?? 80
      return .string(try padded(.center, text, width: width, fill: " "))
    case .format:
      if arguments.keywords.isEmpty {
        return .string(try PythonFormat.percent(text, .tuple(arguments.positional), budget))
      }
      var dict = TemplateDict.Builder()
      for (name, value) in arguments.keywords { dict.set(name, value) }
      return .string(try PythonFormat.percent(text, .dict(try dict.dict()), budget))
    case .indent: return .string(try indented(text, arguments))
    case .truncate: return .string(try truncated(text, arguments))
    default:
      try arguments.none()
      try budget.charge(classifying: text.utf8.count)
      return .integer(Self.wordCount(text))
    }
  }

  private func json(
    _ value: TemplateValue, _ arguments: TemplateArguments
  ) throws(TemplateError) -> String {
    let bound = try arguments.bound(["ensure_ascii", "indent", "separators", "sort_keys"])
    var indent: String?
    if let value = bound[1], !value.isNone {
      if let text = value.string {
        indent = text
      } else {
        let width = max(try value.integer(for: "tojson"), 0)
        try budget.reserve(bytes: width)
        indent = Text.repeated(" ", width)
      }
    }
    var separators: (String, String)?
    if let value = bound[2], !value.isNone {
      let pair = try elements(of: value)
      guard pair.count == 2 else { throw TemplateError(.badValue, "tojson takes two separators") }
      separators = (try pair[0].text(for: "tojson"), try pair[1].text(for: "tojson"))
    }
    var writer = PythonJSON(
      indent: indent, separators: separators, isASCII: bound[0].isTrue, sortsKeys: bound[3].isTrue,
      budget)
    return try writer.text(of: value)
  }

  private func indented(
    _ text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> String {
    let bound = try arguments.bound(["width", "first", "blank"])
    let indent: String
    if let text = bound[0]?.string {
      indent = text
    } else {
      let width = max(try bound[0].integer(for: "indent") ?? 4, 0)
      try budget.reserve(bytes: width)
      indent = Text.repeated(" ", width)
    }
    // As Jinja: one newline is added, and splitting into lines takes it away again.
    try budget.reserve(bytes: text.utf8.count + 1)
    let lines = try lines(of: text + "\n")
    var result = BoundedText(budget)
    if bound[1].isTrue { try result.append(indent) }
    for (position, line) in lines.enumerated() {
      if position > 0 {
        try result.append("\n")
        if bound[2].isTrue || !line.isEmpty { try result.append(indent) }
      }
      try result.append(line)
    }
    return result.text
  }

  private func truncated(
    _ text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> String {
    let bound = try arguments.bound(["length", "killwords", "end", "leeway"])
    let length = try bound[0].integer(for: "truncate") ?? 255
    let end = try bound[2].text(for: "truncate") ?? "..."
    let leeway = try bound[3].integer(for: "truncate") ?? 5
    guard length >= Text.length(end), leeway >= 0 else {
      throw TemplateError(.badValue, "truncate to less than the length of its end")
    }
    try budget.charge(scanning: 2 * text.utf8.count)
    try budget.reserve(bytes: text.utf8.count)
    let scalars = text.unicodeScalars
    guard scalars.count - leeway > length else { return text }
    var kept = scalars.prefix(length - Text.length(end))
    if !bound[1].isTrue, let space = kept.lastIndex(of: " ") { kept = kept[..<space] }
    return String(kept) + end
  }

  private static func wordCount(_ text: String) -> Int {
    var count = 0
    var isInWord = false
    for scalar in text.unicodeScalars {
      let isWord = TextClass.isLetter(scalar) || TextClass.isNumeric(scalar) || scalar == "_"
      if isWord, !isInWord { count += 1 }
      isInWord = isWord
    }
    return count
  }

  private func urlEncoded(_ value: TemplateValue) throws(TemplateError) -> String {
    var pairs: [TemplateValue]
    switch value {
    case .dict(let dict): pairs = try items(of: dict)
    case .list(let list), .tuple(let list): pairs = list.elements
    default: return try quoted(try PythonText.text(of: value, budget), isQuery: false)
    }
    var result = BoundedText(budget)
    for (position, pair) in pairs.enumerated() {
      let pair = try elements(of: pair)
      guard pair.count == 2 else { throw TemplateError(.badValue, "urlencode takes pairs") }
      if position > 0 { try result.append("&") }
      try result.append(try quoted(try PythonText.text(of: pair[0], budget), isQuery: true))
      try result.append("=")
      try result.append(try quoted(try PythonText.text(of: pair[1], budget), isQuery: true))
    }
    return result.text
  }

  private func quoted(_ text: String, isQuery: Bool) throws(TemplateError) -> String {
    try budget.charge(scanning: 5 * text.utf8.count)
    try budget.reserve(bytes: text.utf8.count, times: 3)
    var result: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "-"), UInt8(ascii: "~"):
        result.append(byte)
      case UInt8(ascii: "/") where !isQuery: result.append(byte)
      case 0x20 where isQuery: result.append(UInt8(ascii: "+"))
      default:
        result.append(UInt8(ascii: "%"))
        for digit in [byte >> 4, byte & 15] {
          result.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "A") + digit - 10)
        }
      }
    }
    return Text.string(result)
  }
}
