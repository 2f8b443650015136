import ApusCore

/// Tells from its words what a request is for. Rules, not a model: it has to be done in
/// microseconds, and whoever knows better says so (`RouteOptions.task`).
enum TaskClassifier {
  /// Bytes of the prompt that are looked at: what is wanted stands at its beginning or its end.
  private static let span = 2048

  /// Words that point to a class, and how strongly. Whole words, in lower case.
  private static let words: [String: (TaskClass, Int)] = {
    var table: [String: (TaskClass, Int)] = [:]
    func add(_ task: TaskClass, _ weight: Int, _ words: String) {
      for word in words.split(separator: " ") { table[String(word)] = (task, weight) }
    }
    add(
      .code, 3,
      "python javascript typescript swift kotlin rust golang sql html css regex bash api json "
        + "refactor debug compile compiler stacktrace traceback segfault unittest codebase")
    add(
      .code, 2,
      "code function method class bug script algorithm program query endpoint loop array variable "
        + "implement exception syntax")
    add(
      .creative, 3,
      "poem story haiku lyrics sonnet limerick fairytale novel screenplay slogan rhyme")
    add(.creative, 2, "invent imagine fictional song tale brainstorm joke dialogue creative")
    add(
      .analysis, 3,
      "analyze analyse analysis compare comparison evaluate summarize summarise summary assess "
        + "contrast critique")
    add(.analysis, 2, "review pros cons trend trends report implications findings data")
    add(.question, 2, "what who when where why which how whose")
    add(.question, 1, "is are does do did can could should capital many much explain define")
    return table
  }()

  /// Marks of programs, which no other text has.
  private static let codeMarks = [
    "```", "();", "{\n", "def ", "#include", "func ", "import ", "=>", "</", "SELECT ", "==",
  ]

  static func task(of request: Request) -> TaskClass {
    if let task = request.route.task { return task }
    switch request.prompt {
    case .text(let text): return task(of: text)
    case .messages(let messages):
      return task(of: messages.last { $0.role == .user }?.content ?? "")
    }
  }

  static func task(of text: String) -> TaskClass {
    let ends = ends(of: text)
    var scores: [TaskClass: Int] = [:]
    for mark in codeMarks where ends.contains(mark) { scores[.code, default: 0] += 3 }
    var isFirst = true
    for word in ends.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
      if let (task, weight) = words[word.lowercased()] {
        // What a request begins with is what it asks for.
        scores[task, default: 0] += isFirst ? 2 * weight : weight
      }
      isFirst = false
    }
    if ends.last(where: { !$0.isWhitespace }) == "?" { scores[.question, default: 0] += 2 }
    // Of equals the first: the words of a question are the least sure signs.
    let order: [TaskClass] = [.code, .creative, .analysis, .question]
    let best = order.max { (scores[$0] ?? 0) < (scores[$1] ?? 0) } ?? .general
    return scores[best] ?? 0 >= 2 ? best : .general
  }

  private static func ends(of text: String) -> String {
    guard text.utf8.count > 2 * span else { return text }
    let head = String(decoding: text.utf8.prefix(span), as: UTF8.self)
    return head + "\n" + String(decoding: text.utf8.suffix(span), as: UTF8.self)
  }
}
