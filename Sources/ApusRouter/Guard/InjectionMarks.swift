/// Phrases that are meant to be obeyed: by a model, a shell, a database, a template, a browser. They
/// occur in honest text too, so by default they are only flagged.
struct InjectionMarks: Detector {
  let category = Guard.Category.injection
  let kinds: [Guard.Kind]
  let firstBytes: Set<UInt8>
  let beginsAtWords = false
  private let phrases: [UInt8: [Phrase]]

  /// Words with blanks between them; of each place one of several, none where one of them is empty.
  struct Phrase: Sendable, Hashable {
    var kind: Guard.Kind
    var places: [[[UInt8]]]
    /// Whether it must stand apart from letters before and after it.
    var isOfWords: Bool

    /// - Parameter places: In lower case.
    init(_ kind: Guard.Kind, _ places: [[String]], isOfWords: Bool = false) {
      self.kind = kind
      self.isOfWords = isOfWords
      // The longest that fits counts.
      self.places = places.map { $0.map { Array($0.utf8) }.sorted { $0.count > $1.count } }
    }
  }

  private static let all: [Phrase] = {
    let words: [[[String]]] = [
      [
        ["ignore", "disregard", "forget", "override"], ["", "all", "any", "every"], ["", "of"],
        ["", "the", "your", "my"],
        ["previous", "prior", "above", "earlier", "preceding", "former"],
        [
          "instructions", "instruction", "prompts", "prompt", "rules", "directions", "commands",
          "guidelines", "messages",
        ],
      ],
      [
        ["ignore", "disregard", "forget"], ["everything", "all", "what"],
        ["above", "before", "i said", "you were told"],
      ],
      [
        ["reveal", "print", "show", "repeat", "output", "leak"], ["", "me"], ["your", "the"],
        ["", "hidden", "initial", "original"],
        ["system prompt", "system message", "initial instructions"],
      ],
      [["you are now"], ["dan", "in developer mode", "unrestricted", "jailbroken"]],
      [["do anything now", "developer mode enabled"]],
    ]
    let literals: [(Guard.Kind, [[String]])] = [
      (.promptInjection, [["<|im_start|>", "<|system|>", "[inst]", "<<sys>>"]]),
      (.shellInjection, [["; rm", "&& rm", "| rm"], ["-rf", "-fr", "-r "]]),
      (.shellInjection, [["rm -rf"], ["/", "~", "*"]]),
      (.shellInjection, [["| sh", "| bash", "|sh", "|bash"]]),
      (.shellInjection, [["$(curl", "$(wget", "$(rm", "`curl", "`wget", "`rm "]]),
      (.shellInjection, [["; curl", "; wget"], ["http"]]),
      (.shellInjection, [["/dev/tcp/", ":(){ :|:&"]]),
      (.sqlInjection, [["' or", "\" or"], ["'1'='1", "\"1\"=\"1", "1=1", "''='"]]),
      (.sqlInjection, [["; drop", "'; drop"], ["table", "database"]]),
      (.sqlInjection, [["union select", "union all select", "xp_cmdshell"]]),
      (.templateInjection, [["${jndi:", "{{7*7}}", "{{config", "{{self.", "<%=", "#{system("]]),
      (.scriptInjection, [["<script", "javascript:", "onerror=", "onload=", "document.cookie"]]),
      (.scriptInjection, [["os.system(", "__import__(", "eval(atob(", "subprocess.popen("]]),
    ]
    return words.map { Phrase(.promptInjection, $0, isOfWords: true) }
      + literals.map { Phrase($0.0, $0.1) }
  }()

  init() { self.init(Self.all) }

  init(_ phrases: [Phrase]) {
    kinds = Array(Set(phrases.map(\.kind)))
    var byFirst: [UInt8: [Phrase]] = [:]
    for phrase in phrases {
      for first in Set(phrase.places[0].compactMap(\.first)) {
        byFirst[first, default: []].append(phrase)
      }
    }
    firstBytes = Set(byFirst.keys.flatMap { [$0, $0.isLowercase ? $0 - 0x20 : $0] })
    self.phrases = byFirst
  }

  func verdict(_ text: ScanText, at start: Int) -> Verdict {
    for phrase in phrases[text.bytes[start].lowercased] ?? [] {
      let verdict = verdict(phrase, text, start)
      if verdict != .none { return verdict }
    }
    return .none
  }

  private static let mostBlanks = 8

  private func verdict(_ phrase: Phrase, _ text: ScanText, _ start: Int) -> Verdict {
    if phrase.isOfWords, !text.beginsWord(start) { return .none }
    var index = start
    var isFirst = true
    for place in phrase.places {
      var next = index
      if !isFirst {
        guard let end = text.run(from: index, limit: Self.mostBlanks, \.isSpace) else {
          return .undecided
        }
        next = end
      }
      guard isFirst || next > index || !phrase.isOfWords else {
        // Nothing between: only a place that may be empty goes with that.
        if place.contains([]) { continue }
        return .none
      }
      switch choice(place, text, next, isOfWords: phrase.isOfWords) {
      case nil: return .undecided
      case .some(.some(let end)): index = end
      case .some(.none): if !place.contains([]) { return .none }
      }
      isFirst = false
    }
    return .match(end: index, phrase.kind)
  }

  /// - Returns: The end of the word that stands there; `.some(nil)` where none does; `nil` where what
  ///   comes next decides.
  private func choice(
    _ words: [[UInt8]], _ text: ScanText, _ start: Int, isOfWords: Bool
  ) -> Int?? {
    for word in words where !word.isEmpty {
      var end = start
      var fits = true
      for byte in word {
        if byte == 0x20 {
          guard let after = text.run(from: end, limit: Self.mostBlanks, \.isSpace) else {
            return nil
          }
          fits = after > end
          end = after
        } else {
          guard let next = text.byte(end) else {
            if !text.isComplete { return nil }
            fits = false
            break
          }
          fits = next.lowercased == byte
          end += 1
        }
        if !fits { break }
      }
      guard fits else { continue }
      if isOfWords {
        guard let next = text.byte(end) else {
          if !text.isComplete { return nil }
          return .some(end)
        }
        if next.isWord { continue }
      }
      return .some(end)
    }
    return .some(nil)
  }
}
