/// The methods of strings.
extension TemplateRenderer {
  mutating func call(
    _ method: TemplateMethod, of text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> TemplateValue {
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
      return try strings(try lines(of: text, keepsEnds: keepsEnds))
    case .center, .ljust, .rjust, .zfill, .expandtabs:
      return .string(try padded(method, text, arguments))
    default:
      try arguments.none()
      if method.changesCase {
        try charge(changingCaseOf: text)
        if method == .title || method == .swapcase {
          try budget.charge(classifying: text.utf8.count)
        }
        return .string(TextCase.changed(text, method))
      }
      try budget.charge(classifying: text.utf8.count)
      return .bool(TextClass.holds(method, text) ?? false)
    }
  }

  /// What upper and lower case take: ASCII is fast.
  func charge(changingCaseOf text: String) throws(TemplateError) {
    try budget.charge(scanning: text.utf8.count)
    try budget.reserve(bytes: text.utf8.count)
    if !text.utf8.allSatisfy({ $0 < 0x80 }) { try budget.charge(classifying: text.utf8.count) }
  }

  private func strings(_ texts: [String]) throws(TemplateError) -> TemplateValue {
    try .list(texts.map { .string($0) })
  }

  func joined(_ elements: [TemplateValue], by separator: String) throws(TemplateError) -> String {
    var result = BoundedText(budget)
    for (position, element) in elements.enumerated() {
      if position > 0 { try result.append(separator) }
      guard let text = element.string else {
        throw TemplateError(
          .badValue, "join takes strings, not a value of type \(element.typeName)")
      }
      try result.append(text)
    }
    return result.text
  }

  // MARK: - Ends

  func stripped(
    _ text: String, of characters: String?, left: Bool, right: Bool
  ) throws(TemplateError) -> String {
    try budget.reserve(bytes: text.utf8.count)
    if let characters { try budget.charge(scanning: 4 * characters.utf8.count) }
    let set = characters.map { Set($0.unicodeScalars) }
    func isStripped(_ scalar: Unicode.Scalar) throws(TemplateError) -> Bool {
      try budget.charge(8)
      return set?.contains(scalar) ?? Whitespace.contains(scalar)
    }
    let scalars = text.unicodeScalars
    var (start, end) = (scalars.startIndex, scalars.endIndex)
    if left {
      while start < end, try isStripped(scalars[start]) { start = scalars.index(after: start) }
    }
    if right {
      while start < end {
        let last = scalars.index(before: end)
        guard try isStripped(scalars[last]) else { break }
        end = last
      }
    }
    return String(text[start..<end])
  }

  private func affix(
    _ method: TemplateMethod, _ text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> Bool {
    let bound = try arguments.bound(["prefix", "start", "end"], required: 1)
    guard let wanted = bound[0] else { return false }
    var candidates = [wanted]
    if case .tuple(let list) = wanted { candidates = list.elements }
    let isPart = bound[1] != nil || bound[2] != nil
    if isPart { try budget.charge(scanning: 2 * text.utf8.count) }
    let part = isPart ? try portion(of: Array(text.utf8), bound[1], bound[2]) : nil
    for candidate in candidates {
      let bytes = try candidate.text(for: method.rawValue).utf8
      try budget.charge(scanning: bytes.count)
      let end: Bool
      if isPart {
        guard let part, bytes.count <= part.count else { continue }
        end =
          method == .startswith
          ? part.starts(with: bytes) : part.suffix(bytes.count).elementsEqual(bytes)
      } else {
        end =
          method == .startswith
          ? text.utf8.starts(with: bytes) : text.utf8.suffix(bytes.count).elementsEqual(bytes)
      }
      if end { return true }
    }
    return false
  }

  private func removing(
    _ method: TemplateMethod, _ text: String, _ arguments: TemplateArguments
  ) throws(TemplateError) -> String {
    try budget.reserve(bytes: text.utf8.count)
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
    try budget.charge(scanning: 3 * text.utf8.count + needle.count)
    let bytes = Array(text.utf8)
    var place: Int?
    if let part = try portion(of: bytes, bound[1], bound[2]) {
      let slice = Array(part)
      if method == .count {
        let count =
          needle.isEmpty
          ? Text.index(ofByte: slice.count, in: slice) + 1
          : Text.occurrenceCount(of: needle, in: slice)
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
    try budget.charge(scanning: 2 * text.utf8.count + separator.count)
    try budget.reserve(bytes: text.utf8.count)
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
    try budget.charge(scanning: 2 * text.utf8.count + old.utf8.count)
    let needle = Array(old.utf8)
    let bytes = Array(text.utf8)
    if needle.isEmpty {
      // Before every character and at the end.
      let count = min(Text.index(ofByte: bytes.count, in: bytes) + 1, limit)
      try budget.charge(8 * bytes.count)
      try budget.reserve(bytes: new.utf8.count, times: count)
      try budget.reserve(bytes: bytes.count, after: new.utf8.count * count)
      var result = ""
      for (position, scalar) in text.unicodeScalars.enumerated() {
        if position < count { result += new }
        result.unicodeScalars.append(scalar)
      }
      if Text.index(ofByte: bytes.count, in: bytes) < count { result += new }
      return result
    }
    let count = Text.occurrenceCount(of: needle, in: bytes, limit: limit)
    guard count > 0 else { return text }
    try budget.reserve(elements: count)
    try budget.reserve(bytes: new.utf8.count, times: count)
    try budget.reserve(
      bytes: bytes.count - needle.count * count, after: new.utf8.count * count)
    let places = Text.occurrences(of: needle, in: bytes, limit: limit)
    var result: [UInt8] = []
    var end = 0
    for place in places {
      result += bytes[end..<place]
      result += new.utf8
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
    try budget.charge(scanning: 2 * bytes.count)
    try budget.reserve(bytes: bytes.count)
    guard let separator = try bound[0].text(for: "split") else {
      return try strings(try words(of: bytes, limit: limit, fromEnd: fromEnd))
    }
    guard !separator.isEmpty else { throw TemplateError(.badValue, "split: an empty separator") }
    let needle = Array(separator.utf8)
    try budget.reserve(
      elements: Text.occurrenceCount(of: needle, in: bytes, limit: limit) + 1)
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
  private func words(
    of bytes: [UInt8], limit: Int, fromEnd: Bool
  ) throws(TemplateError) -> [String] {
    var words: [Range<Int>] = []
    var offset = 0
    while offset < bytes.count {
      let width = Whitespace.width(at: offset, in: bytes)
      if width > 0 {
        offset += width
        continue
      }
      let start = offset
      try budget.reserve(elements: 2)
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

  func lines(of text: String, keepsEnds: Bool = false) throws(TemplateError) -> [String] {
    try budget.charge(scanning: 2 * text.utf8.count)
    try budget.reserve(bytes: text.utf8.count)
    let bytes = Array(text.utf8)
    var lines: [String] = []
    var (start, offset) = (0, 0)
    while offset < bytes.count {
      let width = Whitespace.lineEnd(at: offset, in: bytes)
      if width > 0 {
        try budget.reserve(elements: 1)
        lines.append(Text.string(bytes[start..<(keepsEnds ? offset + width : offset)]))
        start = offset + width
      }
      offset += max(width, 1)
    }
    if start < bytes.count { lines.append(Text.string(bytes[start...])) }
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
    try budget.reserve(bytes: text.utf8.count, after: fill.utf8.count * missing)
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
    var result = BoundedText(budget)
    var column = 0
    for scalar in text.unicodeScalars {
      try budget.charge(24)
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
