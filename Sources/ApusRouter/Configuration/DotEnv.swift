/// A `.env` file: `NAME=value` lines, `#` comments, values in single or double quotes, an optional
/// `export` before the name.
public struct DotEnv: Sendable, Hashable {
  public struct Entry: Sendable, Hashable {
    /// As written, so that blanks around a name can be told.
    public var name: String
    public var value: String
    /// From 1.
    public var line: Int
  }

  public private(set) var entries: [Entry] = []
  /// Numbers of the lines that are neither entries nor comments.
  public private(set) var badLines: [Int] = []

  public init(_ text: String) {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, raw) in lines.enumerated() {
      var line = raw.drop { $0 == " " || $0 == "\t" }
      if line.isEmpty || line.first == "#" { continue }
      if line.hasPrefix("export ") { line = line.dropFirst(7) }
      guard let equals = line.firstIndex(of: "="), equals != line.startIndex else {
        badLines.append(index + 1)
        continue
      }
      entries.append(
        Entry(
          name: String(line[..<equals]), value: Self.value(line[line.index(after: equals)...]),
          line: index + 1))
    }
  }

  /// Values by name; blanks around a name do not count, the last of several holds.
  public var values: [String: String] {
    Dictionary(entries.map { ($0.name.trimmingBlanks, $0.value) }, uniquingKeysWith: { $1 })
  }

  private static func value(_ text: Substring) -> String {
    let text = text.drop { $0 == " " || $0 == "\t" }
    if let quote = text.first, quote == "\"" || quote == "'" {
      var result = ""
      var isEscaped = false
      for character in text.dropFirst() {
        if isEscaped {
          result.append(character == "n" ? "\n" : character)
          isEscaped = false
        } else if character == "\\" && quote == "\"" {
          isEscaped = true
        } else if character == quote {
          return result
        } else {
          result.append(character)
        }
      }
      return result
    }
    // A comment begins at a # after a blank: keys may contain the character itself.
    var end = text.endIndex
    var previous: Character = " "
    for index in text.indices {
      if text[index] == "#" && (previous == " " || previous == "\t") {
        end = index
        break
      }
      previous = text[index]
    }
    return String(text[..<end]).trimmingBlanks
  }
}

extension String {
  var trimmingBlanks: String {
    var text = self[...]
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return String(text)
  }
}
