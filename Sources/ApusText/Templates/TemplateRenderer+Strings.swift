/// The methods of strings.
extension TemplateRenderer {
  mutating func call(
    _ method: TemplateMethod, of text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    try budget.charge(bytes: text.utf8.count)
    switch method {
    case .format: return .string(try PythonFormat.braces(text, arguments, &self))
    case .split, .rsplit: return try split(text, arguments, fromEnd: method == .rsplit)
    case .replace: return try replace(text, arguments)
    case .join:
      return .string(try joined(try elements(of: try arguments.single("iterable")), by: text))
    case .strip, .lstrip, .rstrip:
      let characters = try arguments.bound(["chars"])[0].text(for: arguments.name)
      return .string(
        try stripped(text, of: characters, left: method != .rstrip, right: method != .lstrip))
    case .startswith, .endswith: return .bool(try affix(method, text, arguments))
    case .removeprefix, .removesuffix: return .string(try removing(method, text, arguments))
    case .find, .rfind, .index, .rindex, .count: return try find(method, text, arguments)
    case .partition, .rpartition: return try partition(method, text, arguments)
    case .splitlines:
      let keepsEnds = try arguments.bound(["keepends"])[0].isTrue
      return try strings(Self.lines(of: text, keepsEnds: keepsEnds))
    case .center, .ljust, .rjust, .zfill, .expandtabs:
      return .string(try padded(method, text, arguments))
    default:
      try arguments.none()
      if let isTrue = TextClass.holds(method, text) { return .bool(isTrue) }
      return .string(TextCase.changed(text, method))
    }
  }

  private func strings(_ texts: [String]) throws(TemplateError) -> TemplateValue {
    try budget.charge(texts.count)
    return try .list(texts.map { .string($0) })
  }

  func joined(_ elements: [TemplateValue], by separator: String) throws(TemplateError) -> String {
    var result = BoundedText()
    for (position, element) in elements.enumerated() {
      if position > 0 { try result.append(separator) }
      guard let text = element.string else {
        throw TemplateError(
          .badValue, "join takes strings, not a value of type \(element.typeName)")
      }
      try result.append(text)
    }
    try budget.charge(bytes: result.text.utf8.count)
    return result.text
  }

  // MARK: - Ends

  func stripped(
    _ text: String, of characters: String?, left: Bool, right: Bool
  ) throws(TemplateError) -> String {
    try budget.charge(bytes: text.utf8.count)
    let set = characters.map { Set($0.unicodeScalars) }
    func isStripped(_ scalar: Unicode.Scalar) -> Bool {
      set?.contains(scalar) ?? Whitespace.contains(scalar)
    }
    var scalars = Substring(text).unicodeScalars
    if left { scalars = scalars.drop(while: isStripped) }
    while right, let last = scalars.last, isStripped(last) { scalars.removeLast() }
    return String(scalars)
  }

  private func affix(
    _ method: TemplateMethod, _ text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> Bool {
    let bound = try arguments.bound(["prefix", "start", "end"], required: 1)
    guard let wanted = bound[0] else { return false }
    var candidates = [wanted]
    if case .tuple(let list) = wanted { candidates = list.elements }
    let part = try portion(of: Array(text.utf8), bound[1], bound[2])
    for candidate in candidates {
      let bytes = try candidate.text(for: method.rawValue).utf8
      try budget.charge(bytes: bytes.count)
      guard let part, bytes.count <= part.count else { continue }
      let end = method == .startswith ? part.prefix(bytes.count) : part.suffix(bytes.count)
      if end.elementsEqual(bytes) { return true }
    }
    return false
  }

  private func removing(
    _ method: TemplateMethod, _ text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> String {
    let affix = Array(try arguments.single("affix").text(for: method.rawValue).utf8)
    let bytes = Array(text.utf8)
    guard affix.count <= bytes.count else { return text }
    if method == .removeprefix {
      return bytes.starts(with: affix) ? Text.string(bytes.dropFirst(affix.count)) : text
    }
    return bytes.suffix(affix.count).elementsEqual(affix)
      ? Text.string(bytes.dropLast(affix.count)) : text
  }

  /// The bytes between two code points, `nil` where the start lies beyond the end.
  private func portion(
    of bytes: [UInt8], _ start: TemplateValue?, _ end: TemplateValue?
  ) throws(TemplateError) -> ArraySlice<UInt8>? {
    guard start != nil || end != nil else { return bytes[...] }
    let count = Text.index(ofByte: bytes.count, in: bytes)
    func place(_ index: Int) -> Int { max(index < 0 ? index + count : index, 0) }
    let from = place(try start.integer(for: "start") ?? 0)
    let to = min(place(try end.integer(for: "end") ?? count), count)
    guard from <= to else { return nil }
    return bytes[Text.byte(ofIndex: from, in: bytes)..<Text.byte(ofIndex: to, in: bytes)]
  }

  // MARK: - Search

  private func find(
    _ method: TemplateMethod, _ text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    let bound = try arguments.bound(["sub", "start", "end"], required: 1)
    let needle = Array(try (bound[0] ?? .none).text(for: method.rawValue).utf8)
    let bytes = Array(text.utf8)
    var place: Int?
    if let part = try portion(of: bytes, bound[1], bound[2]) {
      let slice = Array(part)
      if method == .count {
        let count =
          needle.isEmpty
          ? Text.index(ofByte: slice.count, in: slice) + 1
          : Text.occurrences(of: needle, in: slice).count
        return .integer(count)
      }
      if method == .find || method == .index {
        place = needle.isEmpty ? 0 : Text.occurrences(of: needle, in: slice, limit: 1).first
      } else {
        place = needle.isEmpty ? slice.count : Text.lastOccurrence(of: needle, in: slice)
      }
      place = place.map { Text.index(ofByte: part.startIndex + $0, in: bytes) }
    }
    if method == .count { return .integer(0) }
    guard place != nil || method == .find || method == .rfind else {
      throw TemplateError(.badValue, "\(method.rawValue): the text does not occur")
    }
    return .integer(place ?? -1)
  }

  private func partition(
    _ method: TemplateMethod, _ text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    let separator = Array(try arguments.single("sep").text(for: method.rawValue).utf8)
    guard !separator.isEmpty else { throw TemplateError(.badValue, "an empty separator") }
    let bytes = Array(text.utf8)
    let place =
      method == .partition
      ? Text.occurrences(of: separator, in: bytes, limit: 1).first
      : Text.lastOccurrence(of: separator, in: bytes)
    guard let place else {
      let parts = method == .partition ? [text, "", ""] : ["", "", text]
      return try .tuple(parts.map { .string($0) })
    }
    return try .tuple([
      .string(Text.string(bytes[..<place])), .string(Text.string(separator)),
      .string(Text.string(bytes[(place + separator.count)...])),
    ])
  }

  func replaced(
    _ text: String, _ old: String, by new: String, limit: Int?
  ) throws(TemplateError) -> String {
    let limit = limit.map { $0 < 0 ? Int.max : $0 } ?? .max
    try budget.charge(bytes: text.utf8.count + old.utf8.count)
    let needle = Array(old.utf8)
    let bytes = Array(text.utf8)
    if needle.isEmpty {
      // Before every character and at the end.
      let count = min(Text.index(ofByte: bytes.count, in: bytes) + 1, limit)
      try budget.charge(count)
      try budget.reserve(bytes: new.utf8.count, times: count)
      try budget.reserve(bytes: bytes.count + new.utf8.count * count)
      var result = ""
      for (position, scalar) in text.unicodeScalars.enumerated() {
        if position < count { result += new }
        result.unicodeScalars.append(scalar)
      }
      if Text.index(ofByte: bytes.count, in: bytes) < count { result += new }
      return result
    }
    let places = Text.occurrences(of: needle, in: bytes, limit: limit)
    guard !places.isEmpty else { return text }
    try budget.reserve(bytes: new.utf8.count, times: places.count)
    try budget.reserve(
      bytes: bytes.count + (new.utf8.count - needle.count) * places.count)
    var result: [UInt8] = []
    var end = 0
    for place in places {
      result += bytes[end..<place]
      result += Array(new.utf8)
      end = place + needle.count
    }
    result += bytes[end...]
    return Text.string(result)
  }

  private func replace(
    _ text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
    let bound = try arguments.bound(["old", "new", "count"], required: 2)
    return .string(
      try replaced(
        text, try (bound[0] ?? .none).text(for: "replace"),
        by: try (bound[1] ?? .none).text(for: "replace"),
        limit: try bound[2].integer(for: "replace")))
  }

  // MARK: - Parts

  private func split(
    _ text: String, _ arguments: TemplateArguments, fromEnd: Bool
  ) throws(TemplateError) -> TemplateValue {
    let bound = try arguments.bound(["sep", "maxsplit"])
    let requested = try bound[1].integer(for: "split") ?? -1
    let limit = requested < 0 ? Int.max : requested
    let bytes = Array(text.utf8)
    guard let separator = try bound[0].text(for: "split") else {
      return try strings(Self.words(of: bytes, limit: limit, fromEnd: fromEnd))
    }
    guard !separator.isEmpty else { throw TemplateError(.badValue, "split: an empty separator") }
    let needle = Array(separator.utf8)
    var places: [Int]
    if fromEnd {
      places = Text.occurrences(of: needle.reversed(), in: bytes.reversed(), limit: limit)
        .map { bytes.count - $0 - needle.count }
      places.reverse()
    } else {
      places = Text.occurrences(of: needle, in: bytes, limit: limit)
    }
    var parts: [String] = []
    var start = 0
    for place in places {
      parts.append(Text.string(bytes[start..<place]))
      start = place + needle.count
    }
    parts.append(Text.string(bytes[start...]))
    return try strings(parts)
  }

  /// The parts between spaces; what the limit leaves over keeps its spaces inside.
  private static func words(of bytes: [UInt8], limit: Int, fromEnd: Bool) -> [String] {
    var words: [Range<Int>] = []
    var offset = 0
    while offset < bytes.count {
      let width = Whitespace.width(at: offset, in: bytes)
      if width > 0 {
        offset += width
        continue
      }
      let start = offset
      while offset < bytes.count, Whitespace.width(at: offset, in: bytes) == 0 { offset += 1 }
      words.append(start..<offset)
    }
    guard words.count > limit else { return words.map { Text.string(bytes[$0]) } }
    if fromEnd {
      let rest = bytes[..<words[words.count - limit - 1].upperBound]
      return [Text.string(rest)] + words.suffix(limit).map { Text.string(bytes[$0]) }
    }
    return words.prefix(limit).map { Text.string(bytes[$0]) }
      + [Text.string(bytes[words[limit].lowerBound...])]
  }

  static func lines(of text: String, keepsEnds: Bool = false) -> [String] {
    var lines: [String] = []
    var line = String.UnicodeScalarView()
    var afterReturn = false
    for scalar in text.unicodeScalars {
      if afterReturn {
        afterReturn = false
        if scalar == "\n" {
          if keepsEnds { line.append(scalar) }
          lines.append(String(line))
          line = String.UnicodeScalarView()
          continue
        }
        lines.append(String(line))
        line = String.UnicodeScalarView()
      }
      switch scalar {
      case "\r":
        afterReturn = true
        if keepsEnds { line.append(scalar) }
      case "\n", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}":
        if keepsEnds { line.append(scalar) }
        lines.append(String(line))
        line = String.UnicodeScalarView()
      default: line.append(scalar)
      }
    }
    if afterReturn || !line.isEmpty { lines.append(String(line)) }
    return lines
  }

  // MARK: - Width

  private func padded(
    _ method: TemplateMethod, _ text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> String {
    if method == .expandtabs {
      return try expanded(text, tab: try arguments.bound(["tabsize"])[0].integer(for: "tabs") ?? 8)
    }
    let bound = try arguments.bound(["width", "fillchar"], required: 1)
    let width = try bound[0].integer(for: method.rawValue) ?? 0
    let fill = try bound[1].text(for: method.rawValue) ?? " "
    guard Text.length(fill) == 1 else { throw TemplateError(.badValue, "a fill of one character") }
    return try padded(method, text, width: width, fill: fill)
  }

  func padded(
    _ method: TemplateMethod, _ text: String, width: Int, fill: String
  ) throws(TemplateError) -> String {
    let length = Text.length(text)
    guard width > length else { return text }
    let missing = width - length
    try budget.reserve(bytes: fill.utf8.count, times: missing)
    try budget.reserve(bytes: fill.utf8.count * missing + text.utf8.count)
    func fills(_ count: Int) -> String { Text.repeated(fill, count) }
    switch method {
    case .ljust: return text + fills(missing)
    case .rjust: return fills(missing) + text
    case .zfill:
      let isSigned = text.utf8.first == UInt8(ascii: "-") || text.utf8.first == UInt8(ascii: "+")
      let sign = isSigned ? text.utf8.prefix(1) : text.utf8.prefix(0)
      let zeros = Text.repeated("0", missing)
      return Text.string(sign) + zeros + Text.string(text.utf8.dropFirst(sign.count))
    default:
      // Python puts the odd one left when the width is odd.
      let left = missing / 2 + (missing & width & 1)
      return fills(left) + text + fills(missing - left)
    }
  }

  private func expanded(_ text: String, tab: Int) throws(TemplateError) -> String {
    var result = BoundedText()
    var column = 0
    for scalar in text.unicodeScalars {
      if scalar == "\t" {
        let count = tab > 0 ? tab - column % tab : 0
        try budget.reserve(bytes: count)
        try result.append(Text.repeated(" ", count))
        column += count
      } else {
        try result.append(String(scalar))
        column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
      }
    }
    return result.text
  }
}
